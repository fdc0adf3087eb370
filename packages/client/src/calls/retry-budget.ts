import type { Clock } from '@falsework/core/ports';
import { systemClock } from '@falsework/system';
import { checkNumber } from './check-number.ts';

/** How many retries there may be. */
export interface RetryBudgetOptions {
  /** Retries for each call: 0.1 lets one call in ten be sent once more. Default 0.1. */
  readonly ratio?: number;
  /** Retries for each second, so that a client of few calls can retry at all. Default 1. */
  readonly perSecond?: number;
  /** Retries that may be saved up while all goes well, and that it starts with. Default 10. */
  readonly burst?: number;
  readonly clock?: Clock;
}

/**
 * A bucket of tokens that keeps retries from multiplying the load of a server that is down: in any
 * span of time there are at most `ratio` × calls + `perSecond` × seconds + `burst` of them. One
 * budget may be shared by several clients. Throws `FW_CLIENT_OPTION`. Each call is O(1).
 */
export class RetryBudget {
  readonly #ratio: number;
  readonly #perSecond: number;
  readonly #burst: number;
  readonly #clock: Clock;
  #tokens: number;
  #filledAtMs: number;

  constructor({
    ratio = 0.1,
    perSecond = 1,
    burst = 10,
    clock = systemClock,
  }: RetryBudgetOptions = {}) {
    this.#ratio = checkNumber('budget.ratio', ratio, { min: 0, max: 1 });
    this.#perSecond = checkNumber('budget.perSecond', perSecond, { min: 0 });
    this.#burst = checkNumber('budget.burst', burst, { min: 0 });
    this.#clock = clock;
    this.#tokens = burst;
    this.#filledAtMs = clock.monotonicMs();
  }

  /** Retries that could be made now. */
  get left(): number {
    this.#fill();
    // Ten deposits of 0.1 add up to a hair less than 1; without this, they would buy nothing.
    return Math.floor(this.#tokens + 1e-9);
  }

  /** Notes one call, which earns its share of a retry. */
  earn(): void {
    this.#fill();
    this.#tokens = Math.min(this.#burst, this.#tokens + this.#ratio);
  }

  /** Takes one retry out; false when there is none left, and then nothing may be sent again. */
  spend(): boolean {
    if (this.left < 1) return false;
    this.#tokens = Math.max(0, this.#tokens - 1);
    return true;
  }

  #fill(): void {
    const nowMs = this.#clock.monotonicMs();
    const earned = ((nowMs - this.#filledAtMs) / 1_000) * this.#perSecond;
    this.#filledAtMs = nowMs;
    this.#tokens = Math.min(this.#burst, this.#tokens + earned);
  }
}
