import { postgresForTests } from '@falsework/testkit/postgres';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { ask, execute, startedFeed, type TwoStores, twoStores } from '../../test/stores.ts';
import type { Feed } from './feed.ts';
import { measureLag } from './lag.ts';
import { type DrainEvent, type DrainOptions, type DrainSummary, runDrain } from './run-drain.ts';

const { server: first, missing } = await postgresForTests();
const { server: second } = await postgresForTests();
const open: TwoStores[] = [];
const stops: AbortController[] = [];

afterEach(async () => {
  for (const stop of stops.splice(0)) stop.abort();
  for (const one of open.splice(0)) await one.close();
});
afterAll(async () => {
  await first?.stop();
  await second?.stop();
});

const TABLE = 'create table a (id int primary key, n int not null default 0)';

interface Running {
  readonly stores: TwoStores;
  readonly feed: Feed;
  readonly events: DrainEvent[];
  readonly ended: Promise<DrainSummary>;
  readonly stop: AbortController;
}

async function running(options: Partial<DrainOptions> = {}): Promise<Running> {
  const stores = await twoStores(
    first as NonNullable<typeof first>,
    { legacy: TABLE, candidate: TABLE },
    second as NonNullable<typeof second>,
  );
  open.push(stores);
  const feed = await startedFeed(stores, { tables: { a: { to: 'a' } } });
  const stop = new AbortController();
  stops.push(stop);
  const events: DrainEvent[] = [];
  const ended = runDrain(feed, {
    ...options,
    signal: stop.signal,
    onEvent: (event) => events.push(event),
  });
  ended.catch(() => {});
  return { stores, feed, events, ended, stop };
}

async function until(check: () => Promise<boolean> | boolean): Promise<void> {
  const untilMs = performance.now() + 30_000;
  while (!(await check())) {
    if (performance.now() > untilMs) throw new Error('It did not come about in time.');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const count = async (store: TwoStores['legacy']): Promise<number> =>
  Number((await ask(store, 'select count(*) from a'))[0]?.[0]);

describe.skipIf(missing !== null)(missing ?? 'a running drain', () => {
  it('keeps the follower equal until it is stopped, and then says what it did', async () => {
    const { stores, ended, stop, events } = await running();
    for (let i = 0; i < 20; i += 1) await execute(stores.legacy, `insert into a values (${i}, 0)`);
    await until(async () => (await count(stores.candidate)) === 20);
    stop.abort();
    expect(await ended).toMatchObject({ keys: 20, written: 20 });
    expect(events.filter(({ kind }) => kind === 'drained').length).toBeGreaterThan(0);
  });

  it('is woken by a commit, long before it would have looked by itself', async () => {
    const { stores, events } = await running({ idleMs: 20_000 });
    await until(async () => {
      const [row] = await ask(
        stores.legacy,
        `select count(*) from pg_locks where locktype = 'advisory' and granted and database = (select oid from pg_database where datname = current_database())`,
      );
      return Number(row?.[0]) > 0;
    });
    const since = performance.now();
    await execute(stores.legacy, 'insert into a values (1, 0)');
    await until(() => events.length > 0);
    expect(performance.now() - since).toBeLessThan(10_000);
  });

  it('waits while it is held, with the reason, and goes on when it is not', async () => {
    let reason: string | null = 'replica lag 9 s';
    const { stores, events } = await running({ hold: () => reason });
    await execute(stores.legacy, 'insert into a values (1, 0)');
    await until(() =>
      events.some((event) => event.kind === 'held' && event.because === 'replica lag 9 s'),
    );
    expect(await count(stores.candidate)).toBe(0);
    reason = null;
    await until(async () => (await count(stores.candidate)) === 1);
  });

  it('survives a crash of either server, losing nothing and doubling nothing', async () => {
    const { stores, events, feed } = await running();
    let id = 0;
    const write = async (): Promise<void> => {
      await execute(stores.legacy, `insert into a values (${id}, 0)`).then(
        () => (id += 1),
        () => {},
      );
    };
    for (const server of [second, first, second]) {
      for (let i = 0; i < 10; i += 1) await write();
      await server?.crash();
      for (let i = 0; i < 10; i += 1) await write();
    }
    await until(async () => (await measureLag(feed, null).catch(() => null))?.rows === 0);
    expect(await ask(stores.candidate, 'select * from a order by 1')).toEqual(
      await ask(stores.legacy, 'select * from a order by 1'),
    );
    expect(events.some(({ kind }) => kind === 'trouble')).toBe(true);
  });

  it('ends with the fault that will not pass by itself', async () => {
    const { stores, feed, ended } = await running();
    await execute(
      stores.legacy,
      `update ${feed.schema}.capture set capture_id = gen_random_uuid()`,
    );
    await expect(ended).rejects.toMatchObject({ code: 'FW_DATA_PLACE' });
  });
});

describe.skipIf(missing !== null)(
  missing ?? 'a drain that is killed between writing and acknowledging',
  () => {
    it('has done a window as a whole or not at all', async () => {
      const stores = await twoStores(
        first as NonNullable<typeof first>,
        { legacy: TABLE, candidate: TABLE },
        second as NonNullable<typeof second>,
      );
      open.push(stores);
      const feed = await startedFeed(stores, { tables: { a: { to: 'a' } } });
      await execute(stores.legacy, 'insert into a select g, 0 from generate_series(1, 300) g');
      const { drainOnce } = await import('./drain-once.ts');
      // The backend that writes is ended at random moments; what it had begun is gone with it.
      for (let i = 0; i < 10; i += 1) {
        const drained = drainOnce(feed, { changesMax: 1_000 }).catch(() => null);
        await new Promise((resolve) => setTimeout(resolve, i * 3));
        await ask(
          stores.candidate,
          `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
        );
        await drained;
        const rows = await count(stores.candidate);
        expect([0, 300]).toContain(rows);
      }
      await until(
        async () => (await drainOnce(feed, { changesMax: 1_000 }).catch(() => null)) !== null,
      );
      expect(await count(stores.candidate)).toBe(300);
    });
  },
);
