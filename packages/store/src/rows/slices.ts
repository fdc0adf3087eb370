import type { Slices } from '@falsework/core/evidence';

/*
 * Slices are stored flat, as [fromAt, toAt, trials, hits, fromAt, …]: a busy stratum has up to
 * 2,000 of them, and the names of four keys in each would be two thirds of the row.
 */
const FIELDS = 4;

/** Slices as they are stored. */
export function packSlices(slices: Slices): readonly number[] {
  return slices.flatMap(({ fromAt, toAt, trials, hits }) => [fromAt, toAt, trials, hits]);
}

/** Slices as they were; `null` when the numbers do not come out even. */
export function unpackSlices(numbers: readonly number[]): Slices | null {
  if (numbers.length % FIELDS !== 0) return null;
  const slices = [];
  for (let i = 0; i < numbers.length; i += FIELDS) {
    slices.push({
      fromAt: numbers[i] as number,
      toAt: numbers[i + 1] as number,
      trials: numbers[i + 2] as number,
      hits: numbers[i + 3] as number,
    });
  }
  return slices;
}
