import { postgresForTests } from '@falsework/testkit/postgres';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import {
  ask,
  drainAll,
  execute,
  type FeedOptions,
  feedFor,
  startedFeed,
  type TwoStores,
  twoStores,
} from '../../test/stores.ts';
import { installCapture, uninstallCapture } from '../capture/install.ts';
import { sql } from '../mapping/sql.ts';
import { listDeadLetters } from './dead-letters.ts';
import { drainOnce } from './drain-once.ts';
import type { Feed } from './feed.ts';
import { lockFollower, readWatermark, startFeed } from './follower.ts';
import { measureLag } from './lag.ts';

const { server, missing } = await postgresForTests();
const open: TwoStores[] = [];

afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});
afterAll(() => server?.stop());

const TABLE = 'create table a (id int primary key, n int not null default 0)';
const SAME: FeedOptions = { tables: { a: { to: 'a' } } };

interface Fed {
  readonly stores: TwoStores;
  readonly feed: Feed;
}

async function fed(options: FeedOptions = SAME, legacy = TABLE, candidate = legacy): Promise<Fed> {
  const stores = await twoStores(server as NonNullable<typeof server>, { legacy, candidate });
  open.push(stores);
  return { stores, feed: await startedFeed(stores, options) };
}

const rowsOf = (store: TwoStores['legacy'], table = 'a'): ReturnType<typeof ask> =>
  ask(store, `select * from ${table} order by 1`);

async function expectEqual({ stores }: Fed, table = 'a'): Promise<void> {
  expect(await rowsOf(stores.candidate, table)).toEqual(await rowsOf(stores.legacy, table));
}

describe.skipIf(missing !== null)(missing ?? 'a drain', () => {
  it('carries over what was inserted, updated, moved and deleted, each key once', async () => {
    const all = await fed();
    await execute(
      all.stores.legacy,
      `insert into a select i, 0 from generate_series(1, 20) i; update a set n = n + 1; update a set n = n + 1;
       update a set id = 100 where id = 5; delete from a where id = 6`,
    );
    expect(await drainAll(all.feed)).toBe(21);
    await expectEqual(all);
    expect(await drainAll(all.feed)).toBe(0);
  });

  it('divides a long backlog between transactions, never inside one', async () => {
    const all = await fed();
    for (let i = 0; i < 10; i += 1) {
      await execute(
        all.stores.legacy,
        `insert into a select g, 0 from generate_series(${i * 30 + 1}, ${i * 30 + 30}) g`,
      );
    }
    const first = await drainOnce(all.feed, { changesMax: 50 });
    expect(first).toMatchObject({ isBehind: true });
    expect([30, 60]).toContain(first?.keys);
    await drainAll(all.feed, 50);
    await expectEqual(all);
  });

  it('carries over one transaction that is larger than everything set for a window', async () => {
    const all = await fed();
    await execute(all.stores.legacy, 'insert into a select g, 0 from generate_series(1, 5000) g');
    expect(await drainAll(all.feed, 10)).toBe(5_000);
    await expectEqual(all);
  });

  it('converts on the way, and leaves alone what is not part of the mapping', async () => {
    const all = await fed(
      {
        tables: {
          a: {
            to: 'b',
            columns: { cents: sql`round(amount * 100)`, kept: { isOwn: true } },
            where: sql`amount >= 0`,
            toWhere: sql`cents >= 0`,
          },
        },
      },
      'create table a (id int primary key, amount numeric(10,2) not null)',
      'create table b (id int primary key, cents bigint not null, kept text); insert into b values (99, -1, null)',
    );
    await execute(all.stores.legacy, 'insert into a values (1, 1.05), (2, -3)');
    await drainAll(all.feed);
    await execute(all.stores.candidate, `update b set kept = 'mine' where id = 1`);
    await execute(
      all.stores.legacy,
      'update a set amount = 2 where id = 1; insert into a values (99, -5); delete from a where id = 99',
    );
    await drainAll(all.feed);
    expect(await rowsOf(all.stores.candidate, 'b')).toEqual([
      ['1', '200', 'mine'],
      ['99', '-1', null],
    ]);
    await execute(
      all.stores.legacy,
      'update a set amount = -2 where id = 1; update a set amount = 3 where id = 2',
    );
    await drainAll(all.feed);
    expect(await rowsOf(all.stores.candidate, 'b')).toEqual([
      ['2', '300', null],
      ['99', '-1', null],
    ]);
  });

  it('ends with the last value of a pair that two transactions wrote in the other order of their numbers', async () => {
    const all = await fed();
    await execute(all.stores.legacy, 'insert into a values (1, 0)');
    await drainAll(all.feed);
    await all.stores.legacy.use((early) =>
      all.stores.legacy.use(async (late) => {
        await early.run('begin');
        await early.rows('select pg_current_xact_id()');
        await late.run('begin');
        await late.run('update a set n = 1 where id = 1');
        await late.run('commit');
        await drainAll(all.feed);
        await early.run('update a set n = 2 where id = 1');
        await early.run('commit');
      }),
    );
    await drainAll(all.feed);
    await expectEqual(all);
  });

  it('follows a transaction that stays open across many windows', async () => {
    const all = await fed();
    await all.stores.legacy.use(async (slow) => {
      await slow.run('begin');
      await slow.run('insert into a values (1, 1)');
      for (let id = 2; id < 6; id += 1) {
        await execute(all.stores.legacy, `insert into a values (${id}, 0)`);
        expect(await drainAll(all.feed)).toBe(1);
      }
      await slow.run('commit');
    });
    expect(await drainAll(all.feed)).toBe(1);
    await expectEqual(all);
  });

  it('follows TRUNCATE, with what was written after it in the same window', async () => {
    const all = await fed();
    await execute(all.stores.legacy, 'insert into a select g, 0 from generate_series(1, 50) g');
    await drainAll(all.feed);
    await execute(
      all.stores.legacy,
      'insert into a values (51, 0); truncate a; insert into a values (7, 7)',
    );
    await drainAll(all.feed);
    expect(await rowsOf(all.stores.candidate)).toEqual([['7', '7']]);
  });

  it('writes parents before children and deletes children before parents', async () => {
    const all = await fed(
      { tables: { entry: { to: 'entry' }, account: { to: 'account' } }, asReplica: false },
      `create table account (id int primary key); create table entry (id int primary key, account int not null references account)`,
    );
    await execute(
      all.stores.legacy,
      'insert into account values (1), (2); insert into entry values (1, 1), (2, 2)',
    );
    await drainAll(all.feed);
    await expectEqual(all, 'entry');
    await execute(
      all.stores.legacy,
      'delete from entry where id = 1; delete from account where id = 1; insert into account values (3); update entry set account = 3',
    );
    await drainAll(all.feed);
    await expectEqual(all, 'entry');
    await expectEqual(all, 'account');
    expect(await all.feed.follower.use((session) => listDeadLetters(session, all.feed, 9))).toEqual(
      [],
    );
  });

  it('carries over unique values that have changed places', async () => {
    const all = await fed(
      SAME,
      'create table a (id int primary key, n int not null, unique (n) deferrable initially deferred)',
      'create table a (id int primary key, n int not null unique)',
    );
    await execute(all.stores.legacy, 'insert into a values (1, 1), (2, 2), (3, 3)');
    await drainAll(all.feed);
    await execute(all.stores.legacy, 'update a set n = n % 3 + 1');
    await drainAll(all.feed);
    await expectEqual(all);
  });

  it('carries over unique values that have changed places between pages, in lanes and without', async () => {
    const all = await fed(
      SAME,
      'create table a (id int primary key, n int not null, unique (n) deferrable initially deferred)',
      'create table a (id int primary key, n int not null unique)',
    );
    await execute(all.stores.legacy, 'insert into a select g, g from generate_series(1, 2500) g');
    await drainAll(all.feed);
    for (const lanes of [1, 3]) {
      // Every row takes the value that one of another page has; none is free.
      await execute(all.stores.legacy, 'update a set n = 1 + (n + 1249) % 2500 where id % 50 = 0');
      const drained = await drainOnce(all.feed, { changesMax: 10_000, lanes });
      expect(drained?.poisoned).toEqual([]);
      await execute(
        all.stores.legacy,
        'update a set n = n where id % 3 = 0; delete from a where id % 1000 = 1',
      );
      await drainOnce(all.feed, { changesMax: 10_000, lanes });
      await expectEqual(all);
    }
  });

  it('writes nothing twice when two drains meet', async () => {
    const all = await fed();
    await execute(all.stores.legacy, 'insert into a select g, 0 from generate_series(1, 100) g');
    const both = await Promise.all([
      drainOnce(all.feed, { changesMax: 1_000 }),
      drainOnce(all.feed, { changesMax: 1_000 }),
    ]);
    const keys = both.map((one) => one?.keys ?? 0);
    expect(keys.reduce((sum, one) => sum + one, 0)).toBe(100);
    await expectEqual(all);
  });

  it('feeds the way back with nothing of its own', async () => {
    const all = await fed();
    const reverse = await feedFor(all.stores, { ...SAME, direction: 'reverse' });
    await installCapture(reverse.source, {
      migration: 'ledger',
      kind: 'trigger',
      tables: reverse.tables,
    });
    await startFeed(reverse);
    await execute(all.stores.legacy, 'insert into a values (1, 1)');
    await drainAll(all.feed);
    expect(await drainAll(reverse)).toBe(0);
    await execute(all.stores.candidate, 'insert into a values (2, 2)');
    expect(await drainAll(reverse)).toBe(1);
    expect(await drainAll(all.feed)).toBe(0);
    await expectEqual(all);
  });
});

describe.skipIf(missing !== null)(missing ?? 'a copy that is older than what was drained', () => {
  it('stays away from rows that were seen since, deleted ones included', async () => {
    const { applyRows } = await import('./apply-rows.ts');
    const { readRows } = await import('./read-rows.ts');
    const all = await fed();
    await execute(all.stores.legacy, 'insert into a values (1, 0), (2, 0), (3, 0)');
    const mapping = all.feed.mappings[0] as Feed['mappings'][0];
    const page = await all.stores.legacy.transaction({ reads: 'snapshot' }, (session) =>
      readRows(session, mapping, [['1', '2', '3']]),
    );
    const before = await all.stores.candidate.use((session) => readWatermark(session, all.feed));
    await execute(all.stores.legacy, 'delete from a where id = 1; update a set n = 9 where id = 2');
    await drainAll(all.feed);
    await all.stores.candidate.transaction({ reads: 'current' }, async (session) => {
      await lockFollower(session, all.feed);
      await applyRows(session, { schema: all.feed.schema, page, version: before.xmax });
    });
    await expectEqual(all);
  });
});

describe.skipIf(missing !== null)(missing ?? 'a row that cannot be carried over', () => {
  const CHECKED = 'create table a (id int primary key, n int not null default 0 check (n < 10))';

  it('becomes a dead letter without a word of its contents, and the others go on', async () => {
    const all = await fed(SAME, TABLE, CHECKED);
    await execute(all.stores.legacy, 'insert into a select g, g from generate_series(1, 12) g');
    const drained = await drainOnce(all.feed, { changesMax: 100 });
    expect(drained?.poisoned.map(({ sourceKey }) => sourceKey)).toEqual([['10'], ['11'], ['12']]);
    const dead = await all.feed.follower.use((session) => listDeadLetters(session, all.feed, 9));
    expect(dead.map(({ key, detail }) => [key[0], detail])).toEqual([
      ['10', 'SQLSTATE 23514, a_n_check'],
      ['11', 'SQLSTATE 23514, a_n_check'],
      ['12', 'SQLSTATE 23514, a_n_check'],
    ]);
    expect(await rowsOf(all.stores.candidate)).toHaveLength(9);
    expect(await measureLag(all.feed, null)).toMatchObject({ rows: 0, deadLetters: 3 });
  });

  it('is tried again, and is forgotten when it gets through or is gone', async () => {
    const all = await fed(SAME, TABLE, CHECKED);
    await execute(all.stores.legacy, 'insert into a values (1, 11), (2, 12), (3, 13)');
    await drainAll(all.feed);
    await execute(all.stores.legacy, 'delete from a where id = 3');
    await drainAll(all.feed);
    const dead = async (): Promise<unknown> =>
      (await all.feed.follower.use((session) => listDeadLetters(session, all.feed, 9))).map(
        ({ key, attempts }) => [key[0], attempts > 1],
      );
    expect(await dead()).toEqual([
      ['1', true],
      ['2', true],
    ]);
    await execute(all.stores.candidate, 'alter table a drop constraint a_n_check');
    await drainAll(all.feed);
    expect(await dead()).toEqual([]);
    await expectEqual(all);
  });

  it('is found among others when the source’s own expression fails on it', async () => {
    const all = await fed({
      tables: { a: { to: 'a', columns: { n: sql`100 / n` }, back: { n: 'n' } } },
    });
    await execute(all.stores.legacy, 'insert into a values (1, 4), (2, 0), (3, 5)');
    const drained = await drainOnce(all.feed, { changesMax: 100 });
    expect(drained?.poisoned).toMatchObject([{ sourceKey: ['2'], detail: 'SQLSTATE 22012' }]);
    expect(await rowsOf(all.stores.candidate)).toEqual([
      ['1', '25'],
      ['3', '20'],
    ]);
  });
});

describe.skipIf(missing !== null)(missing ?? 'a source that is not what it was', () => {
  it('is refused after capture was removed and installed again', async () => {
    const { stores, feed } = await fed();
    await uninstallCapture(stores.legacy, 'ledger');
    await installCapture(stores.legacy, {
      migration: 'ledger',
      kind: 'trigger',
      tables: feed.tables,
    });
    await expect(drainOnce(feed, { changesMax: 10 })).rejects.toMatchObject({
      code: 'FW_DATA_PLACE',
      message: expect.stringContaining('removed and installed again'),
    });
  });

  it('is refused when an older state of it was put back', async () => {
    const { stores, feed } = await fed();
    await execute(stores.legacy, 'insert into a values (1, 0)');
    await drainAll(feed);
    // What the follower has heard of lies further on than what the source knows.
    await execute(stores.candidate, `update ${feed.schema}.feed set mark = mark + 1`);
    await expect(drainOnce(feed, { changesMax: 10 })).rejects.toMatchObject({
      code: 'FW_DATA_PLACE',
      message: expect.stringContaining('went back in time'),
    });
  });

  it('is refused when it is another server', async () => {
    const { stores, feed } = await fed();
    await execute(
      stores.candidate,
      `update ${feed.schema}.feed set place = jsonb_set(place, '{systemId}', '"1"')`,
    );
    await expect(drainOnce(feed, { changesMax: 10 })).rejects.toMatchObject({
      code: 'FW_DATA_PLACE',
      message: expect.stringContaining('another server'),
    });
  });

  it('is refused when rows were written by another definition of the mapping', async () => {
    const { stores } = await fed();
    const other = await feedFor(stores, { tables: { a: { to: 'a', columns: { n: sql`n + 1` } } } });
    await expect(drainOnce(other, { changesMax: 10 })).rejects.toMatchObject({
      code: 'FW_DATA_DEFINITION',
    });
  });

  it('has no feed before one was started', async () => {
    const stores = await twoStores(server as NonNullable<typeof server>, {
      legacy: TABLE,
      candidate: TABLE,
    });
    open.push(stores);
    const feed = await feedFor(stores, SAME);
    await installCapture(stores.legacy, {
      migration: 'ledger',
      kind: 'trigger',
      tables: feed.tables,
    });
    await expect(drainOnce(feed, { changesMax: 10 })).rejects.toMatchObject({
      code: 'FW_DATA_NOT_INSTALLED',
    });
  });
});

describe.skipIf(missing !== null)(missing ?? 'the lag', () => {
  it('is told in rows, bytes and seconds, and is nothing when nothing is missing', async () => {
    const { stores, feed } = await fed();
    await drainAll(feed);
    expect(await measureLag(feed, 40)).toEqual({
      rows: 0,
      isAtLeast: false,
      bytes: 0,
      seconds: 0,
      deadLetters: 0,
    });
    await execute(stores.legacy, 'insert into a select g, 0 from generate_series(1, 30) g');
    const lag = await measureLag(feed, 40);
    expect(lag).toMatchObject({ rows: 30, bytes: 1_200 });
    expect(lag.seconds).toBeGreaterThan(0);
    expect(await measureLag(feed, null)).toMatchObject({ bytes: null });
  });
});
