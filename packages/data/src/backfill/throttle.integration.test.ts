import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { postgresForTests } from '@falsework/testkit/postgres';
import pg from 'pg';
import copyStreams from 'pg-copy-streams';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { backfill, QUICK_CLOCK, type Told } from '../../test/backfill-support.ts';
import { ask, execute, startedFeed, type TwoStores, twoStores } from '../../test/stores.ts';
import type { Feed } from '../drain/feed.ts';
import { backfillStatus } from './backfill-status.ts';
import { type BackfillLimits, setBackfillLimits } from './limits.ts';
import type { BackfillOptions } from './run-backfill.ts';

const { server, missing } = await postgresForTests({ flags: ['-c', 'wal_level=logical'] });
let stores: TwoStores;
let feed: Feed;
let http: Server | null = null;

beforeEach(async () => {
  stores = await twoStores(server as NonNullable<typeof server>, {
    legacy: `create table entries (id int primary key, note text);
      insert into entries select i, 'n' from generate_series(1, 2000) i`,
    candidate: 'create table ledger (id int primary key, note text)',
  });
  feed = await startedFeed(stores, { tables: { entries: { to: 'ledger' } } });
});
afterEach(async () => {
  await stores?.close();
  http?.close();
  http = null;
});
afterAll(() => server?.stop());

/** Runs a backfill; when it is held, checks that it stands still, then takes the cause away. */
async function heldUntil(
  release: () => unknown,
  options: Partial<BackfillOptions> = {},
): Promise<{ readonly told: Told; readonly because: string }> {
  let because = '';
  let released: Promise<unknown> = Promise.resolve();
  const told = await backfill(feed, {
    clock: QUICK_CLOCK,
    chunks: { rowsMax: 100 },
    ...options,
    onEvent: (event) => {
      options.onEvent?.(event);
      if (event.kind !== 'held' || because !== '') return;
      because = event.holds.map((hold) => `${hold.limit}: ${hold.because}`).join('; ');
      released = (async () => {
        // What was under way when it was held is committed by then.
        await pause(100);
        const before = (await backfillStatus(feed)).tables[0]?.rows;
        await pause(300);
        expect((await backfillStatus(feed)).tables[0]?.rows).toBe(before);
        expect(before).toBeLessThan(2_000);
        await release();
      })();
    },
  });
  await released;
  expect(told.result.outcome).toBe('done');
  expect(told.events.filter(({ kind }) => kind === 'released')).toHaveLength(1);
  return { told, because };
}

const lift = (limit: keyof BackfillLimits) => () => setBackfillLimits(feed, { [limit]: null });

describe.skipIf(missing !== null)(missing ?? 'a backfill stands aside', () => {
  it('while a person has paused it, also in the midst of it', async () => {
    let isPausing = false;
    const { because } = await heldUntil(() => setBackfillLimits(feed, { isPaused: false }), {
      chunks: { rowsMax: 20 },
      onEvent: ({ kind }) => {
        if (kind === 'progress' && !isPausing) {
          isPausing = true;
          void setBackfillLimits(feed, { isPaused: true });
        }
      },
    });
    expect(because).toBe('isPaused: a person paused it');
  });

  it('while others run more statements than allowed', async () => {
    await setBackfillLimits(feed, { activeBackends: 1 });
    const url = stores.legacy.url;
    const busy = await Promise.all([other(url), other(url)]);
    for (const one of busy) one.start('select pg_sleep(60)');
    const { because } = await heldUntil(() => Promise.all(busy.map((one) => one.end())));
    expect(because).toMatch(/^activeBackends: legacy runs 2 statements, above 1/);
  });

  it('while a transaction of others is older than allowed', async () => {
    await setBackfillLimits(feed, { transactionAgeMs: 50 });
    const idle = await other(stores.candidate.url);
    await idle.run('begin');
    await idle.run('select 1');
    await pause(60);
    const { because } = await heldUntil(() => idle.end());
    expect(because).toMatch(
      /^transactionAgeMs: a transaction on (legacy|candidate) is open for \d+ ms/,
    );
  });

  it('while a replica has more of the log to replay than allowed', async () => {
    await setBackfillLimits(feed, { replicaLagBytes: 1_000 });
    const replica = await laggingReplica(stores.candidate.url);
    const { because } = await heldUntil(replica);
    expect(because).toMatch(
      /^replicaLagBytes: a replica of (legacy|candidate) is \d+ bytes behind/,
    );
  });

  it('while commits take longer than allowed', async () => {
    await setBackfillLimits(feed, { commitMs: 0.000_1 });
    const { because } = await heldUntil(lift('commitMs'));
    expect(because).toMatch(/^commitMs: commits take \d+ ms/);
  });

  it('while a statement of somebody else says so, and tells what it says', async () => {
    await execute(
      stores.legacy,
      `create table stop_sign (reason text); insert into stop_sign values ('month end')`,
    );
    const vetoes = [{ on: 'source' as const, sql: 'select reason from stop_sign' }];
    const { because } = await heldUntil(() => execute(stores.legacy, 'delete from stop_sign'), {
      vetoes,
    });
    expect(because).toBe('veto: the statement on legacy: month end');
  });

  it('while an address does not say yes, or nothing', async () => {
    let status = 503;
    http = createServer((_, response) => {
      response.writeHead(status).end();
    }).listen(0, '127.0.0.1');
    await once(http, 'listening');
    const { port } = http.address() as AddressInfo;
    const vetoes = [{ url: `http://127.0.0.1:${port}/ok?token=secret` }];
    const { because } = await heldUntil(
      () => {
        status = 204;
      },
      { vetoes },
    );
    expect(because).toBe(`veto: http://127.0.0.1:${port}/ok answered 503`);
  });

  it('for as long as a rate demands that was set meanwhile', async () => {
    await setBackfillLimits(feed, { rowsPerSecond: 1_000 });
    const began = performance.now();
    await backfill(feed, { chunks: { rowsMax: 250 } });
    expect(performance.now() - began).toBeGreaterThan(1_700);
  });

  it('and can be stopped while it does', async () => {
    await setBackfillLimits(feed, { isPaused: true });
    const stop = new AbortController();
    const { result } = await backfill(feed, {
      signal: stop.signal,
      onEvent: ({ kind }) => {
        if (kind === 'held') stop.abort();
      },
    });
    expect(result).toMatchObject({ outcome: 'stopped', status: { limits: { isPaused: true } } });
  });
});

describe.skipIf(missing !== null)('as the victim a backfill', () => {
  it('gives way to who holds a lock, and comes again', async () => {
    const holder = await other(stores.candidate.url);
    let locked: Promise<unknown> | null = null;
    const { result, events } = await backfill(feed, {
      chunks: { rowsMax: 50 },
      onEvent: ({ kind }) => {
        if (kind === 'progress') {
          locked ??= holder
            .run('begin; lock table ledger in access exclusive mode')
            .catch(() => {});
        }
        if (kind === 'retrying') void holder.end();
      },
    });
    expect(result.outcome).toBe('done');
    expect(events.filter(({ kind }) => kind === 'retrying')).not.toEqual([]);
    expect((await ask(stores.candidate, 'select count(*) from ledger'))[0]).toEqual(['2000']);
  });

  it('waits for who holds a lock before it began, too', async () => {
    const holder = await other(stores.candidate.url);
    await holder.run('begin; lock table ledger in access exclusive mode');
    const { result } = await backfill(feed, {
      onEvent: ({ kind }) => {
        if (kind === 'retrying') void holder.end();
      },
    });
    expect(result.outcome).toBe('done');
  });

  it('says what is there when a disk is full, and goes on when there is room', async () => {
    await execute(
      stores.candidate,
      `create function full_disk() returns trigger language plpgsql as
         'begin if new.id = 1500 then raise ''full'' using errcode = ''53100''; end if; return new; end';
       create trigger full_disk before insert on ledger for each row execute function full_disk();
       alter table ledger enable always trigger full_disk`,
    );
    await expect(backfill(feed, { chunks: { rowsMax: 100 } })).rejects.toMatchObject({
      code: 'FW_DATA_BACKFILL_FULL',
      message:
        'candidate ran out of disk or memory (SQLSTATE 53100) while public.entries was copied. ' +
        '1400 rows in 14 chunks are copied and kept; the chunk under way was undone.',
    });
    await execute(stores.candidate, 'drop trigger full_disk on ledger');
    expect((await backfill(feed)).result.outcome).toBe('done');
    expect((await ask(stores.candidate, 'select count(*) from ledger'))[0]).toEqual(['2000']);
  });

  it('gives up with what is there when it got nowhere for as long as its patience', async () => {
    await execute(
      stores.candidate,
      `create function slow() returns trigger language plpgsql as 'begin perform pg_sleep(0.05); return new; end';
       create trigger slow before insert on ledger for each row execute function slow();
       alter table ledger enable always trigger slow`,
    );
    const run = backfill(feed, { patienceMs: 1, chunks: { targetMs: 1 } });
    await expect(run).rejects.toMatchObject({
      code: 'FW_DATA_BACKFILL_STOPPED',
      message: expect.stringMatching(
        /Copying public.entries .* candidate .*0 rows in 0 chunks are copied/,
      ),
    });
  });
});

describe.skipIf(missing !== null)('limits', () => {
  it('stay as they are when they are not named', async () => {
    await setBackfillLimits(feed, { rowsPerSecond: 5 });
    const limits = await setBackfillLimits(feed, { isPaused: true, commitMs: null });
    expect(limits).toMatchObject({
      rowsPerSecond: 5,
      isPaused: true,
      commitMs: null,
      activeBackends: 64,
    });
  });

  it.each([{ rowsPerSecond: 0 }, { commitMs: -1 }, { replicaLagMs: Number.NaN }, { speed: 5 }])(
    'that mean nothing are refused: %o',
    async (limits) => {
      await expect(
        setBackfillLimits(feed, limits as Partial<BackfillLimits>),
      ).rejects.toMatchObject({
        code: 'FW_DATA_BACKFILL_LIMIT',
      });
    },
  );
});

// Its types leave it out.
const { both } = copyStreams as unknown as {
  readonly both: (sql: string) => Duplex & { submit(connection: pg.Connection): void };
};

/**
 * A subscriber that says once that it has replayed all there was at the beginning of time, and then
 * nothing any more. Gives what ends it.
 */
async function laggingReplica(url: string): Promise<() => Promise<void>> {
  await execute(stores.candidate, 'create publication everything for all tables');
  const config = { connectionString: url, replication: 'database', application_name: 'replica' };
  const client = new pg.Client(config as pg.ClientConfig);
  client.on('error', () => {});
  await client.connect();
  await client.query('CREATE_REPLICATION_SLOT lagging TEMPORARY LOGICAL pgoutput');
  const stream = client.query(
    both(
      `START_REPLICATION SLOT lagging LOGICAL 0/0 (proto_version '1', publication_names 'everything')`,
    ),
  );
  stream.on('error', () => {});
  stream.resume();
  // Standby status update: written, flushed and applied up to 0/1, at no time, no answer wanted.
  const status = Buffer.alloc(34);
  status.write('r');
  for (const at of [1, 9, 17]) status.writeBigUInt64BE(1n, at);
  stream.write(status);
  for (let tries = 0; tries < 100; tries += 1) {
    const [there] = await ask(
      stores.candidate,
      `select pid from pg_stat_replication where application_name = 'replica' and replay_lsn is not null`,
    );
    if (there !== undefined) {
      return () =>
        ask(stores.candidate, 'select pg_terminate_backend($1, 5000)', [there[0] ?? 0]).then(
          () => {},
        );
    }
    await pause(50);
  }
  throw new Error('The replica did not come up.');
}

interface Other {
  run(sql: string): Promise<unknown>;
  /** Runs without being waited for. */
  start(sql: string): void;
  end(): Promise<void>;
}

/** A connection of somebody else. */
async function other(url: string): Promise<Other> {
  const client = new pg.Client({ connectionString: url, application_name: 'somebody' });
  // It ends by being ended.
  client.on('error', () => {});
  await client.connect();
  const found = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  const database = [stores.legacy, stores.candidate].find((one) => one.url === url);
  return {
    run: (sql) => client.query(sql),
    start: (sql) => void client.query(sql).catch(() => {}),
    end: async () => {
      await database?.use((session) =>
        session.rows('select pg_terminate_backend($1, 5000)', [found.rows[0]?.pid ?? 0]),
      );
    },
  };
}
