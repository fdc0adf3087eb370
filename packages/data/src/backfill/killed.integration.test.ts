import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { systemClock } from '@falsework/system';
import { SeededRandom } from '@falsework/testkit';
import { postgresForTests } from '@falsework/testkit/postgres';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { backfill, difference, EQUAL } from '../../test/backfill-support.ts';
import { ask, drainAll, startedFeed, type TwoStores, twoStores } from '../../test/stores.ts';
import { writeAlong } from '../../test/writers.ts';
import type { Feed } from '../drain/feed.ts';
import { runDrain } from '../drain/run-drain.ts';
import { backfillStatus } from './backfill-status.ts';

const one = await postgresForTests();
const two = await postgresForTests({ isDurable: true });
const missing = one.missing ?? two.missing;
const PROCESS = fileURLToPath(new URL('../../test/backfill-process.ts', import.meta.url));
const KILLS = 3;
let stores: TwoStores;
let feed: Feed;

beforeEach(async () => {
  stores = await twoStores(
    one.server as NonNullable<typeof one.server>,
    {
      legacy: `create table entries (id bigint primary key, account text not null, cents bigint not null, note text);
        insert into entries select i, 'account ' || i % 50, i, 'first' from generate_series(1, 20000) i`,
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

/**
 * Runs a backfill in a process and kills it after so many chunks and milliseconds; its last line.
 */
async function killed(after: { readonly chunks: number; readonly ms: number }): Promise<string> {
  const argv = ['--conditions=falsework-source', PROCESS, stores.legacy.url, stores.candidate.url];
  const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit'] });
  const exit = once(child, 'exit');
  let [last, chunks] = ['', 0];
  for await (const line of createInterface(child.stdout)) {
    last = line;
    chunks += line === '{"kind":"progress"}' ? 1 : 0;
    if (chunks >= after.chunks) {
      await pause(after.ms);
      child.kill('SIGKILL');
      break;
    }
  }
  await exit;
  return last;
}

/** Copied rows are in the table, and the checkpoint says how many they are: always both or none. */
async function checkpointIsTrue(): Promise<void> {
  const [row] = await ask(
    stores.candidate,
    `select (select count(*) from ledger), rows, (select max(id) from ledger), last_key[1]
       from falsework_ledger.backfill_checkpoint`,
  );
  expect(row?.[0]).toBe(row?.[1]);
  expect(row?.[2]).toBe(row?.[3]);
}

describe.skipIf(missing !== null)(missing ?? 'a backfill that is killed', () => {
  it.each([
    { chunks: 1, ms: 0 },
    { chunks: 4, ms: 3 },
    { chunks: 9, ms: 11 },
  ])('leaves whole chunks with their checkpoint, and goes on from there: %o', async (after) => {
    await killed(after);
    await checkpointIsTrue();
    const before = (await backfillStatus(feed)).tables[0];
    expect(before?.state).toBe('copying');
    const { result } = await backfill(feed);
    expect(result.outcome).toBe('done');
    expect((await backfillStatus(feed)).tables[0]).toMatchObject({ rows: 20_000, attempts: 2 });
    await drainAll(feed);
    expect(await difference(feed)).toEqual(EQUAL);
  });

  it('again and again among writers comes to its end all the same, with both stores equal', async () => {
    const random = new SeededRandom(7);
    const stop = new AbortController();
    const draining = runDrain(feed, { signal: stop.signal, clock: systemClock });
    const writing = writeAlong(stores.legacy, { random, writers: 3 });
    for (let i = 0; i < KILLS; i += 1) {
      await killed({
        chunks: 2 + Math.floor(random.next() * 4),
        ms: Math.floor(random.next() * 12),
      });
    }
    const { result } = await backfill(feed);
    expect(result.outcome).toBe('done');
    await writing.stop();
    stop.abort();
    await draining;
    await drainAll(feed);
    expect(await difference(feed)).toEqual(EQUAL);
    expect((await backfillStatus(feed)).tables[0]?.attempts).toBe(KILLS + 1);
  });

  it('with its follower goes on by itself when that is back', async () => {
    const events: string[] = [];
    let crashed: Promise<void> | null = null;
    const { result } = await backfill(feed, {
      chunks: { rowsMax: 500 },
      onEvent: ({ kind }) => {
        events.push(kind);
        if (kind === 'progress') crashed ??= two.server?.crash() ?? Promise.resolve();
      },
    });
    await crashed;
    expect(result.outcome).toBe('done');
    expect(events).toContain('retrying');
    await drainAll(feed);
    expect(await difference(feed)).toEqual(EQUAL);
    expect((await backfillStatus(feed)).tables[0]?.rows).toBe(20_000);
  });
});
