import { systemClock } from '@falsework/system';
import { SeededRandom } from '@falsework/testkit';
import { postgresForTests } from '@falsework/testkit/postgres';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { backfill, type Difference, difference, EQUAL } from '../../test/backfill-support.ts';
import {
  ask,
  drainAll,
  execute,
  startedFeed,
  type TwoStores,
  twoStores,
} from '../../test/stores.ts';
import { IS_THOROUGH } from '../../test/thorough.ts';
import { writeAlong } from '../../test/writers.ts';
import type { Feed } from '../drain/feed.ts';
import { presentInstant } from '../drain/follower.ts';
import { seenTable } from '../drain/follower-sql.ts';
import { runDrain } from '../drain/run-drain.ts';
import { quoteRelation } from '../postgres/quote.ts';
import { beginCheckpoint, claimCheckpoint } from './checkpoint.ts';
import { ChunkOutdated, copyChunk } from './copy-chunk.ts';
import { prepareBackfill } from './prepare-backfill.ts';

const one = await postgresForTests();
const two = await postgresForTests();
const missing = one.missing ?? two.missing;
let stores: TwoStores;
let feed: Feed;

beforeEach(async () => {
  stores = await twoStores(
    one.server as NonNullable<typeof one.server>,
    {
      legacy: `create table entries (id bigint primary key, account text not null, cents bigint not null, note text);
        insert into entries select i, 'account ' || i % 50, i, 'first' from generate_series(1, 1000) i`,
      candidate: `create table ledger (id bigint primary key, account text not null, cents bigint not null, note text)`,
    },
    two.server as NonNullable<typeof two.server>,
  );
  feed = await startedFeed(stores, { tables: { entries: { to: 'ledger' } } });
});
afterEach(() => stores?.close());
afterAll(async () => {
  await one.server?.stop();
  await two.server?.stop();
});

/** Reads all rows as one chunk, lets `meanwhile` happen, and only then lets them be written. */
async function held(feedOfTest: Feed, meanwhile: () => Promise<void>): Promise<void> {
  const [mapping] = feedOfTest.mappings;
  if (mapping === undefined) throw new Error('There is a mapping.');
  await prepareBackfill(feedOfTest);
  const at = await presentInstant(feedOfTest);
  const checkpoint = await feedOfTest.follower.use(async (session) => {
    const beginning = { endKey: ['1000'], statisticsRows: 1, snapshot: at.snapshot, at: 0 };
    await beginCheckpoint(session, { feed: feedOfTest, mapping }, beginning);
    return claimCheckpoint(session, feedOfTest, mapping);
  });
  const gate = Promise.withResolvers<void>();
  const staged = Promise.withResolvers<void>();
  const order = {
    feed: feedOfTest,
    mapping,
    attempt: checkpoint.attempt,
    after: null,
    endKey: ['1000'],
    rows: 100_000,
    statementTimeoutMs: 60_000,
  };
  const turn = { before: gate.promise, clock: systemClock, staged: () => staged.resolve() };
  const copied = copyChunk(order, turn);
  copied.catch(() => {});
  await Promise.race([staged.promise, copied]);
  await meanwhile();
  gate.resolve();
  await copied;
}

const MEANWHILE = `
  delete from entries where id = 10;
  update entries set note = 'newer' where id = 20;
  update entries set id = 2000 where id = 30;
  insert into entries values (1500, 'new', 1, 'new')`;

describe.skipIf(missing !== null)(missing ?? 'a chunk that was overtaken by the drain', () => {
  it('brings back no deleted row, and writes no stale one over a newer', async () => {
    await held(feed, async () => {
      await execute(stores.legacy, MEANWHILE);
      await drainAll(feed);
    });
    expect(await difference(feed)).toEqual(EQUAL);
  });

  it('is put right by a drain that comes later', async () => {
    await held(feed, () => execute(stores.legacy, MEANWHILE));
    expect(await difference(feed)).toEqual({
      ghosts: ['10', '30'],
      missing: ['1500', '2000'],
      stale: ['20'],
    });
    await drainAll(feed);
    expect(await difference(feed)).toEqual(EQUAL);
  });

  it('is thrown away when the table was truncated meanwhile', async () => {
    const copied = held(feed, async () => {
      await execute(
        stores.legacy,
        `truncate entries; insert into entries values (5, 'a', 5, 'after')`,
      );
      await drainAll(feed);
    });
    await expect(copied).rejects.toThrow(ChunkOutdated);
    expect(await difference(feed)).toEqual(EQUAL);
  });

  it('is undone when another backfill has taken the table over', async () => {
    const [mapping] = feed.mappings;
    const copied = held(feed, async () => {
      await feed.follower.use((session) => claimCheckpoint(session, feed, mapping as never));
    });
    await expect(copied).rejects.toMatchObject({ code: 'FW_DATA_BACKFILL_TAKEN' });
    expect(await ask(stores.candidate, 'select count(*) from ledger')).toEqual([['0']]);
  });
});

describe.skipIf(missing !== null)('copying in a simpler way is caught', () => {
  const rows = async (): Promise<string> => {
    const all = await ask(stores.legacy, 'select json_agg(e) from entries e');
    return all[0]?.[0] ?? '[]';
  };
  const insert = (conflict: string): string =>
    `insert into ledger select * from json_populate_recordset(null::ledger, $1::json) ${conflict}`;
  const naively = async (statement: string): Promise<Difference> => {
    const copy = await rows();
    await execute(stores.legacy, MEANWHILE);
    await drainAll(feed);
    await stores.candidate.use((session) => session.run(statement, [copy]));
    await drainAll(feed);
    return difference(feed);
  };

  it('rows that are left alone where there is one: deleted rows come back', async () => {
    expect(await naively(insert('on conflict do nothing'))).toEqual({
      ...EQUAL,
      ghosts: ['10', '30'],
    });
  });

  it('rows that are written over: stale ones stay as well', async () => {
    const over = `on conflict (id) do update set account = excluded.account, cents = excluded.cents, note = excluded.note`;
    expect(await naively(insert(over))).toEqual({ ...EQUAL, ghosts: ['10', '30'], stale: ['20'] });
  });

  it('tombstones that are looked for without the lock: deleted rows come back', async () => {
    const [mapping] = feed.mappings;
    const seen = quoteRelation(seenTable(feed.schema, mapping as never));
    const copy = await rows();
    // What a copy without the lock may do: look first, and write when the drain has been there.
    const survivors = await ask(
      stores.candidate,
      `select json_agg(r) from json_populate_recordset(null::ledger, $1::json) r
        where not exists (select from ${seen} s where s.fw_k1 = r.id)`,
      [copy],
    );
    await execute(stores.legacy, MEANWHILE);
    await drainAll(feed);
    await stores.candidate.use((session) =>
      session.run(insert('on conflict do nothing'), [survivors[0]?.[0] ?? '[]']),
    );
    expect((await difference(feed)).ghosts).toEqual(['10', '30']);
  });
});

describe.skipIf(missing !== null)('a backfill among writers, with the drain running', () => {
  it.each(IS_THOROUGH ? [11, 22, 33] : [11])(
    'leaves 0 ghosts, 0 missing and 0 stale rows (seed %d)',
    async (seed) => {
      await execute(
        stores.legacy,
        `insert into entries select i, 'account ' || i % 50, i, 'first' from generate_series(1001, 20000) i`,
      );
      const stop = new AbortController();
      const draining = runDrain(feed, { signal: stop.signal, clock: systemClock });
      const writing = writeAlong(stores.legacy, { random: new SeededRandom(seed), writers: 4 });
      const { result } = await backfill(feed, { chunks: { rowsMax: 250 } });
      const written = await writing.stop();
      expect(result.outcome).toBe('done');
      expect(written.transactions).toBeGreaterThan(100);
      stop.abort();
      await draining;
      await drainAll(feed);
      expect(await difference(feed)).toEqual(EQUAL);
    },
  );
});
