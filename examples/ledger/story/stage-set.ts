import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connectToControl } from '@falsework/client';
import type { ControlLink } from '@falsework/core/ports';
import { openDatabase } from '@falsework/data';
import { systemClock, systemRandom } from '@falsework/system';
import { SeededRandom } from '@falsework/testkit';
import { type PostgresServer, startPostgres } from '@falsework/testkit/postgres';
import { Process } from '../../orders/story/process.ts';
import { CANDIDATE_SCHEMA } from '../schemas/candidate.ts';
import { LEGACY_SCHEMA } from '../schemas/legacy.ts';
import { Bank, type BankStores, type ReadLegacy } from './bank.ts';
import { CLI, type Ended, runFalsework } from './command-line.ts';
import { openAccounts } from './opening.ts';
import { openLedgerFence } from './read-fence.ts';

const here = join(import.meta.dirname, '..');
const READY_MS = 60_000;
const CONNECTIONS = 16;
const SEED = 5;

/** Where control answers; `control.port` of the configuration. */
export const CONTROL_URL = 'http://127.0.0.1:7470';

/**
 * Everything that runs in the example: two PostgreSQL servers, the bank in this process, and
 * Falsework's own processes around one folder that is made anew for each run.
 */
export class StageSet {
  readonly folder = join(here, '.falsework', 'run');
  readonly #servers: PostgresServer[] = [];
  readonly #processes: Process[] = [];
  readonly #failed = Promise.withResolvers<never>();
  #stores: BankStores | null = null;
  #bank: Bank | null = null;
  #dataSide: Process | null = null;

  /** Lays out the folder: the legacy code that will be deleted for good, and the configuration. */
  prepare(): void {
    rmSync(this.folder, { recursive: true, force: true });
    mkdirSync(join(this.folder, 'accounts'), { recursive: true });
    for (const part of ['legacy', 'falsework.config.ts', 'mapping.ts']) {
      cpSync(join(here, part), join(this.folder, part), { recursive: true });
    }
  }

  /** Starts both servers, creates both schemas, and fills the old one. */
  async startBank(): Promise<Bank> {
    const servers = await Promise.all([startPostgres(), startPostgres()]);
    this.#servers.push(...servers);
    const [from = '', to = ''] = await Promise.all(servers.map((one) => one.createDatabase()));
    // The configuration names these two variables, so that no password stands in a file.
    process.env['LEGACY_DB'] = from;
    process.env['LEDGER_DB'] = to;
    const open = (url: string, label: string) =>
      openDatabase({ url, label, connections: CONNECTIONS });
    const stores = { legacy: open(from, 'legacy'), candidate: open(to, 'candidate') };
    this.#stores = stores;
    await stores.legacy.use(({ client }) => client.query(LEGACY_SCHEMA));
    await stores.candidate.use(({ client }) => client.query(CANDIDATE_SCHEMA));
    const random = new SeededRandom(SEED);
    const { accounts, entries } = await openAccounts(stores.legacy, random);
    const internal = accounts.filter(({ cohort }) => cohort === 'internal');
    const names = internal.map(({ id }) => `${id}\n`).join('');
    writeFileSync(join(this.folder, 'accounts', 'internal.txt'), names);
    const readLegacy = await this.#legacyCode();
    const fence = await openLedgerFence(stores);
    const bank = new Bank({ stores, accounts, random, readLegacy, fence });
    bank.began(entries);
    this.#bank = bank;
    return bank;
  }

  /** The stores as the bank is connected to them. */
  get stores(): BankStores {
    if (this.#stores === null) throw new Error('The stores were not started.');
    return this.#stores;
  }

  /** Starts control. The planes of this migration are the bank's own, so there is no guard. */
  async startControl(): Promise<void> {
    await this.#start('falsework up', ['up', '--no-guard', '--json'], 'control');
  }

  /** The way from the bank's seam to control. */
  link(): ControlLink {
    const token = readFileSync(join(this.folder, '.falsework', 'token'), 'utf8').trim();
    const host = { clock: systemClock, random: systemRandom };
    return connectToControl({ url: CONTROL_URL, token, migration: 'ledger', ...host });
  }

  /** Starts the worker that captures, drains and reports. */
  async startDataSide(): Promise<void> {
    const args = ['data', 'start', '--execute', '--json'];
    this.#dataSide = await this.#start('falsework data start', args, 'draining');
  }

  /** Stops the worker. */
  async stopDataSide(): Promise<void> {
    await this.#dataSide?.stop();
  }

  /** Runs the command line as a person in this folder would. */
  falsework(...args: readonly string[]): Promise<Ended> {
    return runFalsework(this.folder, args);
  }

  deleteLegacyCode(): void {
    rmSync(join(this.folder, 'legacy'), { recursive: true });
  }

  /** Rejects as soon as a process ends without having been asked to. */
  watch(): Promise<never> {
    return this.#failed.promise;
  }

  /** Ends everything, whoever writes first. */
  async strike(): Promise<void> {
    const ends = [
      async () => this.#bank?.close(),
      ...[...this.#processes].reverse().map((each) => async () => each.stop()),
      async () => this.#stores?.legacy.close(),
      async () => this.#stores?.candidate.close(),
      ...this.#servers.map((each) => async () => each.stop()),
    ];
    for (const end of ends) {
      await end().catch((error: unknown) => console.error(String(error)));
    }
  }

  /** From the folder, and not from beside this file: what is loaded is what will be deleted. */
  async #legacyCode(): Promise<ReadLegacy> {
    const module = (await import(join(this.folder, 'legacy', 'reads.ts'))) as {
      readonly readAccount: ReadLegacy;
    };
    return module.readAccount;
  }

  async #start(name: string, args: readonly string[], ready: string): Promise<Process> {
    const started = new Process(name, [CLI, ...args], this.folder);
    this.#processes.push(started);
    started.watch().catch(this.#failed.reject);
    await started.until(ready, READY_MS);
    return started;
  }
}
