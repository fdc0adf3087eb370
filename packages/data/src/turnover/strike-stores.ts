import { uninstallCapture } from '../capture/install.ts';
import { bookkeepingSchema } from '../capture/names.ts';
import type { Stores } from '../plan/plan-data.ts';
import type { Database } from '../postgres/database.ts';
import { coded } from '../postgres/failure.ts';

/** What is still there of Falsework in one store, by name. */
export interface Leftovers {
  readonly legacy: readonly string[];
  readonly candidate: readonly string[];
}

/**
 * Removes everything that the data side has put into both stores: outboxes, triggers, fences,
 * watermarks, journals. Tables and their rows stay as they are. Doing it again removes what is
 * left.
 */
export async function strikeStores(stores: Stores, migration: string): Promise<Leftovers> {
  await uninstallCapture(stores.candidate, migration);
  await uninstallCapture(stores.legacy, migration);
  return leftovers(stores, migration);
}

/** What there is of Falsework in both stores; also what {@link strikeStores} would remove. */
export async function leftovers(stores: Stores, migration: string): Promise<Leftovers> {
  const schema = bookkeepingSchema(migration);
  const [legacy, candidate] = await Promise.all(
    [stores.legacy, stores.candidate].map((database) => named(database, schema)),
  );
  return { legacy: legacy ?? [], candidate: candidate ?? [] };
}

const NAMED = `
  select 'schema ' || nspname from pg_namespace where nspname = $1
  union all
  select 'trigger ' || t.tgname || ' on ' || t.tgrelid::regclass from pg_trigger t
   where t.tgname like $2 and not t.tgisinternal and t.tgparentid = 0
  union all
  select 'table ' || c.oid::regclass from pg_class c join pg_namespace n on n.oid = c.relnamespace
   where n.nspname = $1 and c.relkind in ('r', 'p')
  union all
  select 'publication ' || pubname from pg_publication where pubname like $2
  union all
  select 'slot ' || slot_name from pg_replication_slots
   where slot_name like $2 and database = current_database()
  order by 1`;

async function named(database: Database, schema: string): Promise<readonly string[]> {
  const pattern = `${schema.replaceAll('_', '\\_')}%`;
  const rows = await coded({ database: database.label, operation: 'looking for leftovers' }, () =>
    database.use((session) => session.rows(NAMED, [schema, pattern])),
  );
  return rows.map(([name]) => name ?? '');
}
