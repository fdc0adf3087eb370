import type { Session } from '../postgres/session.ts';
import { call } from './compare-range.ts';
import type { HashedTable } from './hash-sql.ts';
import { type Bound, EVERYTHING, type Range } from './range.ts';
import { shareEnds } from './statements.ts';

// Below this a table is walked in one go; dividing it would cost more than it saves.
const DIVIDED_ROWS_MIN = 200_000;
// More shares than connections, so that none is idle long while another has the largest share.
const SHARES_PER_CONNECTION = 4;
const SAMPLED_ROWS = 10_000;

/**
 * Divides the keys of a mapping into shares of about the same number of rows, without a gap, open
 * at both ends. Where the shares meet is taken from a sample of pages: what it costs to be wrong
 * about it is only that one share takes longer.
 */
export async function divide(
  session: Session,
  table: HashedTable,
  { estimatedRows, connections }: { readonly estimatedRows: number; readonly connections: number },
): Promise<readonly Range[]> {
  if (estimatedRows < DIVIDED_ROWS_MIN || connections < 2) return [EVERYTHING];
  const percent = Math.min(100, (100 * SAMPLED_ROWS) / estimatedRows);
  const parts = connections * SHARES_PER_CONNECTION;
  const ends = await session.rows(...call(shareEnds(table, { percent, parts })));
  return rangesBetween(ends as readonly Bound[]);
}

/** The ranges that ends in their order cut all keys into. */
export function rangesBetween(ends: readonly Bound[]): readonly Range[] {
  const lowers = [null, ...ends];
  const uppers = [...ends, null];
  return lowers.map((lower, i) => ({ lower, upper: uppers[i] ?? null }));
}
