const ONE_SIDED = 0.025;

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
