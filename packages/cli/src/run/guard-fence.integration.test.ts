// Two services, each on a PostgreSQL server of its own, behind a guard as `falsework guard` starts
// it: writers that know nothing of any guard, and a drain that takes its time.
import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { drainOnce, type Feed, recordLeftKeys } from '@falsework/data';
import { SeededRandom } from '@falsework/testkit';
import { postgresForTests } from '@falsework/testkit/postgres';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import {
  type AccountRead,
  accountRows,
  Book,
  HOLDS,
  readAccount,
  someAccount,
  writeHolds,
} from '../../../data/test/holds.ts';
import {
  drainAll,
  execute,
  planOf,
  startedFeed,
  type TwoStores,
  twoStores,
} from '../../../data/test/stores.ts';
import { routeWith, snapshotWith, until } from '../../../guard/test/fixtures.ts';
import type { FencedStores } from './guard-fence.ts';
import { type GuardPlan, type ServedGuard, startServedGuard } from './served-guard.ts';

const one = await postgresForTests();
const two = await postgresForTests();
const missing = one.missing ?? two.missing;
afterAll(async () => {
  await one.server?.stop();
  await two.server?.stop();
});

const toEnd: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of toEnd.splice(0).reverse()) await end();
});

/** A service that reads accounts from one store. */
async function service(stores: TwoStores, side: 'legacy' | 'candidate'): Promise<string> {
  const server = createServer((request, response) => {
    const account = /^\/accounts\/(\d+)$/.exec(request.url ?? '')?.[1] ?? null;
    response.setHeader('content-type', 'application/json');
    if (account === null) response.end('{}');
    else {
      void readAccount(stores[side], account, side).then(({ seq, holds }) => {
        const listed = [...holds].sort(([a], [b]) => a - b);
        response.end(JSON.stringify({ seq, holds: listed }));
      });
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  toEnd.push(() => new Promise((resolve) => server.close(resolve)));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

interface World {
  readonly stores: TwoStores;
  readonly feed: Feed;
  readonly fenced: FencedStores;
}

async function world(): Promise<World> {
  if (one.server === null || two.server === null) throw new Error('There are no servers.');
  const stores = await twoStores(one.server, HOLDS, two.server);
  toEnd.push(() => stores.close());
  const feed = await startedFeed(stores, { tables: HOLDS.mapping });
  await recordLeftKeys(feed, HOLDS.keys);
  await execute(stores.legacy, accountRows());
  await drainAll(feed);
  const fenced = { plan: planOf(stores, HOLDS.mapping), keys: HOLDS.keys, keysBack: null };
  return { stores, feed, fenced };
}

interface Guarded {
  readonly guard: ServedGuard;
  readonly plan: GuardPlan;
  readonly said: string[];
}

/** Everybody is in the candidate's share, unless told otherwise. */
async function guarded(
  { stores }: Pick<World, 'stores'>,
  fenced: FencedStores | null,
  over: Parameters<typeof snapshotWith>[0] = {},
): Promise<Guarded> {
  const [legacy, candidate] = [await service(stores, 'legacy'), await service(stores, 'candidate')];
  const said: string[] = [];
  const share = { stage: 'shift', percent: 100, topology: 'separate' } as const;
  const snapshot = snapshotWith({ ...share, shadow: { sample: 0 }, ...over });
  const key = { from: 'path', name: 'id' } as const;
  const routes = [routeWith({ seam: 'GET /accounts/{id}', key })];
  const options = { legacy, candidate, port: 0, routes, snapshot, namesSide: true };
  const source = { kind: 'options', options } as const;
  const plan: GuardPlan = { options, source, workers: 1, stores: fenced, link: null };
  const guard = await startServedGuard(plan, (words) => void said.push(words));
  toEnd.push(() => guard.stop({ withinMs: 1_000 }));
  return { guard, plan, said };
}

async function read(
  { guard }: Pick<Guarded, 'guard'>,
  account: string,
): Promise<AccountRead & { readonly side: string | null }> {
  const answer = await fetch(`${guard.url}/accounts/${account}`);
  const said = (await answer.json()) as { seq: number; holds: [number, number][] };
  return { seq: said.seq, holds: new Map(said.holds), side: answer.headers.get('falsework-side') };
}

/** Who is connected to legacy's store. */
async function backends({ stores }: World): Promise<(string | null)[]> {
  const sql = 'select pid::text from pg_stat_activity where datname = current_database()';
  return (await stores.legacy.use((session) => session.rows(sql))).map(([pid = null]) => pid);
}

/** Waits until the guard's fence has opened its stores. */
async function opened(at: Pick<Guarded, 'guard'>): Promise<void> {
  await expect.poll(async () => (await read(at, '40')).side, { timeout: 10_000 }).toBe('candidate');
}

/** Writers, readers over HTTP and a slow drain, until that has drained `windows` times. */
async function live(
  { stores, feed }: World,
  at: Pick<Guarded, 'guard'>,
  windows: number,
): Promise<readonly string[]> {
  const book = new Book();
  let isOver = false;
  const isOn = (): boolean => !isOver;
  const stale: string[] = [];
  const writers = [1, 2].map((writer) =>
    writeHolds(stores.legacy, book, { random: new SeededRandom(writer), writer, isOn }),
  );
  const readers = [3, 4].map(async (seed) => {
    const random = new SeededRandom(seed);
    while (isOn()) {
      const account = someAccount(random);
      const expected = book.before(account);
      const answer = await read(at, account);
      const lacks = book.staleness(expected, answer);
      if (lacks !== null) stale.push(`account ${account} of ${answer.side}: ${lacks}`);
    }
  });
  for (let i = 0; i < windows; i += 1) {
    await new Promise((resolve) => setTimeout(resolve, 60));
    await drainOnce(feed, { changesMax: 10_000 });
  }
  isOver = true;
  await Promise.all([...writers, ...readers]);
  return stale;
}

describe.skipIf(missing !== null)(missing ?? 'reads through a guard before two stores', () => {
  it('never lack what was acknowledged, whoever wrote it, and are served by the candidate', async () => {
    const all = await world();
    const at = await guarded(all, all.fenced);
    await opened(at);
    expect(await live(all, at, 12)).toEqual([]);
    const { fence, failed, served, faults } = at.guard.report();
    expect(fence?.passed).toBeGreaterThan(0);
    expect(fence?.fenced.pending).toBeGreaterThan(0);
    expect(served.candidate).toBe(fence?.passed);
    expect({ ...failed, faults }).toEqual({ legacy: 0, candidate: 0, faults: 0 });
  }, 60_000);

  it('lack it without the fence: the oracle sees what it is there to see', async () => {
    const all = await world();
    const stale = await live(all, await guarded(all, null), 6);
    expect(stale.length).toBeGreaterThan(0);
    expect(stale.every((words) => words.includes('of candidate'))).toBe(true);
  }, 60_000);

  it('are compared without blaming the candidate for what is on its way, and blaming it for the rest', async () => {
    const all = await world();
    const shadow = { sample: 1, timeoutMs: 5_000 };
    const at = await guarded(all, all.fenced, { stage: 'shadow', percent: 0, shadow });
    const row = () => at.guard.report().routes[0];
    const shed = () => row()?.shed.fenced ?? 0;
    const writeAndRead = async (account: number): Promise<void> => {
      await execute(all.stores.legacy, `update accounts set seq = 1 where id = ${account}`);
      await read(at, String(account));
    };
    // Until the stores are open, and have been looked at once, nothing is known that excuses.
    let account = 0;
    await expect
      .poll(async () => {
        account += 1;
        await writeAndRead(account);
        return shed();
      })
      .toBeGreaterThan(0);
    await until(() => {
      const { compared = 0, requests = 0 } = row() ?? {};
      return compared + shed() === requests;
    }, 'nothing is being compared');
    const { differing = 0 } = row() ?? {};
    const before = shed();
    await writeAndRead(39);
    await until(() => shed() > before, 'it was shed');
    expect(row()?.differing).toBe(differing);
    await drainAll(all.feed);
    await execute(all.stores.candidate, 'update account set seq = 99 where account_id = 40');
    await read(at, '40');
    await until(() => row()?.differing === differing + 1, 'it differs');
    // Nobody waited for any of that.
    expect(at.guard.report().fence).toMatchObject({ passed: 0, waited: { p50Ms: null } });
  }, 60_000);

  it('stay with legacy while a store is away, which is said once, and is no reason not to serve', async () => {
    const all = await world();
    const from = 'postgres://nobody@127.0.0.1:1/none';
    const at = await guarded(all, { ...all.fenced, plan: { ...all.fenced.plan, from } });
    expect((await read(at, '7')).side).toBe('legacy');
    await until(() => at.said.length === 1, 'it was said');
    expect(at.said[0]).toMatch(/^reads stay with the side that takes the writes.*legacy/);
    expect(at.guard.report().fence?.fenced.unknown).toBe(1);
  }, 60_000);

  it('stay with legacy while the keys of a table make no sense, with the reason', async () => {
    const all = await world();
    const keys = { ...HOLDS.keys, holds: 'owner' };
    const at = await guarded(all, { ...all.fenced, keys });
    await until(() => at.said.length === 1, 'it was said');
    expect(at.said[0]).toContain('column owner is not carried over');
    expect((await read(at, '7')).side).toBe('legacy');
  }, 60_000);

  it('are fenced in each worker by itself, which gives its connections back', async () => {
    const all = await world();
    const own = new Set(await backends(all));
    const others = async () => (await backends(all)).filter((pid) => !own.has(pid)).length;
    const { plan } = await guarded(all, null);
    const { legacy, candidate } = plan.options;
    const cwd = mkdtempSync(join(tmpdir(), 'falsework-fence-'));
    toEnd.push(() => rm(cwd, { recursive: true }));
    const { name, ...stores } = all.fenced.plan;
    const config = {
      name,
      owner: 'payments',
      deleteBy: '2099-12-31',
      store: 'separate',
      guard: { legacy, candidate, port: 0, workers: 2 },
      data: { ...stores, reads: { keys: all.fenced.keys } },
    };
    // YAML is more than JSON is.
    writeFileSync(join(cwd, 'falsework.config.yaml'), JSON.stringify(config));
    const source = { kind: 'config', cwd, file: null, flags: {}, migration: name } as const;
    const said: string[] = [];
    const workers: GuardPlan = { ...plan, source, workers: 2, stores: all.fenced };
    const guard = await startServedGuard(workers, (words) => void said.push(words));
    toEnd.push(() => guard.stop({ withinMs: 1_000 }));
    // One connection each, that read the catalogue.
    await expect.poll(others, { timeout: 20_000 }).toBeGreaterThanOrEqual(2);
    await expect.poll(() => guard.report().fence).toMatchObject({ passed: 0 });
    await guard.stop();
    await expect.poll(others).toBe(0);
    expect(said).toEqual([]);
  }, 60_000);

  it('go on after a reload with the same stores, and other ones are refused', async () => {
    const all = await world();
    const own = new Set(await backends(all));
    const at = await guarded(all, all.fenced);
    await opened(at);
    await at.guard.reload({ ...at.plan, stores: structuredClone(all.fenced) });
    expect((await read(at, '7')).side).toBe('candidate');
    await expect(at.guard.reload({ ...at.plan, stores: null })).rejects.toMatchObject({
      code: 'FW_GUARD_RELOAD',
    });
    // A guard that has stopped holds no connection.
    await at.guard.stop();
    await expect.poll(async () => (await backends(all)).filter((pid) => !own.has(pid))).toEqual([]);
  }, 60_000);
});
