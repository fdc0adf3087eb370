import type { Cancel } from '@falsework/core/ports';
import type { Side } from '@falsework/core/routing';
import type { Host } from '@falsework/seam/engine';
import type { Plane, PlaneSeam } from '@falsework/seam/plane';
import type { Dispatcher } from 'undici';
import type { Upstream } from '../http/upstream.ts';
import { AnswerCollector, type Collected } from '../shadow/answer-collector.ts';
import { Capture, CaptureBudget } from '../shadow/capture.ts';
import { headerOf } from '../shadow/http-answer.ts';
import { failureWords, STOPPED, TIMED_OUT } from './side-failure.ts';
import { SideHealth } from './side-health.ts';

/** How a side is asked whether it lives, in the shape that the configuration gives it. */
export interface HealthSettings {
  readonly path: string;
  /** Statuses from 200 to this one mean that it lives. */
  readonly okStatusMax: number;
  readonly intervalMs: number;
  readonly timeoutMs: number;
}

/** What health checks are built from. */
export interface HealthOptions {
  readonly host: Host;
  readonly plane: Plane;
  readonly upstreams: Readonly<Record<Side, Upstream>>;
  readonly settings: HealthSettings;
  readonly buildHeader: string;
}

// The page itself is not looked at, and need not be read to its end.
const PAGE_BYTES_MAX = 64 * 1024;

/**
 * Asks both sides at regular intervals whether they live, on connections and timers of their own.
 * Each question to legacy also proves that the counter of calls to legacy is alive: it goes the
 * same way as a caller's, and must move it.
 */
export class HealthChecks {
  readonly #options: HealthOptions;
  readonly #seam: PlaneSeam;
  readonly #health = { legacy: new SideHealth('legacy'), candidate: new SideHealth('candidate') };
  readonly #cancels: Record<Side, Cancel> = { legacy: () => {}, candidate: () => {} };
  readonly #underWay = new Set<AnswerCollector>();
  #isStopped = false;

  constructor(options: HealthOptions) {
    this.#options = options;
    this.#seam = options.plane.seam('(health checks)');
  }

  /** Asks both sides now, and from then on at every interval. */
  start(): void {
    void this.#look('legacy');
    void this.#look('candidate');
  }

  stop(): void {
    this.#isStopped = true;
    for (const cancel of Object.values(this.#cancels)) cancel();
    for (const collector of this.#underWay) collector.stop(STOPPED);
  }

  /** What is known of one side. */
  of(side: Side): SideHealth {
    return this.#health[side];
  }

  /** Never rejects. */
  async #look(side: Side): Promise<void> {
    const { host, plane, settings } = this.#options;
    const collected = await this.#ask(side);
    if (this.#isStopped) return;
    this.#health[side].note(this.#wellness(collected), host.clock.now());
    const report = this.#health[side].report();
    if (report !== null) plane.noteHealth(report);
    this.#cancels[side] = host.clock.after(settings.intervalMs, () => void this.#look(side));
  }

  #wellness({ answer, failure }: Collected): { because: string | null; build: string | null } {
    if (failure !== null) return { because: failureWords(failure), build: null };
    const { okStatusMax } = this.#options.settings;
    const isWell = answer.status >= 200 && answer.status <= okStatusMax;
    return {
      because: isWell ? null : `answered ${answer.status}`,
      build: headerOf(answer, this.#options.buildHeader) || null,
    };
  }

  async #ask(side: Side): Promise<Collected> {
    const { host, settings, upstreams } = this.#options;
    const upstream = upstreams[side];
    const { promise, resolve } = Promise.withResolvers<Collected>();
    const capture = new Capture(new CaptureBudget(PAGE_BYTES_MAX), PAGE_BYTES_MAX);
    const collector = new AnswerCollector(capture, resolve);
    this.#underWay.add(collector);
    const cancel = host.clock.after(settings.timeoutMs, () => {
      collector.stop(TIMED_OUT);
      // A connection that nobody accepts cannot be taken back, and must not hold up the next look.
      resolve({ answer: null, failure: TIMED_OUT });
    });
    this.#send(upstream, settings.path, collector);
    const collected = await promise;
    cancel();
    this.#underWay.delete(collector);
    return collected;
  }

  #send(upstream: Upstream, path: string, collector: AnswerCollector): void {
    const { plane } = this.#options;
    const headers = ['Host', new URL(upstream.reach.url).host, 'User-Agent', 'falsework-guard'];
    const options: Dispatcher.DispatchOptions = { method: 'GET', path, headers };
    const { servername } = upstream;
    const before = this.#seam.legacyHits;
    upstream.send('probing', this.#seam, Object.assign(options, { servername }), collector);
    if (this.#seam.legacyHits !== before + 1) return;
    // It moved, so it is alive; and a question of ours is no call of anybody's.
    this.#seam.legacyHits = before;
    plane.countLegacyProbes(1);
  }
}
