import { quantile } from './stats.ts';

/** Calls at a steady rate, whatever became of earlier ones. */
export interface OpenLoopTerms {
  readonly ratePerSecond: number;
  readonly seconds: number;
}

/**
 * Times of calls from when they were due, in milliseconds, sorted. Calls that are due in the same
 * turn of the event loop are made in that turn: a timer has no finer grain.
 */
export async function openLoop(
  call: () => Promise<unknown>,
  { ratePerSecond, seconds }: OpenLoopTerms,
): Promise<number[]> {
  const total = ratePerSecond * seconds;
  const beginMs = performance.now();
  const times: number[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  let made = 0;
  const makeDue = (): void => {
    const dueCount = Math.min(total, ((performance.now() - beginMs) / 1_000) * ratePerSecond);
    while (made < dueCount) {
      const dueMs = beginMs + (made / ratePerSecond) * 1_000;
      made += 1;
      void call().then(() => {
        times.push(performance.now() - dueMs);
        if (times.length === total) resolve();
      });
    }
    if (made < total) setTimeout(makeDue, 1);
  };
  makeDue();
  await promise;
  return times.sort((a, b) => a - b);
}

export function p99(times: readonly number[]): number {
  return quantile(times, 0.99);
}
