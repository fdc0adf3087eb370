import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AdminClient } from '@falsework/client';
import { ROUTES } from '@falsework/client/contract';
import { type RunningControl, startControl, type Token } from '@falsework/control';
import type { EvidenceBatch } from '@falsework/core/evidence';
import { DEFAULT_POLICY, type Policy } from '@falsework/core/policy';
import { systemClock } from '@falsework/system';
import { batchOf, seen } from '@falsework/testkit/contracts';
import { pino } from 'pino';
import { ensureToken, tokenFile } from '../src/access/token-file.ts';
import { type Ran, runIn } from './fake-context.ts';

/** The seam of these tests. */
export const SEAM = 'GET /orders/{id}';

/** Control as it really runs, with a folder in which its configuration and token are found. */
export class ControlBench {
  readonly folder: string;
  readonly #control: RunningControl;
  readonly #client: AdminClient;
  #sequence = 0;

  private constructor(control: RunningControl, token: string, folder: string) {
    this.#control = control;
    this.folder = folder;
    this.#client = new AdminClient({ url: control.url, token });
  }

  static async start(
    names: readonly string[] = ['orders'],
    policy: Policy = DEFAULT_POLICY,
    others: readonly Token[] = [],
  ): Promise<ControlBench> {
    const folder = mkdtempSync(join(tmpdir(), 'falsework-cli-'));
    const token = ensureToken(tokenFile(join(folder, '.falsework')));
    const control = await startControl({
      migrations: names.map((name) => ({
        name,
        owner: 'payments',
        topology: 'shared' as const,
        deleteBy: Date.UTC(2027, 11, 31),
        comparator: 'cmp-1',
        schema: '1',
        policy,
        cohorts: {},
      })),
      store: join(folder, 'state.db'),
      port: 0,
      tokens: [{ secret: token, role: 'operator', name: null }, ...others],
      version: '0.1.0',
      loopMs: 3_600_000,
      log: pino({ level: 'silent' }),
    });
    const bench = new ControlBench(control, token, folder);
    bench.configure({});
    // The first batch makes the builds known, which opens an epoch; the tests are about the second.
    for (const name of names) await bench.#announce(name);
    return bench;
  }

  get url(): string {
    return this.#control.url;
  }

  /** Writes the configuration of `orders`, with these keys beside the needed ones. */
  configure(over: object): void {
    const { port } = new URL(this.#control.url);
    const orders = { name: 'orders', owner: 'payments', deleteBy: '2027-12-31' };
    this.write(
      'falsework.config.json',
      JSON.stringify({ ...orders, control: { port: Number(port) }, ...over }),
    );
  }

  write(name: string, text: string): void {
    writeFileSync(join(this.folder, name), text);
  }

  /** Runs one command line in the folder. */
  run(...args: string[]): Promise<Ran> {
    return runIn({ cwd: this.folder, clock: systemClock }, ...args);
  }

  async #announce(migration: string): Promise<void> {
    const body = batchOf('guard-0', 1, { strata: [seen({ seam: SEAM, verdicts: {} })] }) as never;
    await this.#client.call(ROUTES.evidence, { params: { migration }, query: {}, body });
  }

  /** Reports over HTTP, as a plane does. */
  async report(over: Partial<EvidenceBatch>): Promise<void> {
    this.#sequence += 1;
    const verdicts = { match: 90, mismatch: 10 };
    const strata = [seen({ seam: SEAM, epoch: 2, step: 2, verdicts })];
    const body = batchOf('guard-1', this.#sequence, { strata, ...over }) as never;
    await this.#client.call(ROUTES.evidence, { params: { migration: 'orders' }, query: {}, body });
  }

  async stop(): Promise<void> {
    await this.#control.stop();
    rmSync(this.folder, { recursive: true });
  }
}
