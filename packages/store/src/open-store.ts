import type { Clock, ControlStore } from '@falsework/core/ports';
import { type Dialect, Kysely } from 'kysely';
import { SqlControlStore } from './control-store.ts';
import { classify } from './failure.ts';
import { parseLocation, type StoreLocation } from './location.ts';
import { postgresDialect } from './postgres/dialect.ts';
import type { Tables } from './schema/tables.ts';
import { upgradeSchema } from './schema/upgrade.ts';
import { NodeSqliteDialect } from './sqlite/dialect.ts';

/** How a store is opened. */
export interface OpenOptions {
  /** Dates the changes of the schema. The machine's own by default. */
  readonly clock?: Pick<Clock, 'now'>;
}

/**
 * Opens control's durable state and brings its schema up to date. `address` is a file (`state.db`,
 * `sqlite:state.db`, `:memory:` for tests) or a server
 * (`postgres://user:password@host/database?schema=falsework`). Close it at the end.
 *
 * Rejects with `FW_STORE_URL`, `FW_STORE_UNREACHABLE`, `FW_STORE_NEWER` or `FW_STORE_BUSY`; nothing
 * stays open then.
 *
 * ```ts
 * import { openStore } from '@falsework/store';
 *
 * const store = await openStore('falsework.db');
 * for (const { name, stage } of await store.migrations()) console.log(name, stage);
 * await store.close();
 * ```
 */
export async function openStore(address: string, options: OpenOptions = {}): Promise<ControlStore> {
  const location = parseLocation(address);
  const clock = options.clock ?? Date;
  const db = connect(location);
  const { kind: engine, label } = location;
  const schema = location.kind === 'postgres' ? location.schema : null;
  try {
    await upgradeSchema({ db, engine, schema, label, now: clock.now() });
  } catch (error) {
    // What went wrong first is what is told, not that closing a broken connection failed as well.
    await db.destroy().catch(() => {});
    throw classify(error, { store: label, operation: 'Opening' });
  }
  return new SqlControlStore(db, { engine, label });
}

function connect(location: StoreLocation): Kysely<Tables> {
  if (location.kind === 'sqlite') return over(new NodeSqliteDialect(location.file));
  return over(postgresDialect(location.url)).withSchema(location.schema);
}

function over(dialect: Dialect): Kysely<Tables> {
  return new Kysely<Tables>({ dialect });
}
