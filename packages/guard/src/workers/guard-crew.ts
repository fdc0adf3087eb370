import type { PlaneRetreat } from '@falsework/core/evidence';
import { BatchRefused, type Cancel, type ControlLink } from '@falsework/core/ports';
import type { Snapshot } from '@falsework/core/routing';
import { systemHost } from '@falsework/seam/engine';
import type { ReportFacts, WorkerCounts } from '../report/guard-report.ts';
import { mergeFacts } from './merge-facts.ts';
import type { BatchProblem, FromWorker } from './messages.ts';
import { type Listening, WorkerProcess } from './worker-process.ts';

/** What a crew is built from. */
export interface CrewOptions {
  readonly workers: number;
  readonly script: URL;
  readonly data: unknown;
  readonly link: ControlLink | null;
  readonly warn: (words: string) => void;
}

// One that dies at its start would otherwise keep a core busy with being started.
const RESTART_MS_MIN = 100;
const RESTART_MS_MAX = 5_000;
// One that lived for so long died of something else than its start.
const STEADY_MS = 10_000;
// What a worker has beyond the time for its callers: to report, and to end.
const END_WITHIN_MS = 3_000;

/**
 * The workers of one guard: keeps as many running as there are to be, passes on what control and
 * they say, and remembers what those saw that are gone.
 */
export class GuardCrew {
  readonly #options: CrewOptions;
  readonly #members = new Map<number, WorkerProcess>();
  readonly #clock = systemHost.clock;
  readonly #restarts = new Set<Cancel>();
  #data: unknown;
  #snapshot: Snapshot | null = null;
  #retreat: PlaneRetreat | null = null;
  #past: ReportFacts | null = null;
  #died = 0;
  #isStopping = false;
  #unsubscribe: Cancel = () => {};
  #stopped: Promise<void> | null = null;

  constructor(options: CrewOptions) {
    this.#options = options;
    this.#data = options.data;
  }

  /** Resolves when all of them take callers. */
  async start(): Promise<Listening> {
    const { link, workers } = this.#options;
    if (link !== null) this.#unsubscribe = link.subscribe((snapshot) => this.#steer(snapshot));
    try {
      // The first alone: where it cannot start none can, and it makes room for a socket's file.
      const listening = await this.#add(0, 0).listening;
      const others = Array.from({ length: workers - 1 }, (_, i) => this.#add(i + 1, 0).listening);
      await Promise.all(others);
      // Each has told of itself then.
      await this.settled();
      return { url: listening.url, port: listening.port };
    } catch (error) {
      await this.stop(0);
      throw error;
    }
  }

  /** What each of them has seen, those that are gone included. */
  facts(): [ReportFacts, ...ReportFacts[]] {
    const all = [...this.#members.values()].flatMap(({ facts }) => facts ?? []);
    if (this.#past !== null) all.push(this.#past);
    // The first worker has told of itself before the crew was there for anybody.
    return all as [ReportFacts, ...ReportFacts[]];
  }

  counts(): WorkerCounts {
    return { running: this.#members.size, died: this.#died };
  }

  pids(): number[] {
    return [...this.#members.values()].map(({ pid }) => pid);
  }

  async settled(): Promise<void> {
    await Promise.allSettled(
      [...this.#members.values()].map((each) => each.ask({ type: 'settle' })),
    );
  }

  /** One after the other: what one refuses none of those after it has taken up. */
  async reload(data: unknown): Promise<void> {
    const before = this.#data;
    const changed: WorkerProcess[] = [];
    try {
      for (const each of this.#members.values()) {
        await each.ask({ type: 'reload', data });
        changed.push(each);
      }
      this.#data = data;
    } catch (error) {
      await Promise.allSettled(changed.map((each) => each.ask({ type: 'reload', data: before })));
      throw error;
    }
  }

  stop(withinMs: number): Promise<void> {
    this.#stopped ??= this.#stop(withinMs);
    return this.#stopped;
  }

  async #stop(withinMs: number): Promise<void> {
    this.#isStopping = true;
    for (const cancel of this.#restarts) cancel();
    const members = [...this.#members.values()];
    for (const each of members) each.send({ type: 'stop', withinMs });
    const release = systemHost.hold();
    const cancel = this.#clock.after(withinMs + END_WITHIN_MS, () => {
      for (const each of members) each.kill();
    });
    await Promise.all(members.map(({ ended }) => ended));
    cancel();
    release();
    // What they reported last had to go through here.
    this.#unsubscribe();
  }

  #add(index: number, deaths: number): WorkerProcess {
    const { script, link, workers } = this.#options;
    const share = { index, count: workers };
    const data = this.#data;
    const start = {
      type: 'start',
      data,
      share,
      isSteered: link !== null,
      snapshot: this.#snapshot,
    };
    const beganMs = this.#clock.monotonicMs();
    const member: WorkerProcess = new WorkerProcess(script, start as never, {
      batch: (message) => void this.#report(member, message),
      facts: ({ retreat }) => this.#noteRetreat(retreat),
    });
    this.#members.set(index, member);
    // One that comes later has not heard of it. In another step than that it says nothing.
    if (this.#retreat !== null) {
      const retreat = this.#retreat;
      member.listening.then(
        () => member.send({ type: 'retreat', retreat }),
        () => {},
      );
    }
    const isNew = deaths === 0;
    void member.ended.then((how) => {
      this.#members.delete(index);
      this.#remember(member);
      if (this.#isStopping || (isNew && !this.#hasBegun(member))) return;
      this.#replace(index, how, this.#clock.monotonicMs() - beganMs > STEADY_MS ? 0 : deaths);
    });
    return member;
  }

  /** One that could not even start is no loss: the crew does not begin then. */
  #hasBegun({ facts }: WorkerProcess): boolean {
    return facts !== null;
  }

  #replace(index: number, how: string, deaths: number): void {
    this.#died += 1;
    const inMs = Math.min(RESTART_MS_MAX, RESTART_MS_MIN * 2 ** Math.min(deaths, 10));
    this.#options.warn(`falsework: worker ${index + 1} of the guard died (${how}); it is replaced`);
    const cancel = this.#clock.after(inMs, () => {
      this.#restarts.delete(cancel);
      this.#add(index, deaths + 1);
    });
    this.#restarts.add(cancel);
  }

  #remember({ facts }: WorkerProcess): void {
    if (facts === null) return;
    // What it held it holds no more.
    const last = { ...facts, capturedBytes: 0 };
    this.#past = this.#past === null ? last : mergeFacts([this.#past, last]);
  }

  #steer(snapshot: Snapshot): void {
    this.#snapshot = snapshot;
    this.#tellAll({ type: 'snapshot', snapshot });
  }

  /** One worker sees a share of the traffic only; what it went back for holds for all of them. */
  #noteRetreat(retreat: PlaneRetreat | null): void {
    if (retreat === null || this.#retreat?.step === retreat.step) return;
    this.#retreat = retreat;
    this.#tellAll({ type: 'retreat', retreat });
  }

  #tellAll(message: Parameters<WorkerProcess['send']>[0]): void {
    for (const each of this.#members.values()) each.send(message);
  }

  /** Never rejects. */
  async #report(
    from: WorkerProcess,
    { id, batch }: Extract<FromWorker, { type: 'batch' }>,
  ): Promise<void> {
    this.#noteRetreat(batch.retreat);
    let problem: BatchProblem | null = null;
    try {
      await this.#options.link?.report(batch);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      problem = { message, isRefused: error instanceof BatchRefused };
    }
    from.send({ type: 'reported', id, problem });
  }
}
