import type { GuardWrites } from '../writes/guard-writes.ts';
import type { Interlocks } from '../writes/interlocks.ts';
import type { OrderResult } from '../writes/write-debts.ts';
import type { OpenWrites, OrderTaker, StoppedRoute, WriteOrder } from './order.ts';

// As many as a person reads; the counts are of all of them.
const DEBTS_SHOWN_MAX = 1_000;

/** Carries orders out on the writes and the interlocks of one guard. */
export class OrderDesk implements OrderTaker {
  readonly #writes: GuardWrites;
  readonly #interlocks: Interlocks;

  constructor(writes: GuardWrites, interlocks: Interlocks) {
    this.#writes = writes;
    this.#interlocks = interlocks;
  }

  open(): OpenWrites {
    return {
      writes: this.#writes.report(),
      debts: this.#writes.debts.list(DEBTS_SHOWN_MAX),
      stopped: stoppedRoutes(this.#interlocks),
    };
  }

  take(order: WriteOrder): Promise<OrderResult> {
    const { debts } = this.#writes;
    switch (order.order) {
      case 'retry':
        return debts.retry(order.sequence, order.by);
      case 'discard':
        return debts.discard(order.sequence, order);
      case 'settle':
        return debts.settle(order.sequence, order);
      case 'resume':
        return this.#interlocks.resume(order.route, order);
    }
  }
}

/** Routes whose shadows are stopped, with when and why. */
export function stoppedRoutes(interlocks: Interlocks): StoppedRoute[] {
  return interlocks.stopped().flatMap(({ route, state: { stop } }) => {
    return stop === null ? [] : [{ route, at: stop.at, because: stop.because }];
  });
}
