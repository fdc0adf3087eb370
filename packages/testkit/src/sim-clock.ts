import type { Cancel, Clock, Instant } from '@falsework/core/ports';

interface Timer {
  readonly dueMs: number;
  readonly order: number;
  readonly run: () => void;
}

/**
 * A clock that moves only when told to. Timers run in order of their due time, and among equals in
 * the order in which they were set, so that a test or a simulation repeats exactly.
 *
 * ```ts
 * const clock = new SimClock();
 * clock.after(1_000, () => console.log('a second later'));
 * await clock.advance(1_000);
 * ```
 */
export class SimClock implements Clock {
  readonly #startAt: Instant;
  readonly #timers = new Set<Timer>();
  #elapsedMs = 0;
  #ordered = 0;

  constructor(startAt: Instant = Date.UTC(2026, 0, 5, 9)) {
    this.#startAt = startAt;
  }

  now(): Instant {
    return this.#startAt + this.#elapsedMs;
  }

  monotonicMs(): number {
    return this.#elapsedMs;
  }

  after(delayMs: number, run: () => void): Cancel {
    this.#ordered += 1;
    const timer = { dueMs: this.#elapsedMs + Math.max(0, delayMs), order: this.#ordered, run };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** Timers that are set and have not run: a test that ends with some has left something behind. */
  get pending(): number {
    return this.#timers.size;
  }

  /**
   * Moves time on, running every timer that falls due, those set by timers included. Promise
   * reactions run between timers, as they would between turns of the event loop.
   */
  async advance(byMs: number): Promise<void> {
    const untilMs = this.#elapsedMs + byMs;
    await settle();
    for (let timer = this.#nextDue(untilMs); timer; timer = this.#nextDue(untilMs)) {
      this.#timers.delete(timer);
      this.#elapsedMs = timer.dueMs;
      timer.run();
      await settle();
    }
    this.#elapsedMs = untilMs;
  }

  #nextDue(untilMs: number): Timer | undefined {
    return [...this.#timers]
      .filter((timer) => timer.dueMs <= untilMs)
      .sort((a, b) => a.dueMs - b.dueMs || a.order - b.order)[0];
  }
}

/** Lets everything run that waits only for promises. A macrotask turn comes after all of it. */
function settle(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
