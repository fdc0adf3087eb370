import { fault } from '@falsework/core/errors';
import type { Instant } from '@falsework/core/ports';
import { CompiledQuery, type Kysely, sql, type Transaction } from 'kysely';
import { CHANGES, type Engine, type SchemaChange, wordsOf } from './changes.ts';
import type { Tables } from './tables.ts';

/** What an upgrade is made on. */
export interface UpgradeTarget {
  readonly db: Kysely<Tables>;
  readonly engine: Engine;
  /** Where PostgreSQL keeps the tables; `null` on SQLite. */
  readonly schema: string | null;
  /** How messages call the store. */
  readonly label: string;
  readonly now: Instant;
}

// Any constant does, as long as every Falsework that ever upgrades one database agrees on it:
// "falsewor" in bytes.
const UPGRADE_LOCK = '7377296907488948082';

/**
 * Brings the schema up to what this program knows, in one transaction: two processes that start at
 * once upgrade once, and one that dies half-way leaves the old schema. Throws `FW_STORE_NEWER` when
 * the schema is ahead of the program.
 */
export async function upgradeSchema(
  target: UpgradeTarget,
  changes: readonly SchemaChange[] = CHANGES,
): Promise<void> {
  // A look without a lock first: the usual start changes nothing, and then needs no right to change
  // anything.
  if ((await versionOf(target.db, target, changes.length)) === changes.length) return;
  await target.db.transaction().execute(async (trx) => {
    await lockAlone(trx, target);
    const version = await versionOf(trx, target, changes.length);
    for (let next = version; next < changes.length; next += 1) {
      await apply(trx, target, next + 1, changes[next] as SchemaChange);
    }
  });
}

/** The number of changes that were applied: 0 for a database that was never used. */
async function versionOf(
  db: Kysely<Tables>,
  { engine, schema, label }: UpgradeTarget,
  known: number,
): Promise<number> {
  const exists =
    engine === 'sqlite'
      ? sql<{ found: number }>`select count(*) as found from sqlite_master where name = 'fw_schema'`
      : sql<{ found: number }>`select count(*) as found from information_schema.tables
          where table_schema = ${schema} and table_name = 'fw_schema'`;
  const { rows } = await exists.execute(db);
  if ((rows[0]?.found ?? 0) === 0) return 0;
  const applied = await db
    .selectFrom('fw_schema')
    .select(({ fn }) => fn.max('version').as('version'))
    .executeTakeFirst();
  const found = applied?.version ?? 0;
  if (found > known) throw fault('FW_STORE_NEWER', { store: label, found, known });
  return found;
}

async function lockAlone(trx: Transaction<Tables>, { engine }: UpgradeTarget): Promise<void> {
  // On SQLite the transaction has the file for itself from its first statement on.
  if (engine === 'sqlite') return;
  await sql`select pg_advisory_xact_lock(${UPGRADE_LOCK}::bigint)`.execute(trx);
}

async function apply(
  trx: Transaction<Tables>,
  { engine, schema, now }: UpgradeTarget,
  version: number,
  change: SchemaChange,
): Promise<void> {
  const words = wordsOf(engine, schema);
  const statements = [...change.statements(words)];
  if (version === 1) statements.unshift(...(await beginnings(trx, engine, schema)));
  for (const statement of statements) await trx.executeQuery(CompiledQuery.raw(statement));
  await trx
    .insertInto('fw_schema')
    .values({ version, name: change.name, applied_at: now })
    .execute();
}

/** What has to be there before the first change can be noted. */
async function beginnings(
  trx: Transaction<Tables>,
  engine: Engine,
  schema: string | null,
): Promise<string[]> {
  const { whole, text, instant, end, at } = wordsOf(engine, schema);
  const table = `create table ${at}fw_schema (
    version ${whole} not null primary key,
    name ${text} not null,
    applied_at ${instant} not null
  ${end}`;
  if (engine === 'sqlite') return [table];
  // `if not exists` asks for the right to create one even when it is there; an operator may have
  // made it for us.
  const { rows } = await sql`select 1 from pg_namespace where nspname = ${schema}`.execute(trx);
  return rows.length > 0 ? [table] : [`create schema "${schema}"`, table];
}
