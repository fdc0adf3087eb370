import type { Iteration } from './iteration.ts';

/** What is to be taken from an iterable. */
export interface DrainTerms {
  /** Takes the copies, under the same limits as what is compared with them. */
  readonly into: Iteration;
  readonly wanted: number;
  /** What is said to the iterator with each request, where anything is. */
  readonly sent: readonly (readonly unknown[])[];
  /** Aborts when the time is up. */
  readonly signal: AbortSignal;
}

/**
 * Takes so many items from an iterable, then tells it that no more are wanted. Never asks for more
 * than `wanted`, however many there are. Rejects with what the iterable throws.
 */
export async function drain(
  iterable: AsyncIterable<unknown>,
  { into, wanted, sent, signal }: DrainTerms,
): Promise<void> {
  const iterator = iterable[Symbol.asyncIterator]();
  const leave = (): void => void close(iterator);
  signal.addEventListener('abort', leave, { once: true });
  while (into.end === null && into.items.length < wanted && !signal.aborted) {
    const noteTime = into.begin([]);
    const args = sent[into.items.length] ?? [];
    const result: unknown = await Reflect.apply(iterator.next, iterator, args);
    noteTime();
    into.took(result);
  }
  signal.removeEventListener('abort', leave);
  if (into.end !== 'done') await close(iterator);
}

/** An iterator that fails to close has still given its items. */
async function close(iterator: AsyncIterator<unknown>): Promise<void> {
  try {
    await iterator.return?.();
  } catch {
    // What it throws while closing reaches no caller of legacy's either, once it has left.
  }
}
