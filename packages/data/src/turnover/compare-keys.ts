import type { KeyColumns, Window } from '../capture/change-source.ts';
import { inColumns } from '../capture/event-queries.ts';
import { readInstant } from '../capture/instant.ts';
import type { Snapshot } from '../cursor/snapshot.ts';
import { type Feed, mappingsOf } from '../drain/feed.ts';
import type { TableMapping } from '../mapping/table-mapping.ts';
import { coded } from '../postgres/failure.ts';
import { oneValue, type Row, type Session } from '../postgres/session.ts';
import { filtered, type HashedTable, hashedTable } from '../reconcile/hash-sql.ts';
import { followerKeys, hashedRow, type KeySet, keysHashes } from '../reconcile/statements.ts';

/** What comparing the keys of a window found. */
export interface KeysCompared {
  readonly keys: number;
  /** Rows that differ or stand on one side only, by mapping; none when all are equal. */
  readonly divergent: Readonly<Record<string, number>>;
  /** Rows that are gone on the source and stand on the follower; they are among the divergent. */
  readonly resurrected: number;
}

const PAGE_KEYS = 5_000;

/**
 * Compares, exactly, the rows whose keys changed after `after` on the source, those that are gone
 * included. Both sides must be at rest: nobody writes to the source, and the follower is drained.
 * So the cost is that of the changes, not of the tables.
 */
export function compareChanged(feed: Feed, after: Snapshot): Promise<KeysCompared> {
  const { source, follower, schema } = feed;
  return coded({ database: source.label, operation: 'comparing what changed' }, () =>
    source.transaction({ reads: 'snapshot', isReadOnly: true }, async (reader) => {
      const instant = await readInstant(reader, { schema, database: source.label });
      const window = { after, upTo: instant.snapshot };
      return follower.transaction({ reads: 'snapshot', isReadOnly: true }, (other) =>
        new WindowComparison({ feed, reader, other, window }).run(),
      );
    }),
  );
}

interface Parts {
  readonly feed: Feed;
  readonly reader: Session;
  readonly other: Session;
  readonly window: Window;
}

class WindowComparison {
  readonly #parts: Parts;
  readonly #divergent: Record<string, number> = {};
  #keys = 0;
  #resurrected = 0;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  async run(): Promise<KeysCompared> {
    const { feed, reader, window } = this.#parts;
    for (const table of feed.tables) {
      const mappings = mappingsOf(feed, table);
      if (await feed.changes.isTruncated(reader, table, window)) {
        // What is left after it was written inside the window; with equal numbers on both sides
        // there is nothing beside what its keys tell.
        for (const mapping of mappings) await this.#count(mapping);
      }
      for await (const page of feed.changes.pages(reader, table, { window, size: PAGE_KEYS })) {
        this.#keys += page[0]?.length ?? 0;
        for (const mapping of mappings) await this.#compare(mapping, page);
      }
    }
    return { keys: this.#keys, divergent: this.#divergent, resurrected: this.#resurrected };
  }

  async #count(mapping: TableMapping): Promise<void> {
    const [one, two] = await Promise.all(
      this.#tables(mapping).map((table) => rowsOf(this.#sessionOf(table), table)),
    );
    this.#found(mapping, Math.abs((one ?? 0) - (two ?? 0)));
  }

  async #compare(mapping: TableMapping, page: KeyColumns): Promise<void> {
    const keys = await keySetOf(this.#parts.reader, mapping, page);
    const [source, follower] = await Promise.all(
      this.#tables(mapping).map(async (table) => {
        const { sql, params } = keysHashes(table, keys);
        return hashesByKey(table, await this.#sessionOf(table).rows(sql, params));
      }),
    );
    const [here, there] = [source ?? new Map(), follower ?? new Map()];
    for (const key of there.keys()) if (!here.has(key)) this.#resurrected += 1;
    this.#found(mapping, differences(here, there));
  }

  #tables(mapping: TableMapping): HashedTable[] {
    // The printed form: it costs four times the record's hash, of few rows, and is the same on any
    // two servers.
    const hashing = 'text';
    return (['source', 'follower'] as const).map((side) => hashedTable(mapping, side, { hashing }));
  }

  #sessionOf({ side }: HashedTable): Session {
    return side === 'source' ? this.#parts.reader : this.#parts.other;
  }

  #found({ id }: TableMapping, count: number): void {
    if (count > 0) this.#divergent[id] = (this.#divergent[id] ?? 0) + count;
  }
}

async function rowsOf(session: Session, table: HashedTable): Promise<number> {
  return Number(await oneValue(session, `select count(*) from ${table.from}${filtered(table)}`));
}

async function keySetOf(reader: Session, mapping: TableMapping, page: KeyColumns): Promise<KeySet> {
  const rows = await reader.rows(followerKeys(mapping), page);
  const width = mapping.sourceKey.length;
  return {
    source: inColumns(
      rows.map((row) => row.slice(0, width)),
      width,
    ),
    follower: inColumns(
      rows.map((row) => row.slice(width)),
      mapping.key.length,
    ),
    count: rows.length,
  };
}

function hashesByKey(table: HashedTable, rows: readonly Row[]): ReadonlyMap<string, string> {
  return new Map(
    rows.map((row) => {
      const { key, hash } = hashedRow(table, row);
      return [JSON.stringify(key), hash];
    }),
  );
}

/** The number of keys that only one of the two has, or whose hashes differ. */
export function differences(
  one: ReadonlyMap<string, string>,
  other: ReadonlyMap<string, string>,
): number {
  let count = 0;
  for (const [key, hash] of one) if (other.get(key) !== hash) count += 1;
  for (const key of other.keys()) if (!one.has(key)) count += 1;
  return count;
}
