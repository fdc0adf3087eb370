import { join } from 'node:path';
import { AdminClient, connectToControl } from '@falsework/client';
import { ROUTES } from '@falsework/client/contract';
import { type ManagedMigration, type RunningControl, startControl } from '@falsework/control';
import type { Policy } from '@falsework/core/policy';
import { type RunningGuard, startGuard } from '@falsework/guard';
import { type Seam, seam } from '@falsework/seam';
import { Plane } from '@falsework/seam/plane';
import { systemClock, systemRandom } from '@falsework/system';
import { passingData, QUICK_POLICY } from '@falsework/testkit';
import { pino } from 'pino';
import { type Service, serve } from './services.ts';

const HOUR_MS = 3_600_000;
const TOKEN = 'operator-secret-of-the-world';
// A migration that walks as far as its first share within seconds, and stays there.
const POLICY: Policy = {
  ...QUICK_POLICY,
  mismatch: { rateMax: 0.05, confidence: 0.95 },
  coverage: { rateMin: 0.9 },
  window: { comparisons: 50, cycleMs: 4_000 },
  latency: { slowerRatioMax: 1, slowerMsMax: 500, pairsRateMin: 0.5 },
  shadow: { ...QUICK_POLICY.shadow, sample: 1, recheckAfterMs: 10, timeoutMs: 2_000 },
  ramp: { steps: [30, 100].map((percent) => ({ percent, cohorts: [] })), holdMs: HOUR_MS },
  soakMs: 0,
};
const migration = (name: string, over: Partial<ManagedMigration> = {}): ManagedMigration => ({
  name,
  owner: 'payments',
  topology: 'shared',
  deleteBy: Date.now() + 60 * 24 * HOUR_MS,
  comparator: 'cmp-1',
  schema: '1',
  policy: POLICY,
  cohorts: {},
  ...over,
});
const TOKENS = [
  { secret: TOKEN, role: 'operator', name: null },
  { secret: 'viewer-secret-of-it', role: 'viewer', name: null },
] as const;

const answering = (total: number): Promise<Service> =>
  serve((request, response) => {
    const id = Number(request.url?.split('/').at(-1));
    response.setHeader('content-type', 'application/json');
    // One order in seven differs, as between two services that round in two ways.
    response.end(JSON.stringify({ id, total: id % 7 === 0 ? total : 12.5 }));
  });

/**
 * A migration as it runs, for metrics to be made of: control, a guard between two services with
 * traffic, a seam with calls, and another migration whose data side reports and whose day is over.
 */
export class MetricsWorld {
  readonly #services: Service[] = [];
  #control: RunningControl | null = null;
  #guard: RunningGuard | null = null;
  #plane: Plane | null = null;
  #quote: Seam<(cart: { sum: number }) => Promise<number>> | null = null;
  #client: AdminClient | null = null;

  /** Where control is, and what reads its metrics. */
  get control(): { readonly url: string; readonly token: string } {
    return { url: this.#running.url, token: 'viewer-secret-of-it' };
  }

  async start(folder: string): Promise<void> {
    this.#control = await startControl({
      migrations: [
        migration('orders'),
        migration('ledger', { topology: 'separate', deleteBy: Date.now() - 12 * 24 * HOUR_MS }),
      ],
      store: join(folder, 'state.db'),
      port: 0,
      tokens: [...TOKENS],
      version: '0.1.0',
      loopMs: 200,
      log: pino({ level: 'silent' }),
    });
    this.#client = new AdminClient({ url: this.#control.url, token: TOKEN });
    const [legacy, candidate] = [await answering(10.005), await answering(10)];
    this.#services.push(legacy, candidate);
    this.#guard = await startGuard({
      legacy: legacy.url,
      candidate: candidate.url,
      port: 0,
      key: { from: 'header', name: 'x-customer' },
      link: this.#link(),
    });
    this.#plane = new Plane({ link: this.#link(), flushMs: 200 });
    // What a guard with a journal says; that it says so is tested where the journal is.
    const open = { journal: 'j1', ready: 2, lagMs: 40, inDoubt: 0, dead: 0, listed: 0 };
    this.#plane.watchWrites(() => ({ ...open, at: Date.now(), stopped: [] }));
    this.#quote = seam({
      name: 'pricing.quote',
      effects: 'none',
      plane: this.#plane,
      // All of the world shares one event loop, which has no rest on a busy machine.
      busyMax: 1,
      key: ([{ sum }]) => String(sum),
      legacy: async ({ sum }: { sum: number }) => sum * 1.19,
      candidate: async ({ sum }: { sum: number }) => sum * 1.19,
    });
    await this.#tellData();
  }

  /** Some calls of everything. */
  async traffic(): Promise<void> {
    const { url } = this.#guard as RunningGuard;
    for (let id = 0; id < 40; id += 1) {
      const headers = { 'x-customer': `customer-${id}` };
      const response = await fetch(`${url}/orders/${id}`, { headers });
      await response.arrayBuffer();
      await this.#quote?.({ sum: id });
    }
    await this.#tellData();
  }

  /** Somebody answers for the one difference that there is, once it is known. */
  async accept(): Promise<boolean> {
    const params = { migration: 'orders' };
    const { causes } = await this.#asked.call(ROUTES.causes, { params, query: {}, body: {} });
    const [cause] = causes;
    if (cause === undefined) return false;
    const request = {
      type: 'accept' as const,
      id: cause.record.id,
      owner: 'grace',
      reason: 'as the law says',
      expiresAt: Date.now() + 30 * 24 * HOUR_MS,
    };
    const body = { by: 'grace', execute: true, request };
    return (await this.#asked.call(ROUTES.decide, { params, query: {}, body })).refusal === null;
  }

  /** Where a migration stands. */
  async stage(name: string): Promise<string> {
    return (await this.#running.service.known(name)).state.stage;
  }

  async stop(): Promise<void> {
    await this.#guard?.stop({ withinMs: 500 });
    await this.#plane?.close({ withinMs: 500 });
    await Promise.all(this.#services.map((service) => service.stop()));
    await this.#control?.stop();
  }

  get #running(): RunningControl {
    if (this.#control === null) throw new Error('Control is not running.');
    return this.#control;
  }

  get #asked(): AdminClient {
    if (this.#client === null) throw new Error('Control is not running.');
    return this.#client;
  }

  #link() {
    const { url } = this.#running;
    const [clock, random] = [systemClock, systemRandom];
    return connectToControl({ url, token: TOKEN, migration: 'orders', clock, random });
  }

  async #tellData(): Promise<void> {
    const { reportedAt: _, ...report } = passingData(Date.now());
    const { service } = this.#running;
    await service.noteData('ledger', report);
    await service.noteLegacyCode('ledger', 61);
  }
}
