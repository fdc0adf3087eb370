import { formatSnapshot, type Snapshot } from '../cursor/snapshot.ts';
import { quoteName, quoteRelation, relationName } from '../postgres/quote.ts';
import type { Session } from '../postgres/session.ts';
import type { CapturedTable } from './capture-sql.ts';
import { keyList } from './capture-sql.ts';
import { formatLsn, parseLsn } from './lsn.ts';
import { captureNames } from './names.ts';

/** One line of the log, as it is kept: which row was written, by which transaction. */
export interface JournalEntry {
  readonly xid: bigint;
  readonly op: 'I' | 'U' | 'D' | 'T';
  /** Empty for a truncation. */
  readonly key: readonly string[];
}

/**
 * Creates what is read from the log, beside the follower: a table of keys per table of the source.
 */
export function journalStatements(schema: string, tables: readonly CapturedTable[]): string[] {
  return [
    `create schema if not exists ${quoteName(schema)}`,
    `create table if not exists ${place(schema)} (one boolean primary key default true check (one),
       capture_id text not null, lsn pg_lsn not null)`,
    ...tables.flatMap((table) => {
      const name = journalTable(schema, table);
      // Types of the source may not exist here, and a key is handed on as it was printed.
      const keys = table.key.map((_, i) => `k${i + 1} text`).join(', ');
      const index = quoteName(`${captureNames(schema, table.relation).journal.table}_xid`);
      return [
        `create table if not exists ${name} (
           id bigint generated always as identity, xid xid8 not null, op "char" not null, ${keys})`,
        `create index if not exists ${index} on ${name} (xid)`,
      ];
    }),
  ];
}

/** The table into which the log's lines on one table go, quoted. */
export function journalTable(schema: string, { relation }: CapturedTable): string {
  return quoteRelation(captureNames(schema, relation).journal);
}

/** Up to where the log has been kept, for which installation of capture; `null` when never. */
export async function readJournalPlace(
  session: Session,
  schema: string,
): Promise<{ readonly captureId: string; readonly lsn: bigint } | null> {
  const [row] = await session.rows(`select capture_id, lsn from ${place(schema)}`);
  return row === undefined ? null : { captureId: row[0] ?? '', lsn: parseLsn(row[1] ?? '0/0') };
}

/** Notes that the log has been kept up to `lsn`. It never goes back. */
export async function keepJournalPlace(
  session: Session,
  schema: string,
  { captureId, lsn }: { readonly captureId: string; readonly lsn: bigint },
): Promise<void> {
  await session.run(
    `insert into ${place(schema)} as p (capture_id, lsn) values ($1, $2::pg_lsn)
     on conflict (one) do update set capture_id = excluded.capture_id, lsn = excluded.lsn
      where p.lsn < excluded.lsn or p.capture_id <> excluded.capture_id`,
    [captureId, formatLsn(lsn)],
  );
}

/** Adds lines of one table. */
export async function writeJournal(
  session: Session,
  schema: string,
  { table, entries }: { readonly table: CapturedTable; readonly entries: readonly JournalEntry[] },
): Promise<void> {
  const width = table.key.length;
  const columns = table.key.map((_, i) => entries.map(({ key }) => key[i] ?? null));
  const arrays = columns.map((_, i) => `$${i + 3}::text[]`);
  await session.run(
    `insert into ${journalTable(schema, table)} (xid, op, ${keyList(width)})
     select * from unnest($1::xid8[], $2::"char"[], ${arrays.join(', ')})`,
    [entries.map(({ xid }) => String(xid)), entries.map(({ op }) => op), ...columns],
  );
}

/** Throws away lines that every reader has done with. */
export async function forgetJournal(
  session: Session,
  schema: string,
  { tables, consumed }: { readonly tables: readonly CapturedTable[]; readonly consumed: Snapshot },
): Promise<void> {
  for (const table of tables) {
    await session.run(
      `delete from ${journalTable(schema, table)}
        where xid < $1::xid8 and pg_visible_in_snapshot(xid, $2::pg_snapshot)`,
      [String(consumed.xmax), formatSnapshot(consumed)],
    );
  }
}

/** Names of tables that the journal is kept for, `schema.table`, each with the table. */
export function byName(tables: readonly CapturedTable[]): Map<string, CapturedTable> {
  return new Map(tables.map((table) => [relationName(table.relation), table]));
}

function place(schema: string): string {
  return quoteRelation({ schema, table: 'log_place' });
}
