import type { SideFailure } from './side-failure.ts';

// A failed run costs a connection: some two hundred microseconds of an event loop that callers wait
// for too. Twenty a second are not noticed, and still find within a moment that the side is back;
// ten thousand callers' worth of them are noticed (with a tenth of 6,600 requests a second sampled
// to a candidate that drops each, callers' p99 rose by 28 %).
const LOSSES_PER_SECOND = 5;
// What a restart loses is no reason to look away.
const LOSSES_AT_ONCE = 50;
// Whatever waited in the queue while the side began to hang is lost too: a thousand runs by
// default, which would be paid off in three minutes. A side that is back by then is found within
// ten seconds.
const DEBT_MAX = 50;

/**
 * How often shadows may still lose a connection to one side before it is only tried now and then.
 */
export class Patience {
  #losses = LOSSES_AT_ONCE;
  #atMs = 0;

  /** Notes how a run failed. A failure that leaves the connection alone costs nothing. */
  note({ kind }: SideFailure): void {
    if (kind === 'status' || kind === 'stopped') return;
    this.#losses = Math.max(-DEBT_MAX, this.#losses - 1);
  }

  /** True when one more loss would be noticed. */
  isSpent(nowMs: number): boolean {
    const earned = ((nowMs - this.#atMs) * LOSSES_PER_SECOND) / 1_000;
    this.#atMs = nowMs;
    this.#losses = Math.min(LOSSES_AT_ONCE, this.#losses + earned);
    return this.#losses < 1;
  }
}
