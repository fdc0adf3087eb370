import { execFile } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Side } from '@falsework/core/routing';
import type { Urls } from './tables.ts';

/** Runs pgbench; what it printed, and whether it came to its end. */
export async function pgbench(
  url: string,
  args: readonly string[],
): Promise<{ readonly printed: string; readonly isWhole: boolean }> {
  const { hostname, port, username, password, pathname } = new URL(url);
  const address = ['-h', hostname, '-p', port, '-U', username];
  try {
    const { stdout } = await promisify(execFile)(
      'pgbench',
      [...address, ...args, pathname.slice(1)],
      { env: { ...process.env, PGPASSWORD: password } },
    );
    return { printed: stdout, isWhole: true };
  } catch (error) {
    const { code, stdout = '', stderr = '' } = error as Error & Partial<Record<string, string>>;
    if (code === 'ENOENT') {
      const because = 'it comes with the PostgreSQL server of most systems';
      throw new Error(`pgbench is not installed; ${because}.`, { cause: error });
    }
    return { printed: `${stdout}\n${stderr}`, isWhole: false };
  }
}

const CLIENTS = 4;
const ROUND_SECONDS = 2;
const REFUSED_MS = 50;
const PROCESSED = /number of transactions actually processed: (\d+)/;
const FENCED = /this store takes no writes/;

/**
 * pgbench at work without a pause, on whichever store takes writes. Its clients give up when they
 * are refused, as pgbench's do; then it is started again on the other store, as whoever supervises
 * an application would.
 */
export class PgbenchLoad {
  readonly #urls: Urls;
  readonly #running: Promise<void>;
  #seed: number;
  #side: Side = 'legacy';
  #isStopped = false;
  #broken: unknown = null;
  transactions = 0;
  refused = 0;

  constructor(urls: Urls, seed: number) {
    this.#urls = urls;
    this.#seed = seed * 10_000;
    this.#running = this.#run().catch((error: unknown) => {
      this.#broken = error;
    });
  }

  /** Lets the round under way come to its end. Rejects when pgbench met something of its own. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#running;
    if (this.#broken !== null) throw this.#broken;
  }

  async #run(): Promise<void> {
    while (!this.#isStopped) {
      this.#seed += 1;
      const load = ['-n', '-M', 'prepared', '-c', String(CLIENTS), '-T', String(ROUND_SECONDS)];
      const args = [...load, `--random-seed=${this.#seed}`];
      const { printed, isWhole } = await pgbench(this.#urls[this.#side], args);
      const processed = PROCESSED.exec(printed);
      if (processed === null) throw new Error(`pgbench told no figure:\n${printed}`);
      this.transactions += Number(processed[1]);
      if (isWhole) continue;
      if (!FENCED.test(printed)) throw new Error(`pgbench failed:\n${printed}`);
      this.refused += 1;
      this.#side = this.#side === 'legacy' ? 'candidate' : 'legacy';
      await pause(REFUSED_MS);
    }
  }
}
