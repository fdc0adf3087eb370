import { AsyncLocalStorage } from 'node:async_hooks';
import type { Clock } from '@falsework/core/ports';
import type { Copying } from '../seam/copying.ts';
import type { SideOutcome } from '../seam/side-outcome.ts';
import { isComparableIterable } from './comparable.ts';
import { drain } from './drain.ts';
import { Iteration } from './iteration.ts';
import { observe } from './observe.ts';

// A walk that takes longer is compared as far as it came: nobody can tell a slow caller from one
// that has forgotten it, and either would be remembered for ever.
const LIFETIME_MS = 60_000;
// Walks under way that are watched at a time. Each keeps up to ten thousand values.
const OPEN_MAX = 64;

/** What following iterables needs. */
export interface IterationsOptions {
  readonly clock: Clock;
  readonly copying: Copying;
  readonly itemsMax: number;
  /** Called when something of ours failed, which is kept from the caller. */
  readonly onFault: () => void;
}

/** The iterables that callers of one seam walk through now, and their counterparts in shadows. */
export class Iterations {
  readonly #options: IterationsOptions;
  // A walk may go on long after its request: its timer must not keep that request's context alive.
  readonly #detached = AsyncLocalStorage.snapshot();
  #open = 0;

  constructor(options: IterationsOptions) {
    this.#options = options;
  }

  /**
   * Watches an iterable that a caller is about to get. `ended` is called once, when the caller has
   * taken the last item that is compared. `null` when it cannot be watched, or when too many are.
   */
  follow(
    iterable: AsyncIterable<unknown>,
    ended: (iteration: Iteration) => void,
  ): Iteration | null {
    if (this.#open >= OPEN_MAX) return null;
    const { clock, onFault } = this.#options;
    const iteration = this.#newIteration();
    let isOpen = true;
    const end = (): void => {
      if (!isOpen) return;
      isOpen = false;
      this.#open -= 1;
      cancel();
      try {
        ended(iteration);
      } catch {
        onFault();
      }
    };
    const stop = observe(iterable, iteration, end);
    if (stop === null) return null;
    this.#open += 1;
    const cancel = this.#detached(() =>
      clock.after(LIFETIME_MS, () => {
        iteration.stop('left');
        stop();
        end();
      }),
    );
    return iteration;
  }

  /**
   * How a shadow run ended that answered `value`, where the caller got an iterable: it is asked for
   * as many items as the caller took. Never rejects.
   */
  async drained(
    value: unknown,
    taken: Iteration,
    { signal, tookMs }: { readonly signal: AbortSignal; readonly tookMs: number },
  ): Promise<SideOutcome> {
    // In an object, or a list with the same items would be taken for the iterable.
    if (!isComparableIterable(value)) return { ok: true, value: { returned: value }, tookMs };
    const into = this.#newIteration();
    const { wanted, sent } = taken;
    try {
      await drain(value, { into, wanted, sent, signal });
    } catch (error) {
      into.failed(error);
    }
    return outcomeOf(into, tookMs) ?? { ok: true, value: [], tookMs };
  }

  #newIteration(): Iteration {
    const { copying, clock, itemsMax } = this.#options;
    return new Iteration(copying, clock, itemsMax);
  }
}

/** A walk as the end of a run; `null` when nothing was seen of it. */
export function outcomeOf(iteration: Iteration, calledMs: number): SideOutcome | null {
  const { items, end, error } = iteration;
  const tookMs = calledMs + iteration.tookMs;
  if (end === 'threw') return { ok: false, error, tookMs, items };
  return items.length === 0 && end !== 'done' ? null : { ok: true, value: items, tookMs };
}
