import type { HashedTable } from './hash-sql.ts';

/** A place in the order of keys: the printed values of the key columns. */
export type Bound = readonly string[];

/** Keys above `lower`, up to and with `upper`; `null` for an end that is open. */
export interface Range {
  readonly lower: Bound | null;
  readonly upper: Bound | null;
}

/** All keys. */
export const EVERYTHING: Range = { lower: null, upper: null };

/** Conditions with their parameters, numbered from `$first` on. */
export interface RangeCondition {
  readonly conditions: readonly string[];
  readonly params: readonly string[];
}

/**
 * The condition that a row lies in the range. Both servers evaluate the same one, and an end that
 * is open is open on both: that is how a row of the follower beyond the last one of the source is
 * seen.
 */
export function inRange(
  { order, boundTypes }: Pick<HashedTable, 'order' | 'boundTypes'>,
  { lower, upper }: Range,
  first = 1,
): RangeCondition {
  const tuple = (list: readonly string[]): string =>
    list.length === 1 ? (list[0] as string) : `(${list.join(', ')})`;
  const bound = (at: number): string => tuple(boundTypes.map((type, i) => `$${at + i}::${type}`));
  const conditions: string[] = [];
  const params: string[] = [];
  if (lower !== null) {
    conditions.push(`${tuple(order)} > ${bound(first)}`);
    params.push(...lower);
  }
  if (upper !== null) {
    conditions.push(`${tuple(order)} <= ${bound(first + params.length)}`);
    params.push(...upper);
  }
  return { conditions, params };
}

/**
 * The same order for keys that were handed over as printed values: the columns `t1`, `t2` and so on
 * of `alias`.
 */
export function printedOrder(
  { boundTypes }: Pick<HashedTable, 'boundTypes'>,
  alias: string,
): string[] {
  return boundTypes.map((type, i) => {
    const value = `${alias}.t${i + 1}`;
    return type === 'text' ? `${value} collate "C"` : `${value}::${type}`;
  });
}
