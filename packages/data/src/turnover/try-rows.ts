import type { KeyColumns } from '../capture/change-source.ts';
import { inColumns } from '../capture/event-queries.ts';
import { readInstant } from '../capture/instant.ts';
import type { Snapshot } from '../cursor/snapshot.ts';
import { actAsDrain } from '../drain/act-as-drain.ts';
import { applyRows } from '../drain/apply-rows.ts';
import type { Feed } from '../drain/feed.ts';
import { readWatermark, versionOf } from '../drain/follower.ts';
import { readRows } from '../drain/read-rows.ts';
import type { TableMapping } from '../mapping/table-mapping.ts';
import { coded, sqlState } from '../postgres/failure.ts';
import { quoteName, quoteRelation, relationName } from '../postgres/quote.ts';
import type { Row, Session } from '../postgres/session.ts';
import { hashedTable } from '../reconcile/hash-sql.ts';
import { followerKeys, hashedRow, type KeySet, keysHashes } from '../reconcile/statements.ts';
import { differences } from './compare-keys.ts';

/** What taking real rows back has shown. */
export interface RowsTried {
  readonly rows: number;
  /** Rows that would not have come back as they are, or that the follower refused. */
  readonly wrong: number;
  /** The mapping and what is known of the first of them, without the row; `null` when none is. */
  readonly because: string | null;
}

// Rows per table: enough to meet every constraint and trigger, and few locks for a few
// milliseconds.
const ROWS = 200;
const PAGE_KEYS = 5_000;
// The follower is the store that people write to: whoever holds a row is never waited for long.
const LOCK_MS = 200;

class Undone extends Error {}

/**
 * Takes some real rows of each table from the source through the mapping to the follower, in a
 * transaction that is always rolled back, and looks whether they came out as they were. It meets
 * the constraints, the triggers and the rights that a rollback would meet. While the source is
 * itself fed by the follower, by `follows`, rows that it has not heard of yet are left out.
 */
export async function tryRows(feed: Feed, follows: Feed | null): Promise<RowsTried> {
  let rows = 0;
  let wrong = 0;
  let because: string | null = null;
  for (const mapping of feed.mappings) {
    const tried = await tryMapping(feed, { mapping, follows });
    rows += tried.rows;
    wrong += tried.wrong;
    because ??= tried.because;
  }
  return { rows, wrong, because };
}

function tryMapping(
  feed: Feed,
  { mapping, follows }: { readonly mapping: TableMapping; readonly follows: Feed | null },
): Promise<RowsTried> {
  const { source, schema } = feed;
  return coded({ database: source.label, operation: 'reading rows for a rehearsal' }, () =>
    source.transaction({ reads: 'snapshot' }, async (reader) => {
      const { snapshot } = await readInstant(reader, { schema, database: source.label });
      const keys = await sampleKeys(reader, mapping);
      const page = await readRows(reader, mapping, keys);
      const version = versionOf(snapshot);
      const named = await keySetOf(reader, mapping, keys);
      const known = follows === null ? null : (await readWatermark(reader, follows)).snapshot;
      return takeBack(feed, mapping, {
        named,
        write: (writer) => applyRows(writer, { schema, page, version }),
        // Asked when the rows are locked: what changes them later has to wait for us.
        unheard: async (writer) =>
          follows === null || known === null
            ? new Set()
            : changedKeys(writer, follows, { mapping, after: known }),
      });
    }),
  );
}

async function sampleKeys(reader: Session, mapping: TableMapping): Promise<KeyColumns> {
  const list = mapping.sourceKey.map(({ name }) => `${quoteName(name)}::text`).join(', ');
  const from = quoteRelation(mapping.source);
  const rows = await reader.rows(`select ${list} from ${from} limit ${ROWS}`);
  return inColumns(rows, mapping.sourceKey.length);
}

interface Taking {
  readonly named: KeySet;
  readonly write: (writer: Session) => ReturnType<typeof applyRows>;
  /** Keys with changes that the source has not heard of. */
  readonly unheard: (writer: Session) => Promise<ReadonlySet<string>>;
}

async function takeBack(feed: Feed, mapping: TableMapping, taking: Taking): Promise<RowsTried> {
  const { follower } = feed;
  const rows = taking.named.count;
  let tried: RowsTried = { rows: 0, wrong: 0, because: null };
  if (rows === 0) return tried;
  try {
    await follower.transaction({ reads: 'current' }, async (writer) => {
      await writer.run(`set local lock_timeout = ${LOCK_MS}`);
      await actAsDrain(writer, feed);
      const before = await hashesOf(writer, mapping, taking.named);
      const { poisoned } = await taking.write(writer);
      const after = await hashesOf(writer, mapping, taking.named);
      const unheard = await taking.unheard(writer);
      const told = (hashes: ReadonlyMap<string, string>): ReadonlyMap<string, string> =>
        new Map([...hashes].filter(([key]) => !unheard.has(key)));
      const differing = differences(told(before), told(after));
      const because = poisoned[0]?.detail ?? (differing > 0 ? 'they came out otherwise' : null);
      const wrong = poisoned.length + differing;
      tried = { rows, wrong, because: because && `${mapping.id}: ${because}` };
      throw new Undone();
    });
  } catch (error) {
    if (error instanceof Undone) return tried;
    // Somebody else is at that row: it says nothing of the way back.
    if (['55P03', '40P01'].includes(sqlState(error) ?? ''))
      return { rows: 0, wrong: 0, because: null };
    throw error;
  }
  return tried;
}

/**
 * Keys of the follower whose rows changed there after `after`, printed as hashed rows have them.
 */
async function changedKeys(
  writer: Session,
  follows: Feed,
  { mapping, after }: { readonly mapping: TableMapping; readonly after: Snapshot },
): Promise<ReadonlySet<string>> {
  const { schema, source, tables, changes } = follows;
  const name = relationName(mapping.follower);
  const table = tables.find(({ relation }) => relationName(relation) === name);
  const keys = new Set<string>();
  if (table === undefined) return keys;
  const instant = await readInstant(writer, { schema, database: source.label });
  await changes.settle(instant);
  const window = { after, upTo: instant.snapshot };
  const order = mapping.key.map((column) => table.key.findIndex((one) => one.name === column.name));
  for await (const page of changes.pages(writer, table, { window, size: PAGE_KEYS })) {
    for (let row = 0; row < (page[0]?.length ?? 0); row += 1) {
      keys.add(JSON.stringify(order.map((at) => page[at]?.[row] ?? null)));
    }
  }
  return keys;
}

async function keySetOf(reader: Session, mapping: TableMapping, keys: KeyColumns): Promise<KeySet> {
  const width = mapping.sourceKey.length;
  const rows = (keys[0]?.length ?? 0) === 0 ? [] : await reader.rows(followerKeys(mapping), keys);
  return {
    source: inColumns(
      rows.map((row) => row.slice(0, width)),
      width,
    ),
    follower: inColumns(
      rows.map((row: Row) => row.slice(width)),
      mapping.key.length,
    ),
    count: rows.length,
  };
}

async function hashesOf(
  session: Session,
  mapping: TableMapping,
  keys: KeySet,
): Promise<ReadonlyMap<string, string>> {
  const table = hashedTable(mapping, 'follower', { hashing: 'text' });
  const { sql, params } = keysHashes(table, keys);
  return new Map(
    (await session.rows(sql, params)).map((row) => {
      const { key, hash } = hashedRow(table, row);
      return [JSON.stringify(key), hash];
    }),
  );
}
