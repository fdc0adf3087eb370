import type { BackfillLimits } from './limits.ts';

/** What has been copied since some moment. */
export interface Paced {
  readonly rows: number;
  readonly bytes: number;
  readonly elapsedMs: number;
}

/**
 * How long to rest after a chunk so that a person's rate is kept, chunk by chunk: what was too slow
 * is not made up for later, since a burst is what the rate was set against. In milliseconds.
 */
export function restMs(
  { rows, bytes, elapsedMs }: Paced,
  { rowsPerSecond, bytesPerSecond }: Pick<BackfillLimits, 'rowsPerSecond' | 'bytesPerSecond'>,
): number {
  const byRows = rowsPerSecond === null ? 0 : (1000 * rows) / rowsPerSecond;
  const byBytes = bytesPerSecond === null ? 0 : (1000 * bytes) / bytesPerSecond;
  return Math.max(0, Math.max(byRows, byBytes) - elapsedMs);
}

/** How many rows a chunk may have so that no single one of them is a burst above the rate. */
export function pacedRows(
  rows: number,
  { rowsPerSecond }: Pick<BackfillLimits, 'rowsPerSecond'>,
): number {
  return rowsPerSecond === null ? rows : Math.max(1, Math.min(rows, Math.ceil(rowsPerSecond)));
}
