import type { Side } from '@falsework/core/routing';
import { currentShadow, within } from '../run/scope.ts';
import { tellServed } from '../telemetry/call-spans.ts';
import type { IncomingCall, Plan } from './plan.ts';
import { SampledCall } from './sampled-call.ts';
import type { AnyFunction } from './types.ts';

const UNTIMED = -1;

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
  /** True for a call that another seam's shadow run makes: it is part of that run, and no caller's. */
  readonly #isWithinShadow: boolean;

  private constructor(
    plan: Plan,
    side: Side,
    call: SampledCall | null,
    isWithinShadow: boolean,
    beginMs: number,
  ) {
    this.#plan = plan;
    this.side = side;
    this.call = call;
    this.#isWithinShadow = isWithinShadow;
    this.#beginMs = beginMs;
    this.#calledMs = plan.core.host.clock.monotonicMs();
  }

  /** Begins a call: copies its input when it is sampled. */
  static begin(plan: Plan, side: Side, incoming: IncomingCall): Serving {
    const beginMs = plan.core.isNextTimed() ? plan.core.host.clock.monotonicMs() : UNTIMED;
    const link = tellServed(plan.core, side);
    // What a shadow run calls is compared as part of that run; sampled again, it would be run twice
    // as often with each seam within a seam.
    const isWithinShadow = currentShadow() !== undefined;
    const isRecorded = incoming.isSampled && !isWithinShadow;
    const call = isRecorded ? recordOf(plan, side, incoming, link) : null;
    return new Serving(plan, side, call, isWithinShadow, beginMs);
  }

  /** Calls a side. What it throws is its own. */
  apply(fn: AnyFunction, self: unknown, args: ArrayLike<unknown>): unknown {
    const scope = this.call?.servedScope() ?? null;
    return scope === null
      ? Reflect.apply(fn, self, args)
      : within(scope, () => Reflect.apply(fn, self, args));
  }

  /** Goes on with legacy, after the candidate failed. */
  fallBack(error: unknown): Serving {
    const { core } = this.#plan;
    this.#quietly(() => {
      core.fallbacks += 1;
      this.#countServed(true);
      this.call?.fellBack(error, this.#tookMs());
    });
    tellServed(core, 'legacy');
    return new Serving(this.#plan, 'legacy', this.call, this.#isWithinShadow, UNTIMED);
  }

  readonly answered = (value: unknown): void => {
    const tookMs = this.#tookMs();
    this.#quietly(() => {
      this.#countServed(false);
      this.call?.answered(value, tookMs);
    });
    this.#noteAdded(tookMs);
  };

  readonly failed = (error: unknown): void => {
    const tookMs = this.#tookMs();
    this.#quietly(() => {
      this.#countServed(true);
      this.call?.failed(error, tookMs);
    });
    this.#noteAdded(tookMs);
  };

  /** The answer is work that has not begun, and must not begin because of us. */
  leftAlone(): void {
    this.#quietly(() => this.call?.shed('not-copyable'));
  }

  #countServed(hasFailed: boolean): void {
    if (!this.#isWithinShadow) this.#plan.seam.countServed(this.side, hasFailed);
  }

  #tookMs(): number {
    return this.#plan.core.host.clock.monotonicMs() - this.#calledMs;
  }

  /** What sampling cost the caller: the copy of the input before, that of the answer after. */
  #noteAdded(tookMs: number): void {
    if (this.call === null || this.#beginMs === UNTIMED) return;
    const { core, seam } = this.#plan;
    const addedMs = core.host.clock.monotonicMs() - this.#beginMs - tookMs;
    core.addedMs.record(addedMs);
    seam.noteSnapshotMs(addedMs);
  }

  #quietly(tell: () => void): void {
    try {
      tell();
    } catch {
      this.#plan.core.engine.countFault();
    }
  }
}

function recordOf(
  plan: Plan,
  served: Side,
  { self, args }: IncomingCall,
  link: unknown,
): SampledCall | null {
  const { core, seam, position, fence } = plan;
  try {
    return new SampledCall({ core, seam, position, served, fence, self, args, link });
  } catch {
    core.engine.countFault();
    return null;
  }
}
