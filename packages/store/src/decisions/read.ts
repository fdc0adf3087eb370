import type { Snapshot } from '@falsework/core/routing';
import type { Decision, MigrationState } from '@falsework/core/stage';
import type { Selectable } from 'kysely';
import type { Database } from '../context.ts';
import { corrupt, decode } from '../rows/codec.ts';
import { DECISION, SNAPSHOT, STATE } from '../rows/decision-shapes.ts';
import { storedName } from '../rows/names.ts';
import type { Tables } from '../schema/tables.ts';

type StateRow = Pick<Selectable<Tables['fw_migrations']>, 'name' | 'version' | 'state'>;

/** All migrations, by name. Throws `FW_STORE_CORRUPT`. */
export async function readStates(db: Database): Promise<MigrationState[]> {
  const rows = await db
    .selectFrom('fw_migrations')
    .select(['name', 'version', 'state'])
    .orderBy('name')
    .execute();
  return rows.map(stateOf);
}

/** One migration, or `null`. Throws `FW_STORE_CORRUPT`. */
export async function readState(db: Database, migration: string): Promise<MigrationState | null> {
  const row = await db
    .selectFrom('fw_migrations')
    .select(['name', 'version', 'state'])
    .where('name', '=', migration)
    .executeTakeFirst();
  return row ? stateOf(row) : null;
}

/** The present snapshot, or `null`. Throws `FW_STORE_CORRUPT`. */
export async function readSnapshot(db: Database, migration: string): Promise<Snapshot | null> {
  const row = await db
    .selectFrom('fw_migrations')
    .select(['name', 'version', 'snapshot'])
    .where('name', '=', migration)
    .executeTakeFirst();
  if (!row) return null;
  const name = { table: 'fw_migrations', key: [row.name], column: 'snapshot' };
  const snapshot = decode(row.snapshot, SNAPSHOT, name);
  if (snapshot.version !== row.version) throw corrupt(name, 'snapshot is of another version');
  return snapshot;
}

/** A piece of the decision log. Throws `FW_STORE_CORRUPT`. */
export async function readDecisions(
  db: Database,
  migration: string,
  { after, limit }: { readonly after: number; readonly limit: number },
): Promise<Decision[]> {
  const rows = await db
    .selectFrom('fw_decisions')
    .select(['migration', 'sequence', 'decision'])
    .where('migration', '=', migration)
    .where('sequence', '>', after)
    .orderBy('sequence')
    .limit(limit)
    .execute();
  return rows.map((row) => {
    const name = { table: 'fw_decisions', key: [row.migration, row.sequence], column: 'decision' };
    const decision = decode(row.decision, DECISION, name);
    if (decision.sequence !== row.sequence || storedName(decision.migration) !== row.migration) {
      throw corrupt(name, 'decision is another line of the log');
    }
    return decision;
  });
}

function stateOf(row: StateRow): MigrationState {
  const name = { table: 'fw_migrations', key: [row.name], column: 'state' };
  const state = decode(row.state, STATE, name);
  // The version is what the next commit is compared with; a state that disagrees was written by
  // something else.
  if (state.version !== row.version) throw corrupt(name, 'state is of another version');
  return state;
}
