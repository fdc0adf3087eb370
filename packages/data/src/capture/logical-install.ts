import { fault } from '@falsework/core/errors';
import type { Database } from '../postgres/database.ts';
import { coded } from '../postgres/failure.ts';
import { quoteName, quoteRelation, relationName } from '../postgres/quote.ts';
import { oneRow, type Session } from '../postgres/session.ts';
import type { CapturedTable } from './capture-sql.ts';

// What cannot be named in the log could not be carried over: a row whose replica identity does not
// have the columns of the key.
const UNNAMED = `
  select a.attname from unnest($2::text[]) as k(name)
    join pg_attribute a on a.attrelid = $1::regclass and a.attname = k.name
    join pg_class c on c.oid = a.attrelid
   where c.relreplident <> 'f' and not exists (
     select from pg_index i where i.indrelid = c.oid and a.attnum = any (i.indkey)
        and case c.relreplident when 'd' then i.indisprimary when 'i' then i.indisreplident else false end)
   limit 1`;

/**
 * Adds tables to the publication from which changes are read, in the caller's transaction. Throws
 * `FW_DATA_SLOT` when the server does not keep what decoding needs, and `FW_DATA_KEY` when the log
 * would not name the rows of a table.
 */
export async function publish(
  session: Session,
  {
    schema,
    tables,
    label,
  }: { readonly schema: string; readonly tables: readonly CapturedTable[]; readonly label: string },
): Promise<void> {
  const [level] = await oneRow(session, `select current_setting('wal_level')`);
  if (level !== 'logical') {
    const because = `wal_level is ${level ?? 'unknown'}, and decoding needs logical`;
    throw fault('FW_DATA_SLOT', { database: label, slot: schema, because });
  }
  for (const { relation, key } of tables) {
    const names = key.map(({ name }) => name);
    const [unnamed] = await session.rows(UNNAMED, [quoteRelation(relation), names]);
    if (unnamed !== undefined) {
      const because = `the log does not tell ${unnamed[0]} of a row that is deleted (REPLICA IDENTITY)`;
      throw fault('FW_DATA_KEY', { table: relationName(relation), because });
    }
  }
  const publication = quoteName(schema);
  const list = tables.map(({ relation }) => quoteRelation(relation)).join(', ');
  const [there] = await oneRow(
    session,
    'select exists (select from pg_publication where pubname = $1)',
    [schema],
  );
  if (there === 't') {
    if (tables.length > 0) await session.run(`alter publication ${publication} add table ${list}`);
  } else {
    // Rows of a partition are then told as rows of the table that it belongs to.
    await session.run(
      `create publication ${publication} for table ${list} with (publish_via_partition_root = true)`,
    );
  }
}

/**
 * Creates the slot from which the log is read, if it is not there. It waits for transactions that
 * are under way, and cannot be part of one; from then on the server keeps its log for us.
 */
export async function createSlot(database: Database, slot: string): Promise<void> {
  await coded({ database: database.label, operation: 'creating the slot' }, () =>
    database.use((session) =>
      session.rows(
        `select pg_create_logical_replication_slot($1, 'pgoutput')
          where not exists (select from pg_replication_slots where slot_name = $1)`,
        [slot],
      ),
    ),
  );
}

/** Removes slot and publication. A slot that nobody reads fills the disk of its server. */
export async function unpublish(
  database: Database,
  { schema, slot }: { readonly schema: string; readonly slot: string },
): Promise<void> {
  await database.use(async (session) => {
    await session.rows(
      `select pg_drop_replication_slot(slot_name) from pg_replication_slots
        where slot_name = $1 and not active`,
      [slot],
    );
    await session.run(`drop publication if exists ${quoteName(schema)}`);
  });
}

/**
 * The slot of one installation of capture. Slots belong to the whole server, so the name of the
 * migration alone would meet that of the same migration in another database.
 */
export function slotName(schema: string, captureId: string): string {
  return `${schema}_${captureId.replaceAll('-', '').slice(0, 8)}`;
}
