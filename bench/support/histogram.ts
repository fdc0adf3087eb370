import { quantile } from './stats.ts';
import { table } from './table.ts';

const BAR_WIDTH = 40;
const SHOWN = [0.5, 0.9, 0.99, 0.999, 1];

/** Sorted values as bars, each twice as wide as the one before it, and their quantiles. */
export function histogram(sorted: Float64Array, unit: string): string {
  if (sorted.length === 0) return 'nothing was taken';
  const counts = new Map<number, number>();
  for (const value of sorted) {
    const upTo = 2 ** Math.ceil(Math.log2(value));
    counts.set(upTo, (counts.get(upTo) ?? 0) + 1);
  }
  const widest = Math.max(...counts.values());
  const bars = Array.from(counts, ([upTo, count]) => [
    `≤ ${upTo} ${unit}`,
    `${((100 * count) / sorted.length).toFixed(2)} %`,
    '█'.repeat(Math.ceil((BAR_WIDTH * count) / widest)).padEnd(BAR_WIDTH),
  ]);
  const quantiles = SHOWN.map(
    (q) => `${q === 1 ? 'max' : `p${100 * q}`} ${quantile(sorted, q).toFixed(0)}`,
  );
  return `${table(bars)}\n${quantiles.join(' · ')} ${unit}`;
}
