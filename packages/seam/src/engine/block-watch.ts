import type { Cancel, Clock } from '@falsework/core/ports';

// A server that answers in tens of milliseconds cannot have its loop to itself taken for this long.
const HELD_MS_MIN = 50;
// First pause after a run that blocked. Each further one doubles it: what blocked once and again is
// not worth a look every ten seconds.
const COOLING_MS = 10_000;
const COOLING_MS_MAX = 600_000;
// How often a run that waits is looked after, and how late the look must come to mean something: a
// collection of garbage or a long parse of somebody else's stays below.
const PROBE_MS = 20;
const STALL_MS_MIN = 100;

/** What runs of one seam have done to the event loop. */
export interface BlockCounts {
  /** Runs that kept the loop to themselves for too long. */
  readonly blocked: number;
  /** Times that the loop stood still while a run was under way, by its fault or not. */
  readonly stalled: number;
  /** The longest of both. */
  readonly longestMs: number;
}

/**
 * Knows for how long shadow runs of one seam kept the event loop to themselves, and for how long
 * none should be started after one that did. JavaScript cannot interrupt such a run; what can be
 * done is to measure it, to say so, and not to do it again soon.
 */
export class BlockWatch {
  readonly #clock: Clock;
  #blocked = 0;
  #stalled = 0;
  #longestMs = 0;
  #coolUntilMs = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** True while none should be started. */
  get isCooling(): boolean {
    // Asked at every sampled call, of which most belong to seams that never blocked: reading the
    // clock for them would be a sixth of what a sampled call costs its caller.
    return this.#blocked + this.#stalled > 0 && this.#clock.monotonicMs() < this.#coolUntilMs;
  }

  counts(): BlockCounts {
    return { blocked: this.#blocked, stalled: this.#stalled, longestMs: this.#longestMs };
  }

  /** Notes how long a run took to give back the loop when it was started. This is certain. */
  held(heldMs: number): void {
    if (heldMs < HELD_MS_MIN) return;
    this.#cool(heldMs, Math.min(COOLING_MS * 2 ** this.#blocked, COOLING_MS_MAX));
    this.#blocked += 1;
  }

  /**
   * Watches a run that goes on after its first wait, until it is cancelled. Nobody is told which
   * code a standstill belongs to, so every seam that had a run under way is suspected, and rests
   * for a while: a guest leaves first. The pause does not grow, because it may hit the innocent.
   */
  watch(): Cancel {
    const clock = this.#clock;
    let dueMs = clock.monotonicMs() + PROBE_MS;
    const look = (): void => {
      const lateMs = clock.monotonicMs() - dueMs;
      if (lateMs < STALL_MS_MIN) return;
      this.#stalled += 1;
      this.#cool(lateMs, COOLING_MS);
    };
    const tick = (): void => {
      look();
      dueMs = clock.monotonicMs() + PROBE_MS;
      cancel = clock.after(PROBE_MS, tick);
    };
    let cancel = clock.after(PROBE_MS, tick);
    return () => {
      // What held the loop and then ended did both before any timer could come.
      look();
      cancel();
    };
  }

  #cool(heldMs: number, coolingMs: number): void {
    const untilMs = this.#clock.monotonicMs() + coolingMs;
    this.#longestMs = Math.max(this.#longestMs, heldMs);
    this.#coolUntilMs = Math.max(this.#coolUntilMs, untilMs);
  }
}
