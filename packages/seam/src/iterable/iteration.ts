import type { Clock } from '@falsework/core/ports';
import type { Copying } from '../seam/copying.ts';

/**
 * How an iteration ended for the comparison.
 *
 * - `done`: there are no more items
 * - `threw`: asking for an item failed
 * - `left`: the caller asked for no more
 * - `cut`: there may be more items, which are not looked at
 */
export type IterationEnd = 'done' | 'threw' | 'left' | 'cut';

// As many values as any other answer may have: this is what is kept in memory.
const VALUES_MAX = 10_000;
// A text counts like the values that would take its room, roughly: sixty-four bytes each.
const TEXT_PER_VALUE = 64;

/** What was seen of an iterable: copies of its items, as they were when they were handed out. */
export class Iteration {
  readonly items: unknown[] = [];
  /** Arguments of `next`, where a caller gave any: such an iterator is talked with. */
  readonly sent: (readonly unknown[])[] = [];
  /** Time spent waiting for items, without the time that the caller took between them. */
  tookMs = 0;
  end: IterationEnd | null = null;
  error: unknown = undefined;
  readonly #copying: Copying;
  readonly #clock: Clock;
  readonly #itemsMax: number;
  #valuesLeft = VALUES_MAX;

  constructor(copying: Copying, clock: Clock, itemsMax: number) {
    this.#copying = copying;
    this.#clock = clock;
    this.#itemsMax = itemsMax;
  }

  /** How many items the other side is asked for: one more than there are shows that it goes on. */
  get wanted(): number {
    return this.items.length + (this.end === 'done' || this.end === 'threw' ? 1 : 0);
  }

  /** Begins to ask for an item; the returned function says that the answer has come. */
  begin(args: readonly unknown[]): () => void {
    if (args.length > 0 && this.sent.length < this.#itemsMax) {
      const copied = this.#copying.inputs(args);
      // What cannot be copied cannot be said to the other side: the talk is followed up to here.
      if (copied.isCopied) this.sent[this.items.length] = copied.value as readonly unknown[];
      else this.stop('cut');
    }
    const beganMs = this.#clock.monotonicMs();
    return () => {
      this.tookMs += this.#clock.monotonicMs() - beganMs;
    };
  }

  /** Takes what `next` gave. */
  took(result: unknown): void {
    if (this.end !== null) return;
    const { done, value } = result as IteratorResult<unknown>;
    if (done) {
      this.stop('done');
      return;
    }
    const copied = this.#copying.item(value, this.#valuesLeft);
    if (!copied.isCopied) {
      this.stop('cut');
      return;
    }
    this.items.push(copied.value);
    this.#valuesLeft -= copied.values + textWeight(value);
    if (this.items.length >= this.#itemsMax || this.#valuesLeft <= 0) this.stop('cut');
  }

  failed(error: unknown): void {
    if (this.end !== null) return;
    const copied = this.#copying.answer(error);
    this.error = copied.isCopied ? copied.value : error;
    this.stop('threw');
  }

  stop(end: IterationEnd): void {
    this.end ??= end;
  }
}

/** Texts are shared and not copied; but whoever keeps an item keeps them. */
function textWeight(value: unknown): number {
  if (typeof value === 'string') return value.length / TEXT_PER_VALUE;
  if (typeof value !== 'object' || value === null) return 0;
  if (ArrayBuffer.isView(value)) return value.byteLength / TEXT_PER_VALUE;
  let length = 0;
  for (const property of Object.values(Object.getOwnPropertyDescriptors(value))) {
    if (typeof property.value === 'string') length += property.value.length;
  }
  return length / TEXT_PER_VALUE;
}
