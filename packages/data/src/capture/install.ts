import { fault } from '@falsework/core/errors';
import type { Database } from '../postgres/database.ts';
import { coded } from '../postgres/failure.ts';
import { quoteName, quoteRelation, relationName } from '../postgres/quote.ts';
import { oneRow, type Session } from '../postgres/session.ts';
import {
  type CapturedTable,
  functionStatements,
  outboxStatements,
  reportStatement,
  triggerStatements,
} from './capture-sql.ts';
import { createSlot, publish, slotName, unpublish } from './logical-install.ts';
import { bookkeepingSchema } from './names.ts';
import {
  CAPTURE_VERSION,
  type CaptureKind,
  isInstalled,
  readCaptured,
  readCaptureId,
  registryStatements,
} from './registry.ts';

/** What to capture, and how. */
export interface CaptureInstallation {
  readonly migration: string;
  readonly kind: CaptureKind;
  readonly tables: readonly CapturedTable[];
}

/** What an installation found and did. */
export interface Installed {
  readonly schema: string;
  /** Made anew by every installation that found none. */
  readonly captureId: string;
  /** Tables that were captured by this call, `schema.table`. */
  readonly added: readonly string[];
  /** Tables that were captured already. */
  readonly present: readonly string[];
  /**
   * Tables whose triggers do not fire for writes under `session_replication_role = replica`,
   * because the role does not own them. Such writes show in the counters only.
   */
  readonly bypassable: readonly string[];
}

/**
 * Installs capture on a store: an outbox per table and, unless the application writes it itself,
 * the triggers that fill it. All of it or nothing, in one transaction; doing it again adds what is
 * missing. Each table is locked against writers for the moment in which its triggers appear, so
 * that from then on no write goes unreported. Throws `FW_DATA_CAPTURE_OTHER` when the schema
 * belongs to another migration or another kind of capture, and the `FW_DATA_…` errors of databases.
 */
export async function installCapture(
  database: Database,
  { migration, kind, tables }: CaptureInstallation,
): Promise<Installed> {
  const schema = bookkeepingSchema(migration);
  return coded({ database: database.label, operation: 'installing capture' }, async () => {
    const installed = await database.transaction({ reads: 'current' }, async (session) => {
      await lockInstallation(session, schema);
      for (const statement of registryStatements(schema)) await session.run(statement);
      await claim(session, { schema, migration, kind, label: database.label });
      const known = new Set(
        (await readCaptured(session, schema)).map((one) => relationName(one.relation)),
      );
      const added = tables.filter((table) => !known.has(relationName(table.relation)));
      const bypassable: string[] = [];
      if (kind === 'logical') {
        await publish(session, { schema, tables: added, label: database.label });
      }
      for (const table of added) {
        const isOwner = await ownsTable(session, table);
        if (!isOwner && kind === 'trigger') bypassable.push(relationName(table.relation));
        await addTable(session, { schema, kind, table, firesAlways: isOwner });
      }
      return {
        schema,
        captureId: await readCaptureId(session, schema),
        added: added.map((one) => relationName(one.relation)),
        present: [...known],
        bypassable,
      };
    });
    // A slot cannot be part of a transaction that has written.
    if (kind === 'logical') await createSlot(database, slotName(schema, installed.captureId));
    return installed;
  });
}

/**
 * Removes capture, table by table and then its schema, and leaves the tables as they were. Nothing
 * is to be done when there is none. Events that were not drained are gone with it.
 */
export async function uninstallCapture(database: Database, migration: string): Promise<void> {
  const schema = bookkeepingSchema(migration);
  await coded({ database: database.label, operation: 'removing capture' }, async () => {
    await removeSlot(database, schema);
    const triggers = await database.use((session) => session.rows(OWN_TRIGGERS, [schema]));
    for (const [table, trigger] of triggers) {
      // One table at a time: all at once would stop the writers of all of them together.
      await database.use((session) =>
        session.run(`drop trigger if exists ${quoteName(trigger ?? '')} on ${table ?? ''}`),
      );
    }
    await database.use((session) =>
      session.run(`drop schema if exists ${quoteName(schema)} cascade`),
    );
  });
}

async function removeSlot(database: Database, schema: string): Promise<void> {
  const slot = await database.use(async (session) => {
    if (!(await isInstalled(session, schema))) return null;
    return slotName(schema, await readCaptureId(session, schema));
  });
  if (slot !== null) await unpublish(database, { schema, slot });
}

// `regclass` prints a name that can be used as it is, with its schema where it is needed.
const OWN_TRIGGERS = `
  select t.tgrelid::regclass::text, t.tgname
    from pg_trigger t join pg_proc p on p.oid = t.tgfoid
    join pg_namespace n on n.oid = p.pronamespace
   where n.nspname = $1 and not t.tgisinternal and t.tgparentid = 0`;

async function lockInstallation(session: Session, schema: string): Promise<void> {
  await session.rows('select pg_advisory_xact_lock(hashtextextended($1, 0))', [schema]);
}

interface Claim {
  readonly schema: string;
  readonly migration: string;
  readonly kind: CaptureKind;
  readonly label: string;
}

async function claim(session: Session, { schema, migration, kind, label }: Claim): Promise<void> {
  await session.run(
    `insert into ${quoteName(schema)}.capture (migration, kind, version) values ($1, $2, $3)
     on conflict do nothing`,
    [migration, kind, CAPTURE_VERSION],
  );
  const row = await oneRow(session, `select migration, kind from ${quoteName(schema)}.capture`);
  if (row[0] === migration && row[1] === kind) return;
  const because = `it was installed for ${row[0]} by ${row[1]}, not for ${migration} by ${kind}`;
  throw fault('FW_DATA_CAPTURE_OTHER', { database: label, schema, because });
}

async function ownsTable(session: Session, { relation }: CapturedTable): Promise<boolean> {
  const [owns] = await oneRow(
    session,
    `select pg_has_role(relowner, 'usage') from pg_class where oid = $1::regclass`,
    [quoteRelation(relation)],
  );
  return owns === 't';
}

interface Addition {
  readonly schema: string;
  readonly kind: CaptureKind;
  readonly table: CapturedTable;
  readonly firesAlways: boolean;
}

async function addTable(
  session: Session,
  { schema, kind, table, firesAlways }: Addition,
): Promise<void> {
  for (const statement of statementsFor(kind, { schema, table, firesAlways })) {
    await session.run(statement);
  }
  await session.run(
    `insert into ${quoteName(schema)}.captured
       (schema_name, table_name, key, fires_always) values ($1, $2, $3, $4)`,
    [
      table.relation.schema,
      table.relation.table,
      JSON.stringify(table.key),
      firesAlways && kind === 'trigger',
    ],
  );
}

function statementsFor(
  kind: CaptureKind,
  { schema, table, firesAlways }: Omit<Addition, 'kind'>,
): string[] {
  switch (kind) {
    case 'trigger':
      return [
        ...outboxStatements(schema, table),
        ...functionStatements(schema, table, 0),
        ...triggerStatements(schema, table, { firesAlways }),
      ];
    case 'application':
      return [
        ...outboxStatements(schema, table),
        reportStatement(schema, table, 0),
        `grant usage on schema ${quoteName(schema)} to public`,
      ];
    case 'logical':
      // The log is the server's own, and what is read from it is kept beside the follower.
      return [];
  }
}
