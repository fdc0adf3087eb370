import { median } from './stats.ts';

const ONE_SIDED = 0.025;
const TWO_SIDED = 1.96;

/**
 * Two of the values between which the median of what they are drawn from lies with 95 % confidence,
 * whatever its distribution: each value is above the median like a coin falls, so the number of
 * those above it is binomial. The widest two when there are too few values to say more.
 */
export function medianInterval(values: readonly number[]): { low: number; high: number } {
  const sorted = [...values].sort((a, b) => a - b);
  const last = sorted.length - 1;
  let chance = 0.5 ** sorted.length;
  let below = chance;
  let rank = 0;
  while (rank < last / 2) {
    chance *= (sorted.length - rank) / (rank + 1);
    if (below + chance > ONE_SIDED) break;
    below += chance;
    rank += 1;
  }
  return { low: sorted[rank] ?? Number.NaN, high: sorted[last - rank] ?? Number.NaN };
}

/**
 * Where the middle of the values lies, with its 95 % confidence, when what disturbs them falls on
 * either side alike: the median of the means of all pairs of them. Nearly as sharp as a mean where
 * there is no disturbance, and still right with a quarter of the values disturbed. Hodges and
 * Lehmann, "Estimates of location based on rank tests" (1963); the interval is that of Wilcoxon's
 * signed ranks, by their normal approximation, good from ten values on. O(n² log n).
 */
export function locationOf(values: readonly number[]): {
  readonly at: number;
  readonly low: number;
  readonly high: number;
} {
  const n = values.length;
  const means = values
    .flatMap((a, i) => values.slice(i).map((b) => (a + b) / 2))
    .sort((a, b) => a - b);
  const spread = TWO_SIDED * Math.sqrt((n * (n + 1) * (2 * n + 1)) / 24);
  const rank = Math.max(0, Math.floor((n * (n + 1)) / 4 - spread));
  const low = means[rank] ?? Number.NaN;
  const high = means[means.length - 1 - rank] ?? Number.NaN;
  return { at: median(means), low, high };
}
