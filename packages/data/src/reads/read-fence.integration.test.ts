import type { FenceMark, FenceReason, ReadFence } from '@falsework/core/routing';
import { SeededRandom } from '@falsework/testkit';
import { postgresForTests } from '@falsework/testkit/postgres';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import {
  accountRows,
  Book,
  HOLDS,
  type ReadCounts,
  readAccount,
  someAccount,
  writeHolds,
} from '../../test/holds.ts';
import {
  ask,
  drainAll,
  execute,
  feedFor,
  planOf,
  startedFeed,
  type TwoStores,
  twoStores,
} from '../../test/stores.ts';
import { rotateOutboxes } from '../capture/rotate.ts';
import { drainOnce } from '../drain/drain-once.ts';
import type { Feed } from '../drain/feed.ts';
import { presentInstant, readWatermark } from '../drain/follower.ts';
import { openDatabase } from '../postgres/database.ts';
import { restartFeed } from '../turnover/restart-feed.ts';
import { readFenceOf } from './fence-of-plan.ts';
import { recordLeftKeys } from './left-keys.ts';
import { openReadFence, type ReadFenceOptions } from './read-fence.ts';

const one = await postgresForTests();
const two = await postgresForTests();
const missing = one.missing ?? two.missing;
const open: TwoStores[] = [];

afterEach(async () => {
  for (const stores of open.splice(0)) await stores.close();
});
afterAll(async () => {
  await one.server?.stop();
  await two.server?.stop();
});

interface Fenced {
  readonly stores: TwoStores;
  readonly feed: Feed;
  readonly fence: ReadFence;
}

async function fenced({
  notes = true,
  ...options
}: Partial<ReadFenceOptions> & { readonly notes?: boolean } = {}): Promise<Fenced> {
  if (one.server === null || two.server === null) throw new Error('There are no servers.');
  const stores = await twoStores(one.server, HOLDS, two.server);
  open.push(stores);
  const feed = await startedFeed(stores, { tables: HOLDS.mapping });
  if (notes) await recordLeftKeys(feed, HOLDS.keys);
  await execute(stores.legacy, accountRows());
  await drainAll(feed);
  // A machine that does other things as well may take its time; what is tested is not that.
  const fence = openReadFence({ feed, keys: HOLDS.keys, timeoutMs: 10_000, ...options });
  return { stores, feed, fence };
}

const reasons = (fence: ReadFence, keys: readonly (string | null)[]): Promise<unknown[]> =>
  Promise.all(keys.map((key) => fence.check(key)));

describe.skipIf(missing !== null)(missing ?? 'a fence before the reads of a follower', () => {
  it('keeps a key with the authority from its commit until the follower has it', async () => {
    const { stores, feed, fence } = await fenced();
    expect(await reasons(fence, ['1', '2', null])).toEqual([null, null, null]);
    await execute(stores.legacy, 'update accounts set seq = 1 where id = 1');
    expect(await reasons(fence, ['1', '2', null])).toEqual(['pending', null, 'pending']);
    await drainAll(feed);
    expect(await reasons(fence, ['1', '2', null])).toEqual([null, null, null]);
  });

  it('keeps back both accounts of a row that moved, the one it left and the one it came to', async () => {
    const { stores, feed, fence } = await fenced();
    await execute(stores.legacy, 'insert into holds values (7, 3, 1)');
    await drainAll(feed);
    await execute(
      stores.legacy,
      'update holds set acct = 9 where ref = 7; update holds set acct = 4 where ref = 7',
    );
    expect(await reasons(fence, ['3', '4', '5'])).toEqual(['pending', 'pending', null]);
    await drainAll(feed);
    await execute(stores.legacy, 'delete from holds where ref = 7');
    expect(await reasons(fence, ['3', '4'])).toEqual([null, 'pending']);
  });

  it.each([
    ['which was noted', true, ['pending', 'pending', 'pending', null]],
    ['or every key where none was noted', false, ['pending', 'pending', 'too-many', 'too-many']],
  ])('keeps back the key that a row had in between, %s', async (_, notes, expected) => {
    const { stores, feed, fence } = await fenced({ notes });
    await execute(stores.legacy, 'insert into holds values (7, 5, 1)');
    await drainAll(feed);
    let draining: Promise<unknown> = Promise.resolve();
    await stores.candidate.transaction({ reads: 'current' }, async (reader) => {
      await reader.run('lock table hold in share mode');
      await execute(stores.legacy, 'update holds set acct = 28, rev = 2 where ref = 7');
      draining = drainOnce(feed, { changesMax: 100 });
      // It has read the row as of account 28, and waits to write it.
      const waiting = `select count(*) from pg_locks where relation = 'hold'::regclass and not granted`;
      await expect.poll(async () => (await ask(stores.candidate, waiting))[0]?.[0]).toBe('1');
      await execute(stores.legacy, 'update holds set acct = 3, rev = 3 where ref = 7');
      expect(await reasons(fence, ['5', '3', '28', '6'])).toEqual(expected);
    });
    await draining;
    // What a read of account 28 would have shown, long after the write that took the row away.
    expect((await readAccount(stores.candidate, '28', 'candidate')).holds).toEqual(
      new Map([[7, 2]]),
    );
    expect(await reasons(fence, ['28', '3', '6'])).toEqual(['pending', 'pending', null]);
    await drainAll(feed);
    expect(await reasons(fence, ['28', '3', '6'])).toEqual([null, null, null]);
  });

  it('takes a key for noted only once the follower is beyond the beginning of that', async () => {
    const { stores, feed, fence } = await fenced({ notes: false });
    await execute(stores.legacy, 'insert into holds values (7, 5, 1)');
    await recordLeftKeys(feed, HOLDS.keys);
    await execute(stores.legacy, 'update holds set acct = 6');
    expect(await fence.check('8')).toBe('too-many');
    await drainAll(feed);
    await execute(stores.legacy, 'update holds set acct = 7');
    await execute(stores.legacy, 'update holds set acct = 9');
    expect(await reasons(fence, ['6', '7', '9', '8'])).toEqual([
      'pending',
      'pending',
      'pending',
      null,
    ]);
  });

  it('reads the key from the report where it is a part of the row’s own', async () => {
    const { stores, fence } = await fenced();
    await execute(stores.legacy, 'insert into closings values (1, 5, 0); delete from closings');
    expect(await reasons(fence, ['5', '1'])).toEqual(['pending', null]);
  });

  it('keeps back every key for a change that concerns each, and for a truncation', async () => {
    const { stores, feed, fence } = await fenced();
    await execute(stores.legacy, 'update rates set rate = 2');
    expect(await reasons(fence, ['1', null])).toEqual(['every-key', 'every-key']);
    await drainAll(feed);
    await execute(stores.legacy, 'truncate holds');
    expect(await reasons(fence, ['1'])).toEqual(['every-key']);
    await drainAll(feed);
    expect(await reasons(fence, ['1'])).toEqual([null]);
  });

  it('keeps back every key when more rows wait than it lists', async () => {
    const { stores, feed, fence } = await fenced({ pendingMax: 3 });
    await execute(stores.legacy, 'update accounts set seq = 1 where id <= 3');
    expect(await reasons(fence, ['3', '4'])).toEqual(['pending', null]);
    await execute(stores.legacy, 'update accounts set seq = 1 where id = 4');
    expect(await fence.check('40')).toBe('too-many');
    await drainAll(feed);
    expect(await fence.check('40')).toBeNull();
  });

  it('keeps back every key while a row could not be carried over', async () => {
    const { stores, feed, fence } = await fenced();
    await execute(stores.candidate, 'alter table account add check (seq < 100)');
    await execute(stores.legacy, 'update accounts set seq = 100 where id = 1');
    await drainAll(feed);
    expect(await reasons(fence, ['1', '2'])).toEqual(['every-key', 'every-key']);
  });

  it('is not taken in by a transaction that was open when the watermark moved past it', async () => {
    const { stores, feed, fence } = await fenced();
    await stores.legacy.transaction({ reads: 'current' }, async (writer) => {
      await writer.run('update accounts set seq = 1 where id = 1');
      await execute(stores.legacy, 'update accounts set seq = 1 where id = 2');
      await drainAll(feed);
      // Not committed, so nobody was told that it was done.
      expect(await reasons(fence, ['1', '2'])).toEqual([null, null]);
    });
    expect(await reasons(fence, ['1', '2'])).toEqual(['pending', null]);
  });

  it('knows nothing, and says so, when a store is away or is not the one it was', async () => {
    const { feed } = await fenced();
    const source = openDatabase({ url: 'postgres://nobody@127.0.0.1:1/none', label: 'legacy' });
    const away = openReadFence({ feed: { ...feed, source }, keys: HOLDS.keys });
    expect(await away.check('1')).toBe('unknown');
    await source.close();
    const other = await fenced();
    await execute(
      other.stores.legacy,
      `update "${other.feed.schema}".capture set capture_id = gen_random_uuid()`,
    );
    expect(await other.fence.check('1')).toBe('unknown');
    const slow = await fenced({ timeoutMs: 50 });
    await slow.stores.candidate.transaction({ reads: 'current' }, async (session) => {
      await session.run(`lock table "${slow.feed.schema}".feed in access exclusive mode`);
      expect(await slow.fence.check('1')).toBe('unknown');
    });
    await expect.poll(() => slow.fence.check('1')).toBeNull();
  });

  it('excuses a difference only on a key that was written since the mark', async () => {
    const { stores, feed, fence } = await fenced();
    expect(fence.mark()).toBeNull();
    await fence.check('1');
    const mark = fence.mark();
    if (mark === null) throw new Error('There is no mark after a look.');
    await execute(stores.legacy, 'update accounts set seq = 1 where id = 1');
    await drainAll(feed);
    expect(await fence.check('1')).toBeNull();
    expect(await fence.hasMoved(mark, '1')).toBe(true);
    expect(await fence.hasMoved(mark, '2')).toBe(false);
    // What happened since a mark cannot be told any more once the outbox was emptied.
    const { snapshot } = await feed.follower.use((session) => readWatermark(session, feed));
    await rotateOutboxes(stores.legacy, { schema: feed.schema, consumed: snapshot });
    await rotateOutboxes(stores.legacy, { schema: feed.schema, consumed: snapshot });
    expect(await fence.hasMoved(mark, '1')).toBe(false);
  });

  it('is refused where a table is forgotten or a key cannot be followed', async () => {
    const { feed, stores } = await fenced();
    const withKeys = (keys: ReadFenceOptions['keys']) => () => openReadFence({ feed, keys });
    const { rates: _, ...forgotten } = HOLDS.keys;
    expect(withKeys(forgotten)).toThrow('public.rates cannot be fenced: nothing says which key');
    expect(withKeys({ ...HOLDS.keys, holds: 'owner' })).toThrow(
      'column owner is not carried over to public.hold as it is',
    );
    expect(withKeys({ ...HOLDS.keys, others: null })).toThrow('the feed does not carry it');
    const table = 'create table decimals (n numeric(4,1) primary key)';
    await execute(stores.candidate, table);
    await execute(stores.legacy, table);
    const decimals = await feedFor(stores, { tables: { decimals: { to: 'decimals' } } });
    const byDecimal = () => openReadFence({ feed: decimals, keys: { decimals: 'n' } });
    expect(byDecimal).toThrow('column n is of type numeric, which has more than one printed form');
    const logical = await feedFor(stores, { tables: HOLDS.mapping, capture: 'logical' });
    expect(() => openReadFence({ feed: logical, keys: HOLDS.keys })).toThrow(
      'capture reads the log',
    );
  });
});

describe.skipIf(missing !== null)(missing ?? 'a fence made from a plan', () => {
  const BACK = { account: 'account_id', hold: 'account_id', closing: 'account_id', rate: '*' };

  it('stands both ways: it serves by the one, and excuses by either', async () => {
    const { stores, feed } = await fenced();
    const reverse = await startedFeed(stores, { tables: HOLDS.mapping, direction: 'reverse' });
    const plan = planOf(stores, HOLDS.mapping);
    const limits = { stores, keys: HOLDS.keys, timeoutMs: 10_000 };
    const fence = await readFenceOf(plan, { ...limits, keysBack: BACK });
    const known = { there: expect.anything(), back: expect.anything() };
    await expect.poll(() => fence.mark()?.position).toEqual(known);
    const mark = fence.mark();
    if (mark === null) throw new Error('There is no mark after a look.');
    await execute(stores.candidate, 'update account set seq = 5 where account_id = 2');
    await execute(stores.legacy, 'update accounts set seq = 5 where id = 1');
    expect(await reasons(fence, ['1', '2'])).toEqual(['pending', null]);
    const moved = ['1', '2', '3'].map((key) => fence.hasMoved(mark, key));
    expect(await Promise.all(moved)).toEqual([true, true, false]);
    await drainAll(feed);
    await drainAll(reverse);
  });

  it('excuses every key when the stores have changed places since', async () => {
    const { stores } = await fenced();
    const reverse = await startedFeed(stores, { tables: HOLDS.mapping, direction: 'reverse' });
    const fence = openReadFence({ feed: reverse, keys: BACK, timeoutMs: 10_000 });
    await expect.poll(() => fence.mark()).not.toBeNull();
    const mark = fence.mark() as FenceMark;
    expect(await fence.hasMoved(mark, '3')).toBe(false);
    // As the drain of the other direction does it: seen by no outbox of this one.
    await execute(stores.candidate, 'create table elsewhere (id int)');
    await restartFeed(reverse, await presentInstant(reverse));
    expect(await fence.hasMoved(mark, '3')).toBe(true);
  });

  it('is refused for what the plan is refused for', async () => {
    const { stores } = await fenced();
    const plan = planOf(stores, { ...HOLDS.mapping, ghosts: { to: 'ghost' } });
    const keys = { ...HOLDS.keys, ghosts: '*' };
    await expect(readFenceOf(plan, { stores, keys })).rejects.toMatchObject({
      code: 'FW_DATA_TABLE',
    });
  });
});

/** Reads at random for a while, as a caller does: the fence first, then the store it names. */
async function readAlong(
  { stores, fence }: Pick<Fenced, 'stores' | 'fence'>,
  book: Book,
  { random, isOn }: { readonly random: SeededRandom; readonly isOn: () => boolean },
): Promise<ReadCounts> {
  const fencedBy: Partial<Record<FenceReason, number>> = {};
  const stale: string[] = [];
  let fromCandidate = 0;
  while (isOn()) {
    const account = someAccount(random);
    const expected = book.before(account);
    const reason = await fence.check(account);
    const side = reason === null ? 'candidate' : 'legacy';
    const answer = await readAccount(stores[side], account, side);
    const lacks = book.staleness(expected, answer);
    if (lacks !== null) stale.push(`account ${account}: ${lacks}`);
    if (reason === null) fromCandidate += 1;
    else fencedBy[reason] = (fencedBy[reason] ?? 0) + 1;
  }
  return { fromCandidate, fenced: fencedBy, stale };
}

const NO_FENCE: ReadFence = {
  check: () => Promise.resolve(null),
  mark: () => null,
  hasMoved: () => Promise.resolve(false),
};

/** Writers, readers and a drain that takes its time, for as long as the drain takes `windows`. */
async function live(all: Fenced, fence: ReadFence, windows: number): Promise<ReadCounts> {
  const { stores, feed } = all;
  const book = new Book();
  let isOn = true;
  const seen = (): boolean => isOn;
  const writers = [1, 2].map((writer) =>
    writeHolds(stores.legacy, book, { random: new SeededRandom(writer), writer, isOn: seen }),
  );
  const readers = [3, 4].map((seed) =>
    readAlong({ stores, fence }, book, { random: new SeededRandom(seed), isOn: seen }),
  );
  for (let i = 0; i < windows; i += 1) {
    await new Promise((resolve) => setTimeout(resolve, 60));
    await drainOnce(feed, { changesMax: 10_000 });
  }
  isOn = false;
  await Promise.all(writers);
  const counts = await Promise.all(readers);
  return {
    fromCandidate: counts.reduce((sum, each) => sum + each.fromCandidate, 0),
    fenced: Object.assign({}, ...counts.map((each) => each.fenced)),
    stale: counts.flatMap((each) => each.stale),
  };
}

describe.skipIf(missing !== null)(missing ?? 'reads beside writers and a slow drain', () => {
  it('are never stale behind the fence, and are still served by the candidate', async () => {
    const all = await fenced();
    const { fromCandidate, fenced: by, stale } = await live(all, all.fence, 30);
    expect(stale).toEqual([]);
    expect(fromCandidate).toBeGreaterThan(0);
    expect(by.pending ?? 0).toBeGreaterThan(0);
  }, 60_000);

  it('are stale without it: the oracle sees what it is there to see', async () => {
    const all = await fenced();
    const { stale } = await live(all, NO_FENCE, 10);
    expect(stale.length).toBeGreaterThan(0);
    expect(stale.some((words) => words.includes('seq'))).toBe(true);
    expect(stale.some((words) => words.includes('hold'))).toBe(true);
  }, 60_000);
});
