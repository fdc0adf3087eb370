import type { Cancel } from '@falsework/core/ports';
import type { Side } from '@falsework/core/routing';
import type { Host } from '@falsework/seam/engine';
import type { Plane, PlaneSeam } from '@falsework/seam/plane';
import { SideHealth } from '../../sides/side-health.ts';
import { askHealth, type HealthAnswer } from './ask-health.ts';
import type { GrpcSides } from './grpc-side.ts';

/** How often sides are asked whether they live, and how long they have. */
export interface GrpcHealthSettings {
  readonly intervalMs: number;
  readonly timeoutMs: number;
}

export interface GrpcHealthOptions {
  readonly host: Host;
  readonly plane: Plane;
  readonly sides: GrpcSides;
  readonly settings: GrpcHealthSettings;
  readonly buildHeader: string;
}

/**
 * Asks both sides at regular intervals whether they live, by the health protocol of gRPC. A service
 * that does not implement it lives all the same: it answered. Each question to legacy also proves
 * that the counter of calls to legacy is alive.
 */
export class GrpcHealthChecks {
  readonly #options: GrpcHealthOptions;
  readonly #seam: PlaneSeam;
  readonly #health = { legacy: new SideHealth('legacy'), candidate: new SideHealth('candidate') };
  readonly #cancels: Record<Side, Cancel> = { legacy: () => {}, candidate: () => {} };
  readonly #stop = new AbortController();

  constructor(options: GrpcHealthOptions) {
    this.#options = options;
    this.#seam = options.plane.seam('(health checks)');
  }

  /** Asks both sides now, and from then on at every interval. */
  start(): void {
    void this.#look('legacy');
    void this.#look('candidate');
  }

  stop(): void {
    for (const cancel of Object.values(this.#cancels)) cancel();
    this.#stop.abort();
  }

  /** What is known of one side. */
  of(side: Side): SideHealth {
    return this.#health[side];
  }

  /** Never rejects. */
  async #look(side: Side): Promise<void> {
    const { host, plane, settings } = this.#options;
    const asked = await this.#ask(side);
    if (this.#stop.signal.aborted) return;
    this.#health[side].note(this.#wellness(asked), host.clock.now());
    const report = this.#health[side].report();
    if (report !== null) plane.noteHealth(report);
    this.#cancels[side] = host.clock.after(settings.intervalMs, () => void this.#look(side));
  }

  async #ask(side: Side): Promise<HealthAnswer> {
    const { host, settings, sides, plane } = this.#options;
    const before = this.#seam.legacyHits;
    const asking = askHealth((headers) => sides[side].open('probing', this.#seam, headers), {
      clock: host.clock,
      timeoutMs: settings.timeoutMs,
      signal: this.#stop.signal,
    });
    if (this.#seam.legacyHits === before + 1) {
      // It moved, so it is alive; and a question of ours is no call of anybody's.
      this.#seam.legacyHits = before;
      plane.countLegacyProbes(1);
    }
    return asking;
  }

  #wellness({ because, headers }: HealthAnswer): { because: string | null; build: string | null } {
    const build = headers[this.#options.buildHeader];
    return { because, build: typeof build === 'string' && build !== '' ? build : null };
  }
}
