import type { Cancel, Clock } from '@falsework/core/ports';
import { systemClock } from '@falsework/system';
import { postgresForTests } from '@falsework/testkit/postgres';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import {
  type Accounts,
  accounts,
  openDivergences,
  quietly,
  someAccounts,
} from '../../test/reconciling.ts';
import { ask, drainAll, execute, startedFeed, twoStores } from '../../test/stores.ts';
import { sql } from '../mapping/sql.ts';
import type { TableMapping } from '../mapping/table-mapping.ts';
import type { Database } from '../postgres/database.ts';
import { releaseCanaries } from './canary.ts';
import type { ReconcileEvent } from './events.ts';
import { chooseHashing, readProbe } from './probe.ts';
import { countWaiting } from './recheck.ts';
import { installRogueWatch, removeRogueWatch } from './rogue-watch.ts';
import { type ReconcileReport, runReconcile } from './run-reconcile.ts';
import { reconcileStatus } from './status.ts';

const one = await postgresForTests({ flags: ['-c', 'wal_level=logical'] });
const two = await postgresForTests();
const missing = one.missing ?? two.missing;
const servers = [one.server, two.server] as Parameters<typeof accounts>[0];
const open: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const stores of open.splice(0)) await stores.close();
});
afterAll(async () => {
  await one.server?.stop();
  await two.server?.stop();
});

async function world(options?: Parameters<typeof accounts>[1]): Promise<Accounts> {
  const made = await accounts(servers, options);
  open.push(made.stores);
  return made;
}

/** The real clock, but for pauses: these are noted and over at once. */
class HurriedClock implements Clock {
  readonly waits: number[] = [];

  now(): number {
    return systemClock.now();
  }

  monotonicMs(): number {
    return systemClock.monotonicMs();
  }

  after(delayMs: number, run: () => void): Cancel {
    this.waits.push(delayMs);
    return systemClock.after(0, run);
  }
}

/** A store that lends a connection so many times, and then is gone. */
function goneAfter(database: Database, lends: number): Database {
  let left = lends;
  const lend = (): void => {
    left -= 1;
    if (left < 0) throw Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });
  };
  return {
    label: database.label,
    url: database.url,
    use: async (use) => {
      lend();
      return database.use(use);
    },
    transaction: async (mode, use) => {
      lend();
      return database.transaction(mode, use);
    },
    close: () => database.close(),
  };
}

const byUs = ({ stores, feed }: Accounts, statements: string): Promise<void> =>
  quietly(stores.candidate, feed, statements);

describe.skipIf(missing !== null)(missing ?? 'reconciling', () => {
  it('compares every row, and says so', async () => {
    const { feed } = await world();
    const report = await runReconcile(feed);
    expect(report).toMatchObject({ isClean: true, hashing: 'record' });
    expect(report.passes[0]).toMatchObject({ state: 'clean', rows: 40, inFlight: 0, unsettled: 0 });
  });

  it('leaves keys in flight to a later comparison, and is not clean before that', async () => {
    const at = await world();
    await execute(
      at.stores.legacy,
      `update accounts set amount = 7 where id = 5; delete from accounts where id = 6;
      ${someAccounts(50, 50)}`,
    );
    const first = await runReconcile(at.feed, { patienceMs: 0 });
    expect(first).toMatchObject({ isClean: false });
    expect(first.passes[0]).toMatchObject({
      state: 'pending',
      rows: 38,
      inFlight: 3,
      unsettled: 3,
    });
    expect((await reconcileStatus(at.feed)).verifiedAt).toBeNull();
    await drainAll(at.feed);
    const second = await runReconcile(at.feed);
    expect(second).toMatchObject({ isClean: true });
    expect(await countWaiting(at)).toBe(0);
  });

  it('finds a fault in a row that was in flight when it was come by', async () => {
    const at = await world();
    await execute(at.stores.legacy, 'update accounts set amount = 7 where id = 25');
    await runReconcile(at.feed, { patienceMs: 0 });
    await drainAll(at.feed);
    await byUs(at, 'update ledger_accounts set amount_cents = 8 where account_id = 25');
    await runReconcile(at.feed);
    expect(await openDivergences(at)).toEqual(['25 corruption']);
  });

  it('waits for a truncation to be drained, and says when it has waited long enough', async () => {
    const at = await world();
    await execute(at.stores.legacy, 'truncate accounts');
    const told: ReconcileEvent[] = [];
    await expect(
      runReconcile(at.feed, { patienceMs: 0, onEvent: (event) => told.push(event) }),
    ).rejects.toMatchObject({ code: 'FW_DATA_RECONCILE_BEHIND' });
    await drainAll(at.feed);
    expect((await runReconcile(at.feed)).isClean).toBe(true);
  });

  it('refuses to compare what it can no longer know to be in flight', async () => {
    const at = await world();
    await execute(at.stores.legacy, 'update accounts set amount = 7 where id = 5');
    await execute(
      at.stores.legacy,
      `update "${at.feed.schema}".capture set rotated = pg_current_snapshot()::text`,
    );
    await expect(runReconcile(at.feed)).rejects.toMatchObject({ code: 'FW_DATA_ROTATED' });
  });

  it('stands back while it is told to, and for its share of the time', async () => {
    const { feed } = await world();
    const reasons = ['backup is running', 'backup is running', null];
    const told: ReconcileEvent[] = [];
    const clock = new HurriedClock();
    const report = await runReconcile(feed, {
      clock,
      share: 0.25,
      hold: () => reasons.shift() ?? null,
      onEvent: (event) => told.push(event),
    });
    expect(report.isClean).toBe(true);
    expect(told.filter(({ kind }) => kind === 'held')).toEqual([
      { kind: 'held', because: 'backup is running' },
    ]);
    // Two looks half a second apart, then a rest of three times the work.
    expect(clock.waits.slice(0, 2)).toEqual([500, 500]);
    expect(clock.waits[2]).toBeGreaterThan(0);
  });

  it('knows keys in flight from the log of the server as well', async () => {
    const table = 'create table a (id int primary key, n int not null)';
    const stores = await twoStores(servers[0], { legacy: table, candidate: table }, servers[1]);
    open.push(stores);
    const feed = await startedFeed(stores, { tables: { a: { to: 'a' } }, capture: 'logical' });
    open.unshift(feed.changes as unknown as { close(): Promise<void> });
    await execute(stores.legacy, 'insert into a select i, i from generate_series(1, 50) i');
    await drainAll(feed);
    await execute(
      stores.legacy,
      'update a set n = 0 where id in (7, 8); delete from a where id = 9',
    );
    const during = await runReconcile(feed, { patienceMs: 0 });
    expect(during.passes[0]).toMatchObject({ state: 'pending', rows: 47, inFlight: 3 });
    await drainAll(feed);
    expect((await runReconcile(feed)).isClean).toBe(true);
  });

  it('settles a divergence that a later pass does not find any more', async () => {
    const at = await world();
    await execute(at.stores.candidate, 'update ledger_accounts set rate = 3 where account_id = 25');
    await runReconcile(at.feed);
    expect((await reconcileStatus(at.feed)).mappings[0]?.divergences).toEqual({ corruption: 1 });
    await execute(
      at.stores.candidate,
      'update ledger_accounts set rate = 1.0 where account_id = 25',
    );
    expect((await runReconcile(at.feed)).isClean).toBe(true);
    const { mappings, verifiedAt } = await reconcileStatus(at.feed);
    expect(mappings[0]?.divergences).toEqual({});
    expect(verifiedAt).not.toBeNull();
  });

  it('verifies through the oldest comparison of a pass, for one definition of the mapping', async () => {
    const at = await world();
    const before = Date.now();
    await runReconcile(at.feed);
    const { mappings } = await reconcileStatus(at.feed);
    const [status] = mappings;
    expect(status?.verifiedThrough).toMatchObject({ definition: at.mapping.definition });
    expect(status?.verifiedThrough?.at).toBeGreaterThanOrEqual(before - 1_000);
    const changed = { ...at.mapping, definition: 'another' };
    const other = await reconcileStatus({ ...at.feed, mappings: [changed] });
    expect(other.mappings[0]?.verifiedThrough).toBeNull();
  });

  it('goes on where it was stopped, and counts as one pass then', async () => {
    const at = await world({ half: 110_000, drained: 10_000 });
    await execute(at.stores.legacy, 'analyze accounts');
    const stop = new AbortController();
    const told: ReconcileEvent[] = [];
    const onEvent = (event: ReconcileEvent): void => {
      told.push(event);
      if (event.kind === 'progress') stop.abort();
    };
    const first = await runReconcile(at.feed, { signal: stop.signal, onEvent, connections: 1 });
    expect(first.passes[0]?.state).toBe('running');
    expect(first.passes[0]?.rows).toBeLessThan(120_000);
    const second = await runReconcile(at.feed, { onEvent });
    expect(second.passes[0]).toMatchObject({
      state: 'clean',
      rows: 120_000,
      pass: first.passes[0]?.pass,
    });
    expect(told.filter(({ kind }) => kind === 'begun')).toMatchObject([
      { isResumed: false },
      { isResumed: true },
    ]);
  });

  it('walks a large table in shares that leave nothing out, neither between them nor at the ends', async () => {
    const at = await world({ half: 230_000, drained: 10_000 });
    await execute(at.stores.legacy, 'analyze accounts');
    await byUs(
      at,
      `insert into ledger_accounts values (-5, 'x', null, 1, 1, null, now()), (900000, 'x', null, 1, 1, null, now())`,
    );
    await byUs(
      at,
      'update ledger_accounts set amount_cents = 0 where account_id % 30000 = 0 and account_id between 1 and 240000',
    );
    const report = await runReconcile(at.feed, { connections: 2 });
    const [shares] = await ask(
      at.stores.candidate,
      `select count(*) from "${at.feed.schema}".reconcile_share`,
    );
    expect(Number(shares?.[0])).toBe(8);
    expect(report.passes[0]).toMatchObject({ state: 'diverged', rows: 240_000 });
    const found = (await openDivergences(at)).map((text) => Number(text.split(' ')[0]));
    expect(found).toEqual([
      -5, 30000, 60000, 90000, 120000, 150000, 180000, 210000, 240000, 900000,
    ]);
  });

  it('finds many rows of the follower in a gap of the source', async () => {
    const at = await world();
    await byUs(
      at,
      `insert into ledger_accounts select i, 'x', null, 1, 1, null, now() from generate_series(1000, 120999) i`,
    );
    const report = await runReconcile(at.feed);
    expect(report.passes[0]?.divergences).toEqual({ 'missed-delete': 120_000 });
  });

  it('is void when a canary is not found: here the hash of a column is blind', async () => {
    const table = 'create table a (id int primary key, n int not null)';
    const stores = await twoStores(servers[0], { legacy: table, candidate: table }, servers[1]);
    open.push(stores);
    const feed = await startedFeed(stores, { tables: { a: { to: 'a' } } });
    await execute(stores.legacy, 'insert into a select i, i from generate_series(1, 20) i');
    await drainAll(feed);
    expect((await runReconcile(feed)).passes[0]).toMatchObject({ state: 'clean' });
    const mapping = feed.mappings[0] as TableMapping;
    const blind = mapping.columns.map((column) => ({
      ...column,
      comparison: { cast: 'boolean', by: 'value', because: null } as const,
    }));
    const sabotaged = { ...feed, mappings: [{ ...mapping, columns: blind }] };
    const report = await runReconcile(sabotaged);
    expect(report.isClean).toBe(false);
    expect(report.passes[0]).toMatchObject({ state: 'void', canaries: { planted: 5, found: 3 } });
    expect((await reconcileStatus(feed)).verifiedAt).toBeNull();
  });

  it.each(['source', 'follower'] as const)(
    'says which store is gone, whenever the %s goes, and goes on when it is back',
    async (side) => {
      const at = await world();
      await execute(at.stores.legacy, 'update accounts set amount = 8 where id = 7');
      let report: ReconcileReport | null = null;
      for (let lends = 0; report === null && lends < 100; lends += 1) {
        const feed = { ...at.feed, [side]: goneAfter(at.feed[side], lends) };
        const outcome = await runReconcile(feed, { patienceMs: 0 }).catch(
          (error: unknown) => error,
        );
        if (outcome instanceof Error) {
          expect(outcome).toMatchObject({ code: 'FW_DATA_UNREACHABLE', retryable: true });
          expect(outcome.message).toContain(at.feed[side].label);
        } else report = outcome as ReconcileReport;
      }
      expect(report?.passes[0]).toMatchObject({ unsettled: 1, divergences: {} });
      await drainAll(at.feed);
      expect((await runReconcile(at.feed)).isClean).toBe(true);
    },
  );

  it('leaves nothing of its canaries, on either server', async () => {
    const { feed, mapping, stores } = await world();
    expect(await releaseCanaries(feed, mapping, 'record')).toEqual({
      planted: 6,
      found: 6,
      false: 0,
    });
    expect(await releaseCanaries(feed, mapping, 'text')).toEqual({
      planted: 6,
      found: 6,
      false: 0,
    });
    for (const store of [stores.legacy, stores.candidate]) {
      const left = await ask(store, `select 1 from pg_class where relname = 'falsework_canary'`);
      expect(left).toEqual([]);
    }
  });

  it('hashes printed text where the servers do not hash alike, and finds the same', async () => {
    const at = await world();
    expect(await chooseHashing(at.feed)).toBe('record');
    const probe = await at.stores.legacy.use(readProbe);
    expect(probe.split(',')).toHaveLength(10);
    expect((await runReconcile(at.feed, { hashing: 'text' })).isClean).toBe(true);
    await byUs(at, `update ledger_accounts set note = '' where account_id = 24`);
    await byUs(at, 'update ledger_accounts set rate = 1.00 where account_id = 26');
    const report = await runReconcile(at.feed, { hashing: 'text' });
    expect(report.hashing).toBe('text');
    expect(await openDivergences(at)).toEqual(['24 corruption']);
  });

  it('lets only one run at a time compare a feed, and refuses options that mean nothing', async () => {
    const { feed } = await world();
    let isFree = false;
    let heard = (): void => {};
    const held = new Promise<void>((resolve) => {
      heard = resolve;
    });
    const first = runReconcile(feed, {
      hold: () => (isFree ? null : 'the test says so'),
      onEvent: ({ kind }) => {
        if (kind === 'held') heard();
      },
    });
    await held;
    await expect(runReconcile(feed)).rejects.toMatchObject({ code: 'FW_DATA_RECONCILE_RUNNING' });
    isFree = true;
    expect(await first).toMatchObject({ isClean: true });
    for (const wrong of [
      { connections: 0 },
      { share: 0 },
      { targetMs: -1 },
      { mappings: ['none'] },
      { patienceMs: -1 },
    ]) {
      await expect(runReconcile(feed, wrong)).rejects.toMatchObject({
        code: 'FW_DATA_RECONCILE_OPTION',
      });
    }
  });

  it('tells no key and no value of any row', async () => {
    const at = await world();
    await byUs(at, `update ledger_accounts set owner = 'SECRET' where account_id = 25`);
    const told: ReconcileEvent[] = [];
    const report = await runReconcile(at.feed, { onEvent: (event) => told.push(event) });
    const [divergence] = told.filter(({ kind }) => kind === 'divergence');
    expect(divergence).toMatchObject({ divergence: 'corruption', mapping: at.mapping.id });
    const text = JSON.stringify([told, report]);
    expect(text).not.toContain('SECRET');
    expect(text).not.toMatch(/"25"/);
  });

  it('takes its watch off the follower again, as if it had never been there', async () => {
    const { feed, stores } = await world();
    await installRogueWatch(feed);
    await removeRogueWatch(feed);
    await removeRogueWatch(feed);
    const left = await ask(
      stores.candidate,
      `select tgname from pg_trigger where not tgisinternal`,
    );
    expect(left).toEqual([]);
    await execute(stores.candidate, 'update ledger_accounts set rate = 2 where account_id = 3');
  });
});

describe.skipIf(missing !== null)(missing ?? 'rows whose values a mapping cannot take', () => {
  it('are found and named, and keep no other row from being compared', async () => {
    const legacy = 'create table a (id int primary key, n text not null)';
    const candidate = 'create table a (id int primary key, n int not null)';
    const stores = await twoStores(servers[0], { legacy, candidate }, servers[1]);
    open.push(stores);
    const feed = await startedFeed(stores, {
      tables: { a: { to: 'a', columns: { n: sql`n::int` } } },
    });
    await execute(stores.legacy, 'insert into a select i, i from generate_series(1, 300) i');
    await drainAll(feed);
    await execute(
      stores.legacy,
      `update a set n = 'x' where id in (3, 250); insert into a values (301, 'y')`,
    );
    await drainAll(feed);
    await quietly(stores.candidate, feed, 'update a set n = 0 where id = 100');
    const report = await runReconcile(feed);
    expect(report.passes[0]).toMatchObject({
      state: 'diverged',
      rows: 301,
      divergences: { poisoned: 3, corruption: 1 },
    });
    await execute(
      stores.legacy,
      `update a set n = '7' where id = 3; update a set n = 'z' where id = 4`,
    );
    const inFlight = await runReconcile(feed, { patienceMs: 0 });
    expect(inFlight.passes[0]).toMatchObject({
      inFlight: 2,
      divergences: { poisoned: 2, corruption: 1 },
    });
  });
});

describe.skipIf(missing !== null)(missing ?? 'keys of any kind', () => {
  it('composite, of text in any collation, with enums and arrays beside them', async () => {
    const table = `create type kind as enum ('x', 'y');
      create table t (region text, code varchar(20), kind kind not null, tags text[], doc jsonb,
        raw bytea, js json, grid int[], primary key (region, code))`;
    const stores = await twoStores(servers[0], { legacy: table, candidate: table }, servers[1]);
    open.push(stores);
    const feed = await startedFeed(stores, { tables: { t: { to: 't' } } });
    await execute(
      stores.legacy,
      `insert into t select 'r' || (i % 7) || chr(65 + i % 50), 'Ünï ' || i || '","\\', 'x', array['a', null, i::text],
         '{"a": 1}', '\\x00ff', '{"b" :  2}', array[[1], [2]] from generate_series(1, 500) i`,
    );
    await drainAll(feed);
    expect((await runReconcile(feed)).passes[0]).toMatchObject({ state: 'clean', rows: 500 });
    await quietly(
      stores.candidate,
      feed,
      `update t set grid = array[1, 2] where code like 'Ünï 77%'`,
    );
    await quietly(
      stores.candidate,
      feed,
      `update t set tags = array['a', 'NULL', '78'] where code like 'Ünï 78%'`,
    );
    await quietly(stores.candidate, feed, `update t set kind = 'y' where code like 'Ünï 79%'`);
    const report = await runReconcile(feed);
    expect(report.passes[0]?.divergences).toEqual({ corruption: 3 });
  });
});
