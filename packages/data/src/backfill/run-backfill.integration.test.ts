import { postgresForTests } from '@falsework/testkit/postgres';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { backfill, difference, EQUAL, refusals } from '../../test/backfill-support.ts';
import {
  ask,
  drainAll,
  execute,
  type FeedOptions,
  feedFor,
  startedFeed,
  type Tables,
  type TwoStores,
  twoStores,
} from '../../test/stores.ts';
import type { Feed } from '../drain/feed.ts';
import { sql } from '../mapping/sql.ts';
import { openDatabase } from '../postgres/database.ts';
import { backfillStatus } from './backfill-status.ts';

const { server, missing } = await postgresForTests({ flags: ['-c', 'wal_level=logical'] });
const open: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one.close();
});
afterAll(() => server?.stop());

async function stores(tables: Tables): Promise<TwoStores> {
  const made = await twoStores(server as NonNullable<typeof server>, tables);
  open.push(made);
  return made;
}

const ENTRIES = {
  legacy: `create table entries (id bigint primary key, note text, cents numeric(12,2))`,
  candidate: `create table ledger (id bigint primary key, note text, cents numeric(12,2))`,
};
const TO_LEDGER: FeedOptions['tables'] = { entries: { to: 'ledger' } };

async function entries(rows: number): Promise<{ readonly made: TwoStores; readonly feed: Feed }> {
  const made = await stores(ENTRIES);
  await execute(
    made.legacy,
    `insert into entries select i, 'note ' || i, i * 1.01 from generate_series(1, ${rows}) i`,
  );
  return { made, feed: await startedFeed(made, { tables: TO_LEDGER }) };
}

const SMALL = { chunks: { rowsMax: 100 } };

describe.skipIf(missing !== null)(missing ?? 'a backfill', () => {
  it('copies what was there before capture, in chunks, and says when the follower is whole', async () => {
    const { feed } = await entries(1_234);
    const told = await backfill(feed, SMALL);
    expect(told.result).toMatchObject({ outcome: 'done', status: { isComplete: true } });
    expect(await backfillStatus(feed)).toMatchObject({
      tables: [{ table: 'public.entries', state: 'done', rows: 1_234, chunks: 13, attempts: 1 }],
      isDrainedPastCutoff: false,
      deadLetters: 0,
    });
    await drainAll(feed);
    expect(await backfillStatus(feed)).toMatchObject({ isDrainedPastCutoff: true });
    expect(await difference(feed)).toEqual(EQUAL);
  });

  it('tells how far it is, never the whole before the end', async () => {
    const { made, feed } = await entries(2_000);
    await execute(made.legacy, 'analyze entries');
    const { events } = await backfill(feed, SMALL);
    const fractions = events.flatMap((one) =>
      one.kind === 'progress' ? [one.progress.fraction] : [],
    );
    expect(fractions).toHaveLength(20);
    expect(Math.max(...fractions)).toBeLessThan(1);
    for (const [i, fraction] of fractions.entries()) {
      expect(fraction).toBeCloseTo(Math.min(0.999, (i + 1) / 20), 1);
    }
    expect(events[0]).toEqual({ kind: 'captured', table: 'public.entries', seen: 'change' });
    expect(events.at(-1)).toMatchObject({
      kind: 'table-finished',
      progress: { fraction: 1, rows: 2_000 },
    });
  });

  it('does nothing when it has been done', async () => {
    const { feed } = await entries(50);
    await backfill(feed);
    const again = await backfill(feed);
    expect(again.result.outcome).toBe('done');
    expect(again.events.filter(({ kind }) => kind === 'progress')).toEqual([]);
    expect((await backfillStatus(feed)).tables[0]?.rows).toBe(50);
  });

  it('stops after the chunk under way when it is told to, and goes on from there', async () => {
    const { feed } = await entries(1_000);
    const stop = new AbortController();
    let chunks = 0;
    const first = await backfill(feed, {
      ...SMALL,
      signal: stop.signal,
      onEvent: ({ kind }) => {
        chunks += kind === 'progress' ? 1 : 0;
        if (chunks === 3) stop.abort();
      },
    });
    expect(first.result.outcome).toBe('stopped');
    const { rows } = (await backfillStatus(feed)).tables[0] ?? { rows: 0 };
    expect(rows).toBeGreaterThanOrEqual(300);
    expect(rows).toBeLessThan(600);
    const second = await backfill(feed, SMALL);
    expect(second.events).toContainEqual(
      expect.objectContaining({ kind: 'table-started', isResumed: true }),
    );
    expect(second.result.outcome).toBe('done');
    await drainAll(feed);
    expect(await difference(feed)).toEqual(EQUAL);
    expect((await backfillStatus(feed)).tables[0]).toMatchObject({ rows: 1_000, attempts: 2 });
  });

  it('walks keys of any type in the order of the source, composite ones too', async () => {
    const made = await stores({
      legacy: `
        create type mood as enum ('sad', 'ok', 'happy');
        create table by_two (shop text collate "C", no int, mood mood, v text, primary key (shop, no, mood));
        create table by_text (name text collate "en-x-icu" primary key, v int);
        create table by_uuid (id uuid primary key, v int);
        create table by_time (at timestamptz, amount numeric, v int, primary key (at, amount));
        create table by_bytes (id bytea primary key, v int);
        insert into by_two select chr(64 + s) || '''\\', n, m::mood, 'v' from generate_series(1, 9) s,
          generate_series(-20, 20) n, unnest(array['happy', 'sad', 'ok']) m;
        insert into by_text select case i % 3 when 0 then upper(md5(i::text)) when 1 then 'ä' || i else md5(i::text) end, i
          from generate_series(1, 700) i;
        insert into by_uuid select gen_random_uuid(), i from generate_series(1, 600) i;
        insert into by_time select timestamptz '2020-01-01' + i * interval '1 second 7 microseconds', i / 7.0, i
          from generate_series(1, 500) i;
        insert into by_time values ('infinity', 'NaN', 1), ('-infinity', 0, 2);
        insert into by_bytes select decode(md5(i::text), 'hex'), i from generate_series(1, 400) i;`,
      candidate: `
        create type mood as enum ('sad', 'ok', 'happy');
        create table by_two (shop text, no bigint, mood mood, v text, primary key (shop, no, mood));
        create table by_text (name text primary key, v int);
        create table by_uuid (id uuid primary key, v int);
        create table by_time (at timestamptz, amount numeric, v int, primary key (at, amount));
        create table by_bytes (id bytea primary key, v int)`,
    });
    const names = ['by_two', 'by_text', 'by_uuid', 'by_time', 'by_bytes'];
    const tables = Object.fromEntries(names.map((name) => [name, { to: name }]));
    const feed = await startedFeed(made, { tables });
    const { result } = await backfill(feed, SMALL);
    expect(result.outcome).toBe('done');
    expect((await backfillStatus(feed)).tables.map(({ rows }) => rows)).toEqual([
      1_107, 700, 600, 502, 400,
    ]);
    await drainAll(feed);
    expect(await difference(feed)).toEqual(EQUAL);
  });

  it('finishes an empty table at once', async () => {
    const { feed } = await entries(0);
    const { result, events } = await backfill(feed);
    expect(result.outcome).toBe('done');
    expect(events[0]).toMatchObject({ seen: 'triggers' });
    expect((await backfillStatus(feed)).tables[0]).toMatchObject({ rows: 0, state: 'done' });
  });

  it('copies a table of one huge row', async () => {
    const { made, feed } = await entries(0);
    await execute(
      made.legacy,
      `insert into entries values (1, repeat('0123456789abcdef', 1200 * 1024), 1)`,
    );
    const { result } = await backfill(feed);
    expect(result.outcome).toBe('done');
    await drainAll(feed);
    expect(await ask(made.candidate, 'select length(note) from ledger')).toEqual([['19660800']]);
  });

  it('takes only rows of the mapping, and writes what its expressions make of them', async () => {
    const made = await stores({
      legacy: `create table people (id int primary key, first text, last text, is_gone boolean);
        insert into people select i, 'f' || i, 'l' || i, i % 3 = 0 from generate_series(1, 900) i`,
      candidate: `create table persons (id bigint generated always as identity primary key, name text,
        origin text, name_length int generated always as (length(name)) stored)`,
    });
    const feed = await startedFeed(made, {
      tables: {
        people: {
          to: 'persons',
          where: sql`not is_gone`,
          columns: { name: sql`first || ' ' || last`, origin: { constant: 'legacy' } },
          dropped: { is_gone: 'only those that are not' },
        },
      },
    });
    await backfill(feed, SMALL);
    await drainAll(feed);
    expect(await difference(feed)).toEqual(EQUAL);
    expect((await backfillStatus(feed)).tables[0]?.rows).toBe(600);
    expect(await ask(made.candidate, 'select name, name_length from persons where id = 2')).toEqual(
      [['f2 l2', '5']],
    );
  });

  it('names rows that are refused among the dead letters, and copies the others', async () => {
    const { made, feed } = await entries(3_000);
    await execute(made.candidate, 'alter table ledger add check (id not in (7, 1500, 1501))');
    const { result, events } = await backfill(feed, { chunks: { rowsMax: 500 } });
    expect(result).toMatchObject({ outcome: 'done', status: { deadLetters: 3 } });
    const refused = events.flatMap((one) => (one.kind === 'refused-rows' ? [one.rows] : []));
    expect(refused.reduce((sum, rows) => sum + rows, 0)).toBe(3);
    expect(await difference(feed)).toEqual({ ...EQUAL, missing: ['1500', '1501', '7'] });
    expect((await backfillStatus(feed)).tables[0]?.rows).toBe(2_997);
  });

  it.each(['application', 'logical'] as const)('runs beside %s capture', async (capture) => {
    const made = await stores(ENTRIES);
    await execute(
      made.legacy,
      `insert into entries select i, 'n', 1 from generate_series(1, 300) i`,
    );
    const feed = await startedFeed(made, { tables: TO_LEDGER, capture });
    if (capture === 'logical')
      open.push(feed.changes as typeof feed.changes & { close(): Promise<void> });
    const { result, events } = await backfill(feed, SMALL);
    expect(result.outcome).toBe('done');
    expect(events[0]).toMatchObject({ seen: capture === 'logical' ? 'log' : 'application' });
    expect(await difference(feed)).toEqual(EQUAL);
  });
});

describe.skipIf(missing !== null)('a backfill is refused', () => {
  const nothingCopied = async (made: TwoStores): Promise<void> => {
    expect(await ask(made.candidate, 'select count(*) from ledger')).toEqual([['0']]);
  };

  it('without capture', async () => {
    const made = await stores(ENTRIES);
    const feed = await feedFor(made, { tables: TO_LEDGER });
    expect(refusals(await backfill(feed))).toEqual([
      expect.stringContaining('FW_DATA_NOT_INSTALLED'),
    ]);
    await nothingCopied(made);
  });

  it('when a trigger of capture is disabled', async () => {
    const { made, feed } = await entries(5);
    await execute(made.legacy, 'alter table entries disable trigger falsework_ledger_delete');
    expect(refusals(await backfill(feed))).toEqual([
      expect.stringMatching(
        /^FW_DATA_BACKFILL_CAPTURE Table public.entries of legacy: its triggers/,
      ),
    ]);
    await nothingCopied(made);
  });

  it('when a change does not come out as an event', async () => {
    const { made, feed } = await entries(5);
    const [found] = await ask(
      made.legacy,
      `select tgfoid::regproc from pg_trigger where tgname = 'falsework_ledger_update'`,
    );
    await execute(
      made.legacy,
      `create or replace function ${found?.[0]}() returns trigger language plpgsql as 'begin return null; end'`,
    );
    expect(refusals(await backfill(feed))).toEqual([
      expect.stringContaining('a change that was tried on it was not reported'),
    ]);
    await nothingCopied(made);
  });

  it('not over a table whose own triggers forbid any update, nor does trying leave a trace', async () => {
    const { made, feed } = await entries(5);
    await execute(
      made.legacy,
      `create function no() returns trigger language plpgsql as 'begin raise exception ''append only''; end';
       create trigger append_only before update or delete on entries for each row execute function no()`,
    );
    const before = await ask(made.legacy, 'select xmin, ctid, * from entries order by id');
    const { result } = await backfill(feed);
    expect(result.outcome).toBe('done');
    expect(await ask(made.legacy, 'select xmin, ctid, * from entries order by id')).toEqual(before);
  });

  it('when the follower has rows that nobody brought there, unless they may be written over', async () => {
    const { made, feed } = await entries(5);
    await execute(made.candidate, `insert into ledger values (3, 'mine', 0), (99, 'mine', 0)`);
    expect(refusals(await backfill(feed))).toEqual([
      expect.stringMatching(/^FW_DATA_BACKFILL_ROWS Table public.ledger of candidate has 2 rows/),
    ]);
    const over = await backfill(feed, { overwritesRows: true });
    expect(over.result.outcome).toBe('done');
    await drainAll(feed);
    expect(await difference(feed)).toEqual({ ...EQUAL, ghosts: ['99'] });
  });

  it('but not for rows that the drain has brought', async () => {
    const { made, feed } = await entries(5);
    await execute(made.legacy, `insert into entries values (6, 'drained', 0)`);
    await drainAll(feed);
    expect((await backfill(feed)).result.outcome).toBe('done');
  });

  it('while another one runs', async () => {
    const { feed } = await entries(1_000);
    let second: Promise<string[]> | null = null;
    await backfill(feed, {
      ...SMALL,
      onEvent: ({ kind }) => {
        if (kind === 'progress') second ??= backfill(feed).then(refusals);
      },
    });
    expect(await second).toEqual([expect.stringContaining('FW_DATA_BACKFILL_RUNNING')]);
  });

  it('when a column is no longer there, or has become a generated one', async () => {
    const { made, feed } = await entries(5);
    await execute(made.legacy, 'alter table entries rename note to remark');
    expect(refusals(await backfill(feed))).toEqual([
      expect.stringMatching(
        /^FW_DATA_BACKFILL_CHANGED legacy .*SQLSTATE 42703.*0 rows in 0 chunks/,
      ),
    ]);
    await execute(made.legacy, 'alter table entries rename remark to note');
    await execute(
      made.candidate,
      `alter table ledger drop note, add note text generated always as ('x') stored`,
    );
    expect(refusals(await backfill(feed))).toEqual([
      expect.stringMatching(/^FW_DATA_BACKFILL_CHANGED candidate .*SQLSTATE 428C9/),
    ]);
    await nothingCopied(made);
  });

  it('when the role may not read or may not write', async () => {
    const { made, feed } = await entries(5);
    const database = new URL(made.candidate.url).pathname.slice(1);
    await execute(made.candidate, `create role copier login password 'copier'`).catch(() => {});
    await execute(
      made.candidate,
      `grant all on schema public, falsework_ledger to copier;
       grant all on all tables in schema falsework_ledger to copier;
       grant create on database ${database} to copier`,
    );
    const url = new URL(made.candidate.url);
    [url.username, url.password] = ['copier', 'copier'];
    const candidate = openDatabase({ url: url.href, label: 'candidate' });
    open.push(candidate);
    expect(refusals(await backfill({ ...feed, follower: candidate, asReplica: false }))).toEqual([
      expect.stringMatching(/^FW_DATA_(BACKFILL_)?DENIED /),
    ]);
    await nothingCopied(made);
  });
});
