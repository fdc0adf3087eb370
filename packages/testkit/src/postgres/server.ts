import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmod, chown, mkdir, mkdtemp, open, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { type Account, reachableTemp, serverAccount } from './account.ts';
import { type Binaries, findBinaries, type PostgresVersion } from './binaries.ts';
import { Watcher } from './watcher.ts';

/** How a server is run. */
export interface PostgresOptions {
  /** The newest when left out. */
  readonly version?: PostgresVersion;
  /**
   * True to flush every commit to the disk as in production; without it, tests run about three
   * times as fast.
   */
  readonly isDurable?: boolean;
  /** Further settings, for example `['-c', 'wal_level=logical']`. */
  readonly flags?: readonly string[];
}

/** A real PostgreSQL server of one test run. */
export interface PostgresServer {
  /** Creates an empty database and gives its address. */
  createDatabase(): Promise<string>;
  /** Kills the server as a power cut would kill it, and starts it again on what is on the disk. */
  crash(): Promise<void>;
  /** Ends the server and removes everything it wrote. Calling it again does nothing. */
  stop(): Promise<void>;
}

const NOT_DURABLE = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off'];
const START_TIMEOUT_MS = 30_000;
const LOOK_EVERY_MS = 20;

/**
 * Starts a PostgreSQL server from npm on a free port of the loopback, in a temporary folder. About
 * a second. Nothing is left behind, also when the test run is killed.
 *
 * ```ts
 * const server = await startPostgres();
 * const store = await openStore(await server.createDatabase());
 * await server.stop();
 * ```
 */
export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  const account = serverAccount();
  const folder = await mkdtemp(join(reachableTemp(account), 'falsework-postgres-'));
  const watcher = new Watcher(folder);
  try {
    const password = randomBytes(12).toString('hex');
    const binaries = await initialise({ folder, account, password }, options.version);
    const server = new LocalServer({ folder, account, password, binaries, watcher, options });
    await server.start();
    return server;
  } catch (error) {
    await watcher.finish();
    throw error;
  }
}

interface Cluster {
  readonly folder: string;
  readonly account: Account | null;
  readonly password: string;
}

async function initialise(
  { folder, account, password }: Cluster,
  version: PostgresVersion | undefined,
): Promise<Binaries> {
  await chmod(folder, 0o755);
  const binaries = await findBinaries(account, folder, version);
  const data = join(folder, 'data');
  await mkdir(data, { mode: 0o700 });
  const passwordFile = join(folder, 'password');
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (account !== null) {
    for (const path of [data, passwordFile]) await chown(path, account.uid, account.gid);
  }
  const flags = ['--encoding=UTF8', '--locale=C', '--username=postgres', '--no-sync'];
  const login = ['--auth=scram-sha-256', `--pwfile=${passwordFile}`];
  const run = { ...account, cwd: folder, env: serverEnvironment() };
  await promisify(execFile)(binaries.initdb, [`--pgdata=${data}`, ...flags, ...login], run);
  return binaries;
}

/** Without the variables by which a developer's own PostgreSQL is set up. */
function serverEnvironment(): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('PG'));
  return { ...Object.fromEntries(own), LC_ALL: 'C' };
}

interface Parts extends Cluster {
  readonly binaries: Binaries;
  readonly watcher: Watcher;
  readonly options: PostgresOptions;
}

class LocalServer implements PostgresServer {
  readonly #parts: Parts;
  #process: ChildProcess | null = null;
  #port = 0;
  #hasStarted = false;
  #databases = 0;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  async start(): Promise<void> {
    const untilMs = performance.now() + START_TIMEOUT_MS;
    // Somebody took the port between finding and binding it, or a killed server's children still
    // hold its memory.
    while (!(await this.#startOnce(untilMs))) {
      if (performance.now() > untilMs) throw new Error(await this.#lastWords());
      await pause(200);
    }
    this.#hasStarted = true;
  }

  async createDatabase(): Promise<string> {
    this.#databases += 1;
    const name = `test_${this.#databases}`;
    const admin = new pg.Client(this.#address('postgres'));
    await admin.connect();
    await admin.query(`create database ${name}`);
    await admin.end();
    return this.#address(name);
  }

  async crash(): Promise<void> {
    await this.#end('SIGKILL');
    await this.start();
  }

  async stop(): Promise<void> {
    await this.#end('SIGINT');
    await this.#parts.watcher.finish();
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const running = this.#process;
    this.#process = null;
    if (running === null || running.exitCode !== null || running.signalCode !== null) return;
    const gone = once(running, 'exit');
    running.kill(signal);
    await gone;
  }

  /** False when the server ended instead of starting. */
  async #startOnce(untilMs: number): Promise<boolean> {
    const { folder, account, binaries, options } = this.#parts;
    this.#port ||= await freePort();
    const log = await open(join(folder, 'log'), 'a');
    const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories='];
    if (!options.isDurable) settings.push(...NOT_DURABLE);
    const flags = [...settings.flatMap((setting) => ['-c', setting]), ...(options.flags ?? [])];
    const running = spawn(
      binaries.postgres,
      ['-D', join(folder, 'data'), '-p', String(this.#port), ...flags],
      { ...account, cwd: folder, env: serverEnvironment(), stdio: ['ignore', log.fd, log.fd] },
    );
    await log.close();
    // An `error` means that it could not be run at all; the log is then empty, and the exit code
    // stays null.
    const failed = once(running, 'error').then(([error]) => error as Error);
    this.#process = running;
    while (running.exitCode === null && running.signalCode === null) {
      const trouble = await Promise.race([failed, pause(LOOK_EVERY_MS, null)]);
      if (trouble !== null) throw trouble;
      if (await this.#isReady()) return true;
      if (performance.now() > untilMs) throw new Error(await this.#lastWords());
    }
    // After a crash the port stays what it was: addresses have been handed out.
    if (!this.#hasStarted) this.#port = 0;
    return false;
  }

  async #isReady(): Promise<boolean> {
    const client = new pg.Client(this.#address('postgres'));
    // A server that is still recovering drops the connection after having taken it.
    client.on('error', () => {});
    try {
      await client.connect();
      await client.end();
      return true;
    } catch {
      return false;
    }
  }

  #address(database: string): string {
    return `postgres://postgres:${this.#parts.password}@127.0.0.1:${this.#port}/${database}`;
  }

  async #lastWords(): Promise<string> {
    const log = await readFile(join(this.#parts.folder, 'log'), 'utf8');
    return `PostgreSQL did not start. Its last words:\n${log.slice(-2_000)}`;
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') throw new Error('No port was given.');
  return address.port;
}
