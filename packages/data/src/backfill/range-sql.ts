import { mappedRows, whereText } from '../mapping/mapped-sql.ts';
import type { TableMapping } from '../mapping/table-mapping.ts';
import { quoteLiteral, quoteName, quoteRelation } from '../postgres/quote.ts';
import type { SourceKey } from './checkpoint.ts';

/**
 * A part of the source in the order of its key: behind `after`, up to and including `upTo`. The
 * order is the source's own, whatever its collation, so that the index of the key serves; it need
 * not be the follower's, since nothing is compared here.
 */
export interface KeyRange {
  readonly after: SourceKey | null;
  readonly upTo: SourceKey;
}

/** The last key of the source; no row when the table is empty. */
export function lastKeySql(mapping: TableMapping): string {
  const order = keyNames(mapping).map((name) => `${name} desc`);
  return `select ${keyNames(mapping).join(', ')} from ${quoteRelation(mapping.source)}
    order by ${order.join(', ')} limit 1`;
}

/**
 * The key of the last of the next `rows` rows. No row comes back when there are fewer: then what is
 * left is the last chunk.
 */
export function upperKeySql(
  mapping: TableMapping,
  { after, upTo, rows }: KeyRange & { readonly rows: number },
): string {
  const list = keyNames(mapping).join(', ');
  return `select ${list} from ${quoteRelation(mapping.source)}
    where ${rangeCondition(mapping, { after, upTo })} order by ${list} offset ${rows - 1} limit 1`;
}

/** The keys of a range, for when its rows have to be looked at one by one. */
export function keysSql(mapping: TableMapping, range: KeyRange): string {
  const list = keyNames(mapping).join(', ');
  return `select ${list} from ${quoteRelation(mapping.source)}
    where ${rangeCondition(mapping, range)} order by ${list}`;
}

/** COPY of a range as the follower is to hold it. COPY takes no parameters, hence literals. */
export function copyOutSql(mapping: TableMapping, range: KeyRange): string {
  const condition = rangeCondition(mapping, range);
  const rows = mappedRows(mapping);
  const joined = whereText(mapping) === '' ? 'where' : 'and';
  return `copy (${rows} ${joined} ${condition}) to stdout`;
}

/**
 * The condition that a row of the source lies in the range. One comparison of rows, so that the
 * index finds both ends of it, also of a key with several columns.
 */
export function rangeCondition(mapping: TableMapping, { after, upTo }: KeyRange): string {
  const key = `(${keyNames(mapping).join(', ')})`;
  const end = `${key} <= ${keyLiteral(mapping, upTo)}`;
  return after === null ? end : `${key} > ${keyLiteral(mapping, after)} and ${end}`;
}

/**
 * How much of the table lies at or before a key, from 0 to 1, by the histogram of its statistics:
 * $1 schema, $2 table, $3 column, $4 the first value of the key. `null` where it cannot be asked.
 */
export function keyShareSql(mapping: TableMapping): string | null {
  const [first] = mapping.sourceKey;
  // Only a type that comes with the server surely has its arrays where they can be named.
  if (first === undefined || !first.type.isBuiltIn) return null;
  const type = first.type.name;
  return `
    select count(*) filter (where bound <= $4::${type})::float8 / nullif(count(*), 0)
      from (select unnest(histogram_bounds::text::${type}[]) as bound from pg_stats
             where schemaname = $1 and tablename = $2 and attname = $3 and not inherited) as h`;
}

/**
 * What the planner expects of the table: how many rows, and how wide. It scales what the statistics
 * remember to the size of now, and guesses from the size alone where there are none.
 */
export function expectationSql(mapping: TableMapping): string {
  return `explain (format json) select * from ${quoteRelation(mapping.source)}`;
}

function keyNames({ sourceKey, source }: TableMapping): string[] {
  return sourceKey.map(({ name }) => `${quoteName(source.table)}.${quoteName(name)}`);
}

function keyLiteral({ sourceKey }: TableMapping, key: SourceKey): string {
  const values = sourceKey.map(({ type }, i) => `${quoteLiteral(key[i] ?? '')}::${type.name}`);
  return `(${values.join(', ')})`;
}
