import type { KeyColumns } from '../capture/change-source.ts';
import { hasSourceKey, keyOfSourceKey, sourceKeys, unnestText } from '../mapping/mapped-sql.ts';
import type { TableMapping } from '../mapping/table-mapping.ts';
import { quoteName } from '../postgres/quote.ts';
import type { Param } from '../postgres/session.ts';
import { filtered, type HashedTable } from './hash-sql.ts';
import { inRange, printedOrder, type Range } from './range.ts';

/** A statement with its parameters. */
export interface Statement {
  readonly sql: string;
  readonly params: readonly Param[];
}

/** Keys of rows, as both sides name them: equally long columns of printed values. */
export interface KeySet {
  readonly source: KeyColumns;
  readonly follower: KeyColumns;
  readonly count: number;
}

// Two aggregates over one expression evaluate it twice, unless the expression is behind a fence
// that keeps the planner from pulling it up. Hashing is most of the work, so the fence pays.
const DIGEST = (rows: string): string =>
  `select count(*), sum(h)::text, bit_xor(h)::text from (${rows} offset 0) as q`;

/** The digest of all rows in a range. */
export function rangeDigest(table: HashedTable, range: Range): Statement {
  const { conditions, params } = inRange(table, range);
  const rows = `select ${table.hash} as h from ${table.from}${filtered(table, ...conditions)}`;
  return { sql: DIGEST(rows), params };
}

/**
 * Where the chunk after a range is to stop: how many rows it has, and where it must stop at the
 * latest.
 */
export interface Ahead {
  readonly rows: number;
  readonly upper: Range['upper'];
}

/**
 * The digest of a range together with the end of the chunk that follows it, in one round trip: the
 * end comes in the columns behind the digest, NULL when what is left is less than a chunk.
 */
export function rangeDigestAndEnd(table: HashedTable, range: Range, ahead: Ahead): Statement {
  const digest = rangeDigest(table, range);
  const next = { lower: range.upper, upper: ahead.upper };
  const end = chunkEnd(table, next, { rows: ahead.rows, first: digest.params.length + 1 });
  return {
    sql: `select d.*, e.* from (${digest.sql}) as d left join (${end.sql}) as e on true`,
    params: [...digest.params, ...end.params],
  };
}

/** The digest of the rows that have the given keys. */
export function keysDigest(table: HashedTable, keys: KeySet): Statement {
  const { join, params } = joinKeys(table, keys);
  return { sql: DIGEST(`select ${table.hash} as h from ${join}${filtered(table)}`), params };
}

/**
 * Where a chunk of `rows` rows that begins after the range's lower end is to stop: the key of its
 * last row, or nothing when the range has no more than that. An index on the key is enough for it.
 * Printing is left to the outer query: the inner one would do it for every row that it passes over.
 */
export function chunkEnd(
  table: HashedTable,
  range: Range,
  { rows, first = 1 }: { readonly rows: number; readonly first?: number },
): Statement {
  const { conditions, params } = inRange(table, range, first);
  const names = table.order.map((_, i) => `fw_e${i + 1}`);
  const list = table.order.map((one, i) => `${one} as ${names[i]}`).join(', ');
  const sql = `select ${names.map((name) => `${name}::text as ${name}`).join(', ')} from (
      select ${list} from ${table.from}${filtered(table, ...conditions)}
       order by ${table.order.join(', ')} offset ${Math.max(0, rows - 1)} limit 1) as k`;
  return { sql, params };
}

/**
 * Every row of a range: the follower's key, the hash and, from the source, its own key and the
 * version of the row. {@link hashedRow} reads it.
 */
export function rangeHashes(table: HashedTable, range: Range): Statement {
  const { conditions, params } = inRange(table, range);
  return { sql: `${hashList(table)} from ${table.from}${filtered(table, ...conditions)}`, params };
}

/** The same for the rows that have the given keys. */
export function keysHashes(table: HashedTable, keys: KeySet): Statement {
  const { join, params } = joinKeys(table, keys);
  return { sql: `${hashList(table)} from ${join}${filtered(table)}`, params };
}

/** Which of the given keys of the follower lie in the range, by their number from 0 on. */
export function keysInRange(table: HashedTable, range: Range, keys: KeySet): Statement {
  const width = keys.follower.length;
  const names = Array.from({ length: width }, (_, i) => `t${i + 1}`);
  const order = printedOrder(table, 'u');
  const { conditions, params } = inRange({ ...table, order }, range, width + 1);
  const arrays = names.map((_, i) => `$${i + 1}::text[]`).join(', ');
  const where = conditions.length === 0 ? '' : ` where ${conditions.join(' and ')}`;
  return {
    sql: `select u.n - 1 from unnest(${arrays}) with ordinality as u(${names.join(', ')}, n)${where}`,
    params: [...keys.follower, ...params],
  };
}

/** $1… keys of the source in columns. Gives them back, each followed by the follower's key. */
export function followerKeys(mapping: TableMapping): string {
  const source = mapping.sourceKey.map((_, i) => `e.fw_${i + 1}::text`);
  const follower = mapping.key.map((column) => `k.${quoteName(column.name)}::text`);
  return `select ${[...source, ...follower].join(', ')} from ${sourceKeys(mapping, 1)} as e
    cross join lateral ${keyOfSourceKey(mapping, 'e')} as k`;
}

/** A few thousand keys of the source from everywhere in the table, `parts` ends of equal shares. */
export function shareEnds(
  table: HashedTable,
  { percent, parts }: { readonly percent: number; readonly parts: number },
): Statement {
  const order = table.order.join(', ');
  const names = table.order.map((_, i) => `fw_e${i + 1}`).join(', ');
  const printed = table.order.map((one, i) => `(${one})::text as fw_e${i + 1}`).join(', ');
  const sample = `${table.from} tablesample system (${percent}) repeatable (1)`;
  return {
    sql: `select ${names} from (
        select ${printed}, row_number() over (order by ${order}) as n, count(*) over () as c
          from ${sample}${filtered(table)}) as q
       where c >= ${parts} and n % (c / ${parts}) = 0 and n / (c / ${parts}) < ${parts} order by n`,
    params: [],
  };
}

/** A row of {@link rangeHashes} or {@link keysHashes}. */
export interface HashedRow {
  readonly key: readonly string[];
  readonly hash: string;
  /** Empty for rows of the follower. */
  readonly sourceKey: readonly string[];
  /** The transaction that wrote the row, its lower 32 bits. */
  readonly mark: string;
}

/** Reads one row of hashes. */
export function hashedRow(
  { mapping, side }: HashedTable,
  row: readonly (string | null)[],
): HashedRow {
  const width = mapping.key.length;
  const rest = row.slice(width + 2) as string[];
  return {
    key: row.slice(0, width) as string[],
    hash: row[width] ?? '',
    mark: row[width + 1] ?? '',
    sourceKey: side === 'source' ? rest : [],
  };
}

function hashList({ mapping, side, printedKey, hash }: HashedTable): string {
  const table = quoteName(mapping[side].table);
  const own = mapping.sourceKey.map(({ name }) => `(${table}.${quoteName(name)})::text`);
  const list = [...printedKey, `(${hash})::text`, `${table}.xmin::text`];
  return `select ${[...list, ...(side === 'source' ? own : [])].join(', ')}`;
}

/** The table joined with keys: the source by its own key, which its own index knows. */
function joinKeys(
  { mapping, side, from }: HashedTable,
  keys: KeySet,
): { readonly join: string; readonly params: readonly Param[] } {
  if (side === 'source') {
    const join = `${from} join ${sourceKeys(mapping, 1)} as e on ${hasSourceKey(mapping, 'e')}`;
    return { join, params: keys.source };
  }
  const table = quoteName(mapping.follower.table);
  const typed = mapping.key.map(({ type }, i) => `u.t${i + 1}::${type.name} as fw_${i + 1}`);
  const given = `(select ${typed.join(', ')} from ${unnestText(typed.length, 1)})`;
  const on = mapping.key.map(({ name }, i) => `${table}.${quoteName(name)} = e.fw_${i + 1}`);
  return { join: `${from} join ${given} as e on ${on.join(' and ')}`, params: keys.follower };
}
