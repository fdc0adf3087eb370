import pg from 'pg';
import type { ShadowRun } from '../run/shadow-run.ts';
import type { ClientLike, PoolLike } from './pool-like.ts';
import { ShadowTransaction } from './shadow-transaction.ts';

/** How shadow runs reach the database, and what they may take there. */
export interface RollbackOptions {
  /**
   * How to connect, as `pg.Pool` takes it: for a role that may do less, or another copy of the
   * data. By default as the pool itself does.
   */
  readonly connection?: pg.PoolConfig;
  /** Connections that shadow runs may hold at once; 2 by default. */
  readonly connections?: number;
  /** How long one statement of a shadow run may take; 100 by default. */
  readonly statementTimeoutMs?: number;
  /** How long it may wait for a lock that somebody else holds; 20 by default. */
  readonly lockTimeoutMs?: number;
  /** How long its transaction may stand idle, and hold what it has; 200 by default. */
  readonly idleTimeoutMs?: number;
}

const DEFAULTS = {
  connections: 2,
  statementTimeoutMs: 100,
  lockTimeoutMs: 20,
  idleTimeoutMs: 200,
} as const;

// A shadow waits for a connection as long as for an answer, about; then it is shed.
const CONNECT_TIMEOUT_MS = 1_000;
// The row that bars a commit stays in its table as waste each time; a connection that is thrown
// away takes its temporary tables with it.
const USES_MAX = 5_000;
const GRACE_MS = 500;

/**
 * Makes a transaction on this connection that cannot be committed. Whoever tries, by whatever
 * statement, text or procedure, is told by the server that the constraint is violated, and the
 * transaction is rolled back. A prepared transaction is refused because a temporary table was
 * touched. Outside of a transaction the session reads only, should something get there.
 */
const PREPARE = ({
  statementTimeoutMs,
  lockTimeoutMs,
  idleTimeoutMs,
}: Required<Bounds>): string => `
  create temp table falsework_root (id int primary key);
  create temp table falsework_leaf (
    id int constraint falsework_shadow_runs_are_rolled_back
      references falsework_root deferrable initially deferred
  );
  set default_transaction_read_only = on;
  set statement_timeout = ${Number(statementTimeoutMs)};
  set lock_timeout = ${Number(lockTimeoutMs)};
  set idle_in_transaction_session_timeout = ${Number(idleTimeoutMs)};
`;
const BEGIN = 'begin read write; insert into pg_temp.falsework_leaf values (1)';

type Bounds = Pick<RollbackOptions, 'statementTimeoutMs' | 'lockTimeoutMs' | 'idleTimeoutMs'>;

/** The connections of shadow runs: never those of the application, and few. */
export class ShadowPool {
  readonly #config: pg.PoolConfig;
  readonly #bounds: Required<Bounds>;
  readonly #prepared = new WeakSet<object>();
  #pool: pg.Pool | null = null;

  constructor(pool: PoolLike, options: RollbackOptions) {
    const { connection, connections, ...bounds } = options;
    this.#config = {
      ...(connection ?? ownConfig(pool)),
      max: connections ?? DEFAULTS.connections,
      min: 0,
      maxUses: USES_MAX,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      application_name: 'falsework shadow',
      allowExitOnIdle: true,
    };
    this.#bounds = { ...DEFAULTS, ...bounds };
  }

  /** Begins the transaction of a run. Rejects when no connection was to be had. */
  async begin(run: ShadowRun): Promise<ShadowTransaction> {
    const client = (await this.#open().connect()) as pg.PoolClient & ClientLike;
    try {
      if (client.getTransactionStatus === undefined) throw new Error(UNFIT);
      if (!this.#prepared.has(client)) await client.query(PREPARE(this.#bounds));
      this.#prepared.add(client);
      await client.query(BEGIN);
    } catch (error) {
      client.release(true);
      throw error;
    }
    const graceMs = this.#bounds.statementTimeoutMs + GRACE_MS;
    const terminate = (): Promise<void> => this.#terminate(client.processID ?? null);
    return new ShadowTransaction({ client, run, graceMs, terminate });
  }

  /** Ends all connections. */
  async end(): Promise<void> {
    const pool = this.#pool;
    this.#pool = null;
    await pool?.end();
  }

  #open(): pg.Pool {
    if (this.#pool !== null) return this.#pool;
    this.#pool = new pg.Pool(this.#config);
    // An idle connection that breaks is replaced; without a listener its error would end the
    // process.
    this.#pool.on('error', () => {});
    return this.#pool;
  }

  /** For a statement that the server's own time limit does not end, because the run took it away. */
  async #terminate(processId: number | null): Promise<void> {
    const warden = new pg.Client(this.#config);
    warden.on('error', () => {});
    try {
      await warden.connect();
      await warden.query('select pg_terminate_backend($1)', [processId]);
    } finally {
      await warden.end();
    }
  }
}

const UNFIT = 'This version of pg does not tell the state of a transaction; 8.20 and later do.';

/** The options of a pool, with its password, which it hides from whoever lists them. */
function ownConfig({ options = {} }: PoolLike): pg.PoolConfig {
  const { password } = options as { password?: string };
  return password === undefined ? { ...options } : { ...options, password };
}
