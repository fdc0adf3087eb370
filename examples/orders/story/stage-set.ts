import { cpSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Process, runToEnd } from './process.ts';

const here = join(import.meta.dirname, '..');
const cli = join(dirname(fileURLToPath(import.meta.resolve('falsework'))), '../bin/falsework.js');
const READY_MS = 20_000;

const LEGACY_PORT = '7301';
const CANDIDATE_PORT = '7302';

/**
 * Everything that runs in the demo: real processes around one folder that is made anew for each
 * run.
 */
export class StageSet {
  readonly folder = join(here, '.falsework', 'run');
  readonly #processes: Process[] = [];
  #candidate: Process | null = null;
  #legacy: Process | null = null;
  load: Process | null = null;

  /** Lays out the folder: the legacy code that will be deleted for good, and the configuration. */
  prepare(): void {
    rmSync(this.folder, { recursive: true, force: true });
    mkdirSync(this.folder, { recursive: true });
    for (const part of ['legacy', 'candidate', 'shared']) {
      cpSync(join(here, 'services', part), join(this.folder, part), { recursive: true });
    }
    cpSync(join(here, 'falsework.config.ts'), join(this.folder, 'falsework.config.ts'));
  }

  async startLegacy(): Promise<void> {
    const args = ['legacy/server.ts', '--port', LEGACY_PORT, '--database', 'orders.db'];
    this.#legacy = await this.#start('legacy', args, 'listening');
  }

  /**
   * Deploys a build as a rolling deployment does: the new process answers before the old one is
   * asked to stop.
   */
  async deployCandidate(build: number): Promise<void> {
    const args = ['candidate/server.ts', '--port', CANDIDATE_PORT, '--database', 'orders.db'];
    const old = this.#candidate;
    this.#candidate = await this.#start(
      `candidate ${build}`,
      [...args, '--build', String(build)],
      'listening',
    );
    await old?.stop();
  }

  async startFalsework(): Promise<string> {
    const up = await this.#start('falsework up', [cli, 'up', '--json'], 'guard');
    void up;
    return this.folder;
  }

  /**
   * The console, signed in: the token of this run stands behind the #, which a browser sends to
   * nobody.
   */
  consoleLink(controlUrl: string): string {
    const token = readFileSync(join(this.folder, '.falsework', 'token'), 'utf8').trim();
    const values = new URLSearchParams({ 'sign-in': token, as: userInfo().username });
    return `${controlUrl}/m/orders#${values}`;
  }

  async startLoad(url: string, ratePerSecond: number): Promise<Process> {
    const args = [join(here, 'load/generator.ts'), '--url', url, '--rate', String(ratePerSecond)];
    this.load = await this.#start('load', args, 'requests');
    return this.load;
  }

  /** Takes the warehouse down: a dependency of the candidate that legacy never had. */
  async breakWarehouse(): Promise<void> {
    const response = await fetch(`http://127.0.0.1:${CANDIDATE_PORT}/weather`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ warehouse: 'down' }),
    });
    if (!response.ok) throw new Error(`The weather did not change: ${response.status}.`);
  }

  /** Ends the legacy service and deletes its code. */
  async deleteLegacy(): Promise<void> {
    await this.#legacy?.stop();
    rmSync(join(this.folder, 'legacy'), { recursive: true });
  }

  /** Runs the command line as a person in this folder would. */
  falsework(...args: readonly string[]): Promise<string> {
    return runToEnd(`falsework ${args[0]}`, [cli, ...args], this.folder);
  }

  /** Rejects as soon as any process ends without having been asked to. */
  watch(): Promise<never> {
    return Promise.race(this.#processes.map((each) => each.watch()));
  }

  /** Ends everything, the callers first. */
  async strike(): Promise<void> {
    await this.load?.stop();
    for (const each of [...this.#processes].reverse()) await each.stop();
  }

  async #start(name: string, args: readonly string[], ready: string): Promise<Process> {
    const started = new Process(name, args, this.folder);
    this.#processes.push(started);
    await started.until(ready, READY_MS);
    return started;
  }
}
