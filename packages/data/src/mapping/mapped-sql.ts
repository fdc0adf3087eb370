import { quoteName, quoteRelation } from '../postgres/quote.ts';
import { type TableMapping, writtenColumns } from './table-mapping.ts';

/**
 * The rows of the source as the follower is to hold them, one column per written column. `extra`
 * goes before them in the list; it may name the source by its own name.
 */
export function mappedRows(mapping: TableMapping, extra: readonly string[] = []): string {
  const list = writtenColumns(mapping).map(
    (column) => `${column.expression} as ${quoteName(column.name)}`,
  );
  return `select ${[...extra, ...list].join(', ')} from ${quoteRelation(mapping.source)}${whereText(mapping)}`;
}

/** ` where …` for the rows of the source that belong to the mapping, with further conditions. */
export function whereText({ where }: TableMapping, ...more: readonly string[]): string {
  const all = [...(where === null ? [] : [`(${where})`]), ...more];
  return all.length === 0 ? '' : ` where ${all.join(' and ')}`;
}

/** The same for the follower. */
export function followerWhereText(mapping: TableMapping, ...more: readonly string[]): string {
  return whereText({ ...mapping, where: mapping.followerWhere }, ...more);
}

/**
 * A relation of keys of the source, from one text array per key column: the parameters from
 * `$first` on. Its columns are `fw_1`, `fw_2` and so on, typed as in the source.
 */
export function sourceKeys(mapping: TableMapping, first: number): string {
  const typed = mapping.sourceKey.map(({ type }, i) => `u.t${i + 1}::${type.name} as fw_${i + 1}`);
  return `(select ${typed.join(', ')} from ${unnestText(mapping.sourceKey.length, first)})`;
}

/** `unnest` over text arrays, the parameters from `$first` on, as `u(t1, t2, …)`. */
export function unnestText(count: number, first: number): string {
  const arrays = Array.from({ length: count }, (_, i) => `$${first + i}::text[]`);
  const names = arrays.map((_, i) => `t${i + 1}`);
  return `unnest(${arrays.join(', ')}) as u(${names.join(', ')})`;
}

/**
 * The condition that a row of the source has the key in `alias`, as {@link sourceKeys} names it.
 */
export function hasSourceKey(mapping: TableMapping, alias: string): string {
  const source = quoteName(mapping.source.table);
  return mapping.sourceKey
    .map(({ name }, i) => `${source}.${quoteName(name)} = ${alias}.fw_${i + 1}`)
    .join(' and ');
}

/**
 * The follower's key of a key of the source, also of one whose row is gone: a subquery over nothing
 * but `alias`, giving one column per key column.
 */
export function keyOfSourceKey(mapping: TableMapping, alias: string): string {
  const source = quoteName(mapping.source.table);
  const given = mapping.sourceKey.map(
    ({ name }, i) => `${alias}.fw_${i + 1} as ${quoteName(name)}`,
  );
  const list = mapping.key.map((column) => `${column.expression} as ${quoteName(column.name)}`);
  return `(select ${list.join(', ')} from (select ${given.join(', ')}) as ${source})`;
}
