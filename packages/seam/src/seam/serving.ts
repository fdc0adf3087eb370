import type { Side } from '@falsework/core/routing';
import type { IncomingCall, Plan } from './plan.ts';
import { SampledCall } from './sampled-call.ts';

/**
 * One watched call on its way to a caller: its times, and what is told to the plane and to the
 * engine when it ends. Nothing here throws; a failure of ours is counted, and the call goes on.
 */
export class Serving {
  readonly side: Side;
  /** The record of the call; `null` when it is not sampled. */
  readonly call: SampledCall | null;
  readonly #plan: Plan;
  readonly #beginMs: number;
  readonly #calledMs: number;

  private constructor(plan: Plan, side: Side, call: SampledCall | null, beginMs: number) {
    this.#plan = plan;
    this.side = side;
    this.call = call;
    this.#beginMs = beginMs;
    this.#calledMs = plan.core.host.clock.monotonicMs();
  }

  /** Begins a call: copies its input when it is sampled. */
  static begin(plan: Plan, side: Side, incoming: IncomingCall): Serving {
    const beginMs = plan.core.host.clock.monotonicMs();
    return new Serving(
      plan,
      side,
      incoming.isSampled ? recordOf(plan, side, incoming) : null,
      beginMs,
    );
  }

  /** Goes on with legacy, after the candidate failed. */
  fallBack(error: unknown): Serving {
    const { core, seam } = this.#plan;
    this.#quietly(() => {
      core.fallbacks += 1;
      seam.countServed(this.side, true);
      this.call?.fellBack(error, this.#tookMs());
    });
    return new Serving(this.#plan, 'legacy', this.call, core.host.clock.monotonicMs());
  }

  readonly answered = (value: unknown): void => {
    const tookMs = this.#tookMs();
    this.#quietly(() => {
      this.#plan.seam.countServed(this.side, false);
      this.call?.answered(value, tookMs);
    });
    this.#noteAdded(tookMs);
  };

  readonly failed = (error: unknown): void => {
    const tookMs = this.#tookMs();
    this.#quietly(() => {
      this.#plan.seam.countServed(this.side, true);
      this.call?.failed(error, tookMs);
    });
    this.#noteAdded(tookMs);
  };

  /** The answer is work that has not begun, and must not begin because of us. */
  readonly leftAlone = (): void => {
    this.#quietly(() => this.call?.shed('not-copyable'));
  };

  #tookMs(): number {
    return this.#plan.core.host.clock.monotonicMs() - this.#calledMs;
  }

  /** What sampling cost the caller: the copy of the input before, that of the answer after. */
  #noteAdded(tookMs: number): void {
    if (this.call === null) return;
    const { core } = this.#plan;
    const sinceBeginMs = core.host.clock.monotonicMs() - this.#beginMs;
    core.addedMs.record(sinceBeginMs - tookMs);
  }

  #quietly(tell: () => void): void {
    try {
      tell();
    } catch {
      this.#plan.core.engine.countFault();
    }
  }
}

function recordOf(plan: Plan, served: Side, { self, args }: IncomingCall): SampledCall | null {
  const { core, seam, position } = plan;
  try {
    return new SampledCall({ core, seam, position, served, self, args });
  } catch {
    core.engine.countFault();
    return null;
  }
}
