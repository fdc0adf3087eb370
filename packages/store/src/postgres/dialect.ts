import { CompiledQuery, type DatabaseConnection, PostgresDialect } from 'kysely';
import pg from 'pg';

const INT8 = 20;

// One store makes short transactions, one after another; more connections would only take them from
// the services.
const CONNECTIONS_MAX = 6;
const CONNECT_TIMEOUT_MS = 5_000;
// The server ends a statement after 30 s; the driver gives up a little later, for a server that
// does not answer at all.
const STATEMENT_TIMEOUT_MS = 30_000;
const QUERY_TIMEOUT_MS = 35_000;
// A lock is held for the milliseconds of a transaction. One that is held longer belongs to
// something that is stuck.
const LOCK_TIMEOUT_MS = 10_000;

/*
 * A role or a database may be set to acknowledge commits before they are on disk; for this store
 * that would be a lie (a lost retreat is a step forward). Stricter settings than `on` are the
 * operator's, and are left alone.
 */
const SESSION = `
  select set_config('statement_timeout', '${STATEMENT_TIMEOUT_MS}', false),
         set_config('lock_timeout', '${LOCK_TIMEOUT_MS}', false),
         set_config('idle_in_transaction_session_timeout', '${STATEMENT_TIMEOUT_MS}', false),
         case when current_setting('synchronous_commit') in ('off', 'local')
              then set_config('synchronous_commit', 'on', false) end`;

/** Kysely's view of PostgreSQL, through a small pool. */
export function postgresDialect(url: string): PostgresDialect {
  const pool = new pg.Pool({
    connectionString: url,
    application_name: 'falsework',
    max: CONNECTIONS_MAX,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: QUERY_TIMEOUT_MS,
    keepAlive: true,
    // Idle connections must not keep a process alive that has nothing else to do.
    allowExitOnIdle: true,
    types: { getTypeParser: typeParser },
  });
  // A connection may break at any time: an idle one, or one between two statements of a
  // transaction, where no query is there to reject. Node ends the process over an `error` that
  // nobody listens to. The next statement on a broken connection rejects by itself, and the pool
  // opens another, so there is nothing to do here but to listen.
  pool.on('error', () => {});
  pool.on('connect', (client) => {
    client.on('error', () => {});
  });
  return new PostgresDialect({ pool, onCreateConnection: prepareSession });
}

async function prepareSession(connection: DatabaseConnection): Promise<void> {
  await connection.executeQuery(CompiledQuery.raw(SESSION));
}

function typeParser(oid: number, format?: 'text' | 'binary'): (value: never) => unknown {
  return oid === INT8 ? wholeNumber : pg.types.getTypeParser(oid, format as 'text');
}

/** The driver gives 64-bit integers as text. Ours are counts and ordinals, far below 2^53. */
function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError('A stored count is beyond 2^53.');
  return value;
}
