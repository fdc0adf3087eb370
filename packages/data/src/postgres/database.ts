import pg from 'pg';
import { type Session, sessionOf } from './session.ts';

/** How a transaction reads and commits. */
export interface TransactionMode {
  /**
   * `snapshot`: everything in it sees one instant (REPEATABLE READ). `current`: each statement sees
   * what is committed when it begins.
   */
  readonly reads: 'snapshot' | 'current';
  readonly isReadOnly?: boolean;
}

/** How a database is reached. */
export interface DatabaseOptions {
  readonly url: string;
  /** What people call it, in messages: `legacy`, `candidate`. */
  readonly label: string;
  /** Connections at most. */
  readonly connections?: number;
  /** How long a statement waits for a lock before it gives up, in milliseconds. */
  readonly lockTimeoutMs?: number;
}

/** One of the two stores. */
export interface Database {
  readonly label: string;
  /** Its address, for a connection of another kind. Has the password in it: never print it. */
  readonly url: string;
  /** Lends a connection for as long as `use` runs, outside a transaction. */
  use<T>(use: (session: Session) => Promise<T>): Promise<T>;
  /** Runs `use` in a transaction: committed when it resolves, rolled back when it rejects. */
  transaction<T>(mode: TransactionMode, use: (session: Session) => Promise<T>): Promise<T>;
  /** Closes the connections that are idle, and the others when they are given back. */
  close(): Promise<void>;
}

const CONNECTIONS = 8;
const CONNECT_TIMEOUT_MS = 10_000;
// Ours are the guests: whoever waits behind a lock that we want must not wait for long.
const LOCK_TIMEOUT_MS = 5_000;

/*
 * Text forms and comparisons must not hang on what a role or a database was set to. `row_security =
 * off` turns a policy that would hide rows from us into an error. A commit that is acknowledged
 * before it is on disk would let a crash take back what the other side was told. JIT compiles for
 * tens of milliseconds what runs for one.
 */
const sessionSettings = (lockTimeoutMs: number): readonly (readonly [string, string])[] => [
  ['TimeZone', 'UTC'],
  ['DateStyle', 'ISO, YMD'],
  ['IntervalStyle', 'iso_8601'],
  ['extra_float_digits', '3'],
  ['bytea_output', 'hex'],
  ['xmloption', 'content'],
  ['standard_conforming_strings', 'on'],
  ['row_security', 'off'],
  ['jit', 'off'],
  ['lock_timeout', String(lockTimeoutMs)],
  ['idle_in_transaction_session_timeout', '0'],
  ['statement_timeout', '0'],
];

const DURABLE = `
  select case when current_setting('synchronous_commit') in ('off', 'local')
              then set_config('synchronous_commit', 'on', false) end`;

/**
 * Opens one of the two stores: a small pool of connections with settings that make values print the
 * same everywhere. Nothing is connected until it is used.
 */
export function openDatabase(options: DatabaseOptions): Database {
  const { url, label, connections = CONNECTIONS, lockTimeoutMs = LOCK_TIMEOUT_MS } = options;
  const pool = new pg.Pool({
    connectionString: url,
    application_name: 'falsework-data',
    max: connections,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    allowExitOnIdle: true,
  });
  // An idle connection that breaks rejects nowhere, and Node ends a process over an `error` that
  // nobody listens to. The next statement rejects by itself.
  pool.on('error', () => {});
  pool.on('connect', (client) => {
    client.on('error', () => {});
  });
  return new PooledDatabase({ pool, label, url, settings: sessionSettings(lockTimeoutMs) });
}

interface Parts {
  readonly pool: pg.Pool;
  readonly label: string;
  readonly url: string;
  readonly settings: readonly (readonly [string, string])[];
}

class PooledDatabase implements Database {
  readonly label: string;
  readonly url: string;
  readonly #pool: pg.Pool;
  readonly #settings: Parts['settings'];
  readonly #prepared = new WeakSet<pg.PoolClient>();

  constructor({ pool, label, url, settings }: Parts) {
    this.#pool = pool;
    this.label = label;
    this.url = url;
    this.#settings = settings;
  }

  async use<T>(use: (session: Session) => Promise<T>): Promise<T> {
    const client = await this.#pool.connect();
    let isUsable = false;
    try {
      if (!this.#prepared.has(client)) {
        await prepare(client, this.#settings);
        this.#prepared.add(client);
      }
      const result = await use(sessionOf(client));
      isUsable = true;
      return result;
    } catch (error) {
      // After an error of the server the connection is as good as before; after one of the
      // connection it is not, and which it was is not always told.
      isUsable = isServerError(error);
      throw error;
    } finally {
      client.release(!isUsable);
    }
  }

  transaction<T>(mode: TransactionMode, use: (session: Session) => Promise<T>): Promise<T> {
    return this.use(async (session) => {
      await session.run(beginning(mode));
      try {
        const result = await use(session);
        await session.run('commit');
        return result;
      } catch (error) {
        // The cause is what matters; a rollback that fails has lost the connection, and with it the
        // transaction.
        await session.run('rollback').catch(() => {});
        throw error;
      }
    });
  }

  async close(): Promise<void> {
    await this.#pool.end();
  }
}

function beginning({ reads, isReadOnly = false }: TransactionMode): string {
  const isolation = reads === 'snapshot' ? 'repeatable read' : 'read committed';
  return `begin isolation level ${isolation}, read ${isReadOnly ? 'only' : 'write'}`;
}

function isServerError(error: unknown): boolean {
  const state = (error as { code?: unknown } | null)?.code;
  return typeof state === 'string' && state.length === 5 && !/^(08|57P)/.test(state);
}

async function prepare(client: pg.PoolClient, settings: Parts['settings']): Promise<void> {
  const calls = settings.map((_, i) => `set_config($${2 * i + 1}, $${2 * i + 2}, false)`);
  await client.query(`select ${calls.join(', ')}`, settings.flat());
  await client.query(DURABLE);
}
