import { fault } from '@falsework/core/errors';
import type { CapturedTable } from '../capture/capture-sql.ts';
import { type Feed, mappingsOf } from '../drain/feed.ts';
import type { MappedColumn, TableMapping } from '../mapping/table-mapping.ts';
import { parseRelation, relationName } from '../postgres/quote.ts';

/**
 * What a table of the source has to do with the key of a read: the column that names the key of a
 * row; `'*'` where each change concerns every key; `null` where the fenced reads do not look at the
 * table.
 */
export type FenceKey = string | null;

/** How the changes of one table are turned into keys of reads. */
export type FencedTable =
  /** The column is part of what a change is reported by, so the report says it all. */
  | { readonly kind: 'reported'; readonly table: CapturedTable; readonly ordinal: number }
  /** The row has to be looked at, as it is on the source and as it still is on the follower. */
  | { readonly kind: 'looked-up'; readonly column: string; readonly places: readonly RowPlace[] }
  | { readonly kind: 'every'; readonly table: CapturedTable };

/** Where a row of the source, and the name of its key, are to be found on the follower. */
export interface RowPlace {
  readonly table: CapturedTable;
  readonly mapping: TableMapping;
  readonly column: MappedColumn;
}

// A key is compared as text, so both stores have to print it alike, whatever each declares it as.
const PRINTED_ALIKE = new Set([
  'smallint',
  'integer',
  'bigint',
  'text',
  'character varying',
  'pg_catalog.bpchar',
  'uuid',
  'date',
  'boolean',
]);

/**
 * Resolves what was said of the tables of a feed; those of `null` are left out. Every table has to
 * be named: one that was forgotten would be read stale without anybody noticing. Throws
 * `FW_FENCE_TABLE`.
 */
export function fencedTables(
  feed: Feed,
  keys: Readonly<Record<string, FenceKey>>,
  defaultSchema = 'public',
): FencedTable[] {
  const asked = new Map(
    Object.entries(keys).map(([name, key]) => {
      const relation = parseRelation(name, defaultSchema);
      return [relation === null ? name : relationName(relation), key];
    }),
  );
  const fenced: FencedTable[] = [];
  for (const table of feed.tables) {
    const name = relationName(table.relation);
    const key = asked.get(name);
    asked.delete(name);
    if (key === undefined) throw refused(name, 'nothing says which key a row of it belongs to');
    if (key !== null) fenced.push(fencedTable(feed, table, key));
  }
  const [unknown] = asked.keys();
  if (unknown !== undefined) throw refused(unknown, 'the feed does not carry it');
  return fenced;
}

function fencedTable(feed: Feed, table: CapturedTable, key: string): FencedTable {
  const name = relationName(table.relation);
  if (key === '*') return { kind: 'every', table };
  const ordinal = 1 + table.key.findIndex((column) => column.name === key);
  if (ordinal > 0) {
    checkPrinting(name, key, table.key[ordinal - 1]?.type.name ?? '');
    return { kind: 'reported', table, ordinal };
  }
  const places = mappingsOf(feed, table).map((mapping) => placeOf(table, { mapping, key }));
  return { kind: 'looked-up', column: key, places };
}

/**
 * A row may have belonged to another key before it was changed, or be gone. The follower is what
 * remembers that, so it has to have the column, and as nothing else than what it is on the source.
 */
function placeOf(
  table: CapturedTable,
  { mapping, key }: { readonly mapping: TableMapping; readonly key: string },
): RowPlace {
  const name = relationName(table.relation);
  const column = [...mapping.key, ...mapping.columns].find(({ from }) => from === key);
  if (column === undefined) {
    const follower = relationName(mapping.follower);
    throw refused(name, `column ${key} is not carried over to ${follower} as it is`);
  }
  checkPrinting(name, key, column.type.name);
  return { table, mapping, column };
}

function checkPrinting(table: string, column: string, type: string): void {
  if (PRINTED_ALIKE.has(type)) return;
  throw refused(table, `column ${column} is of type ${type}, which has more than one printed form`);
}

function refused(table: string, because: string): Error {
  return fault('FW_FENCE_TABLE', { table, because });
}
