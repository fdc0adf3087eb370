import { setTimeout as later } from 'node:timers/promises';
import { postgresForTests } from '@falsework/testkit/postgres';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { ask, execute, startedFeed, type TwoStores, twoStores } from '../../test/stores.ts';
import { covers } from '../cursor/snapshot.ts';
import type { Feed } from '../drain/feed.ts';
import { presentInstant } from '../drain/follower.ts';
import type { Session } from '../postgres/session.ts';
import { applicationOutbox } from './application-outbox.ts';
import type { Change, Window } from './change-source.ts';
import { type Counters, judgeCounters } from './completeness.ts';
import { readCounters } from './counters.ts';
import { installCapture, uninstallCapture } from './install.ts';
import { readInstant, type SourceInstant } from './instant.ts';
import type { CaptureKind } from './registry.ts';
import { rotateOutboxes } from './rotate.ts';

const { server, missing } = await postgresForTests({ flags: ['-c', 'wal_level=logical'] });
const open: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});
afterAll(() => server?.stop());

const TABLE = 'create table a (id int primary key, n int not null default 0)';

async function captured(
  capture: CaptureKind = 'trigger',
  tables = TABLE,
): Promise<{ readonly stores: TwoStores; readonly feed: Feed }> {
  const stores = await twoStores(server as NonNullable<typeof server>, {
    legacy: tables,
    candidate: tables,
  });
  const feed = await startedFeed(stores, { tables: { a: { to: 'a' } }, capture });
  open.push(stores);
  const { changes } = feed;
  if ('close' in changes) open.unshift(changes as unknown as { close(): Promise<void> });
  return { stores, feed };
}

/** Looks at what the source of changes tells between one instant and the present one. */
class Looker {
  readonly #feed: Feed;
  #last: SourceInstant | null = null;

  constructor(feed: Feed) {
    this.#feed = feed;
  }

  async look(): Promise<string[]> {
    return this.#inSnapshot(async (session, instant) => {
      const after = this.#last?.snapshot;
      await this.#feed.changes.settle(instant);
      this.#last = instant;
      if (after === undefined) return [];
      const window: Window = { after, upTo: instant.snapshot };
      const table = this.#feed.tables[0] as Feed['tables'][0];
      const changes = await this.#feed.changes.changes(session, table, { window, limit: 10_000 });
      return changes.map(({ op, key }: Change) => [op, ...key].join(' '));
    });
  }

  #inSnapshot<T>(act: (session: Session, instant: SourceInstant) => Promise<T>): Promise<T> {
    const { source, schema } = this.#feed;
    return source.transaction({ reads: 'snapshot', isReadOnly: true }, async (session) =>
      act(session, await readInstant(session, { schema, database: source.label })),
    );
  }
}

async function looking(feed: Feed): Promise<Looker> {
  const looker = new Looker(feed);
  await looker.look();
  return looker;
}

const reporting = (feed: Feed): ReturnType<typeof applicationOutbox> =>
  applicationOutbox(feed.migration, feed.tables);

describe.skipIf(missing !== null)(missing ?? 'capture by triggers', () => {
  it('tells every row that was written, and a moved key twice', async () => {
    const { stores, feed } = await captured();
    const looker = await looking(feed);
    await execute(
      stores.legacy,
      `insert into a values (1), (2); update a set n = 1 where id = 1; update a set id = 3 where id = 2; delete from a where id = 1`,
    );
    expect((await looker.look()).sort()).toEqual(
      ['insert 1', 'insert 2', 'update 1', 'delete 2', 'update 3', 'delete 1'].sort(),
    );
    expect(await looker.look()).toEqual([]);
  });

  it('tells nothing of work that was rolled back, be it all or a part', async () => {
    const { stores, feed } = await captured();
    const looker = await looking(feed);
    await execute(stores.legacy, 'begin; insert into a values (1); rollback');
    await execute(
      stores.legacy,
      'begin; insert into a values (2); savepoint s; insert into a values (3); rollback to s; commit',
    );
    expect(await looker.look()).toEqual(['insert 2']);
  });

  it('is not held up by a transaction that stays open, and tells of it when it ends', async () => {
    const { stores, feed } = await captured();
    const looker = await looking(feed);
    await stores.legacy.use(async (slow) => {
      await slow.run('begin');
      await slow.run('insert into a values (1)');
      await execute(stores.legacy, 'insert into a values (2)');
      expect(await looker.look()).toEqual(['insert 2']);
      await execute(stores.legacy, 'insert into a values (3)');
      expect(await looker.look()).toEqual(['insert 3']);
      await slow.run('commit');
    });
    expect(await looker.look()).toEqual(['insert 1']);
  });

  it('keeps the order of commits per key, whoever began first', async () => {
    const { stores, feed } = await captured();
    await execute(stores.legacy, 'insert into a values (1)');
    const looker = await looking(feed);
    await stores.legacy.use((early) =>
      stores.legacy.use(async (late) => {
        await early.run('begin');
        // The early one takes its number first and writes the key last.
        await early.rows('select pg_current_xact_id()');
        await late.run('begin');
        await late.run('update a set n = 2 where id = 1');
        await late.run('commit');
        await early.run('delete from a where id = 1');
        await early.run('commit');
      }),
    );
    expect(await looker.look()).toEqual(['update 1', 'delete 1']);
  });

  it('sees TRUNCATE, and writes under session_replication_role', async () => {
    const { stores, feed } = await captured();
    const looker = await looking(feed);
    await execute(
      stores.legacy,
      `set session_replication_role = replica; insert into a values (1); truncate a; set session_replication_role = origin`,
    );
    expect(await looker.look()).toEqual(['insert 1', 'truncate']);
  });

  it('sends back nothing of what was carried over, and only that', async () => {
    const { stores, feed } = await captured();
    const looker = await looking(feed);
    await execute(
      stores.legacy,
      `begin; set local falsework.origin = '${feed.schema}'; insert into a values (1); commit;
       begin; set local falsework.origin = 'falsework_another'; insert into a values (2); commit;
       insert into a values (3)`,
    );
    expect(await looker.look()).toEqual(['insert 2', 'insert 3']);
  });

  it('reports for writers that have no right on the outbox', async () => {
    const { stores, feed } = await captured();
    const looker = await looking(feed);
    await execute(
      stores.legacy,
      `create role clerk_of_capture; grant insert on a to clerk_of_capture; set role clerk_of_capture;
       set search_path = ''; insert into public.a values (1); reset role; reset search_path`,
    );
    expect(await looker.look()).toEqual(['insert 1']);
  });

  it('lets a transaction be prepared for two-phase commit', async () => {
    const prepared = await postgresForTests({ flags: ['-c', 'max_prepared_transactions=5'] });
    const own = prepared.server as NonNullable<typeof prepared.server>;
    const stores = await twoStores(own, { legacy: TABLE, candidate: TABLE });
    try {
      const feed = await startedFeed(stores, { tables: { a: { to: 'a' } } });
      const looker = await looking(feed);
      await execute(stores.legacy, `begin; insert into a values (1); prepare transaction 'two'`);
      expect(await looker.look()).toEqual([]);
      await execute(stores.legacy, `commit prepared 'two'`);
      expect(await looker.look()).toEqual(['insert 1']);
    } finally {
      await stores.close();
      await own.stop();
    }
  });

  it('is installed once, extended by what is missing, and removed without a trace', async () => {
    const { stores, feed } = await captured();
    const again = await installCapture(stores.legacy, {
      migration: 'ledger',
      kind: 'trigger',
      tables: feed.tables,
    });
    expect(again).toMatchObject({ added: [], present: ['public.a'] });
    await execute(stores.legacy, 'create table b (id int primary key)');
    const b = { relation: { schema: 'public', table: 'b' }, key: feed.tables[0]?.key ?? [] };
    const more = await installCapture(stores.legacy, {
      migration: 'ledger',
      kind: 'trigger',
      tables: [b],
    });
    expect(more).toMatchObject({
      added: ['public.b'],
      present: ['public.a'],
      captureId: again.captureId,
    });
    await uninstallCapture(stores.legacy, 'ledger');
    await uninstallCapture(stores.legacy, 'ledger');
    const left = await ask(
      stores.legacy,
      `select nspname from pg_namespace where nspname like 'falsework%'
       union all select tgname from pg_trigger where not tgisinternal`,
    );
    expect(left).toEqual([]);
    await execute(stores.legacy, 'insert into a values (9)');
  });

  it('refuses a schema that another kind of capture is in', async () => {
    const { stores, feed } = await captured();
    const other = installCapture(stores.legacy, {
      migration: 'ledger',
      kind: 'application',
      tables: feed.tables,
    });
    await expect(other).rejects.toMatchObject({ code: 'FW_DATA_CAPTURE_OTHER' });
  });

  it('says that it is not installed where it is not', async () => {
    const { stores, feed } = await captured();
    await uninstallCapture(stores.legacy, 'ledger');
    await expect(looking(feed)).rejects.toMatchObject({ code: 'FW_DATA_NOT_INSTALLED' });
  });
});

describe.skipIf(missing !== null)(missing ?? 'an outbox', () => {
  const consumed = async (feed: Feed): Promise<SourceInstant['snapshot']> => {
    const { source, schema } = feed;
    const instant = await source.transaction({ reads: 'snapshot' }, (session) =>
      readInstant(session, { schema, database: 'legacy' }),
    );
    return instant.snapshot;
  };
  const events = async (feed: Feed, stores: TwoStores): Promise<number> => {
    const [row] = await ask(
      stores.legacy,
      `select sum((xpath('/row/c/text()', query_to_xml(format('select count(*) as c from only %s', c.oid::regclass), false, true, '')))[1]::text::int)
         from pg_class c join pg_inherits i on i.inhrelid = c.oid where c.relnamespace = $1::regnamespace`,
      [feed.schema],
    );
    return Number(row?.[0]);
  };

  it('is emptied slot by slot, and loses nothing that was not consumed', async () => {
    const { stores, feed } = await captured();
    const looker = await looking(feed);
    await execute(stores.legacy, 'insert into a select generate_series(1, 100)');
    expect(await looker.look()).toHaveLength(100);
    const done = await consumed(feed);
    expect(await rotateOutboxes(stores.legacy, { schema: feed.schema, consumed: done })).toEqual({
      emptied: 0,
      moved: 1,
    });
    await execute(stores.legacy, 'insert into a values (101)');
    expect(await rotateOutboxes(stores.legacy, { schema: feed.schema, consumed: done })).toEqual({
      emptied: 1,
      moved: 1,
    });
    expect(await events(feed, stores)).toBe(1);
    expect(await looker.look()).toEqual(['insert 101']);
  });

  it('is left alone while a transaction is writing into it', async () => {
    const { stores, feed } = await captured();
    await execute(stores.legacy, 'insert into a values (1)');
    await rotateOutboxes(stores.legacy, { schema: feed.schema, consumed: await consumed(feed) });
    await stores.legacy.use(async (slow) => {
      await execute(stores.legacy, 'insert into a values (2)');
      await slow.run('begin');
      await slow.run('insert into a values (3)');
      const looker = await looking(feed);
      for (let i = 0; i < 6; i += 1) {
        await rotateOutboxes(stores.legacy, {
          schema: feed.schema,
          consumed: await consumed(feed),
        });
      }
      await slow.run('commit');
      expect(await looker.look()).toEqual(['insert 3']);
    });
  });

  it('says no more to be missing than was thrown away, whatever readers have taken since', async () => {
    const { stores, feed } = await captured();
    const rotate = async (): Promise<unknown> =>
      rotateOutboxes(stores.legacy, { schema: feed.schema, consumed: await consumed(feed) });
    await execute(stores.legacy, 'insert into a values (1)');
    const before = await consumed(feed);
    await rotate();
    for (const key of [2, 3]) await execute(stores.legacy, `insert into a values (${key})`);
    expect(await rotate()).toMatchObject({ emptied: 1 });
    const { rotated } = await presentInstant(feed);
    // Row 1 is gone from the outbox, and a cursor that has seen it misses nothing.
    expect(rotated !== null && covers(before, rotated)).toBe(true);
    const after = await consumed(feed);
    expect(covers(before, after)).toBe(false);
    await rotate();
    const again = (await presentInstant(feed)).rotated;
    // The slot with rows 2 and 3 is gone as well, and a cursor from before them misses both.
    expect(again !== null && covers(before, again)).toBe(false);
    expect(again !== null && covers(after, again)).toBe(true);
  });

  it('tells whoever comes with an older cursor that something is missing', async () => {
    const { stores, feed } = await captured();
    const { drainOnce } = await import('../drain/drain-once.ts');
    await execute(stores.legacy, 'insert into a values (1)');
    const done = await consumed(feed);
    for (let i = 0; i < 3; i += 1)
      await rotateOutboxes(stores.legacy, { schema: feed.schema, consumed: done });
    await expect(drainOnce(feed, { changesMax: 10 })).rejects.toMatchObject({
      code: 'FW_DATA_ROTATED',
    });
  });
});

describe.skipIf(missing !== null)(missing ?? 'capture by the application', () => {
  it('becomes known with the caller’s own commit, or not at all', async () => {
    const { stores, feed } = await captured('application');
    const outbox = reporting(feed);
    const looker = await looking(feed);
    await stores.legacy.transaction({ reads: 'current' }, async ({ client }) => {
      await client.query('insert into a values (1)');
      await outbox.write(client, { table: 'a', op: 'insert', key: [1] });
      await outbox.write(client, { table: 'public.a', op: 'update', key: ['1'] });
      expect(await looker.look()).toEqual([]);
    });
    expect(await looker.look()).toEqual(['insert 1', 'update 1']);
    const failing = stores.legacy.transaction({ reads: 'current' }, async ({ client }) => {
      await outbox.write(client, { table: 'a', op: 'delete', key: [1] });
      throw new Error('the caller gave up');
    });
    await expect(failing).rejects.toThrow('the caller gave up');
    expect(await looker.look()).toEqual([]);
  });

  it('refuses a table that is not captured', async () => {
    const { feed } = await captured('application');
    const client = { query: (): Promise<never> => Promise.reject(new Error('was asked')) };
    await expect(
      reporting(feed).write(client, { table: 'b', op: 'insert', key: [1] }),
    ).rejects.toMatchObject({ code: 'FW_DATA_TABLE' });
  });
});

describe.skipIf(missing !== null)(missing ?? 'capture by the log', () => {
  it('tells the same as triggers do', async () => {
    const { stores, feed } = await captured('logical');
    const looker = await looking(feed);
    await execute(
      stores.legacy,
      `insert into a values (1), (2); update a set n = 1 where id = 1; update a set id = 3 where id = 2; delete from a where id = 1`,
    );
    await execute(stores.legacy, 'begin; insert into a values (7); rollback');
    expect(await looker.look()).toEqual([
      'insert 1',
      'insert 2',
      'update 1',
      'delete 2',
      'update 3',
      'delete 1',
    ]);
    await execute(stores.legacy, 'truncate a');
    expect(await looker.look()).toEqual(['truncate']);
  });

  it('tells of a transaction that was open across the window when it ends', async () => {
    const { stores, feed } = await captured('logical');
    const looker = await looking(feed);
    await stores.legacy.use(async (slow) => {
      await slow.run('begin');
      await slow.run('insert into a values (1)');
      await execute(stores.legacy, 'insert into a values (2)');
      expect(await looker.look()).toEqual(['insert 2']);
      await slow.run('commit');
    });
    expect(await looker.look()).toEqual(['insert 1']);
  });

  it('sends back nothing of what was carried over', async () => {
    const { stores, feed } = await captured('logical');
    const { actAsDrain } = await import('../drain/act-as-drain.ts');
    const looker = await looking(feed);
    await stores.legacy.transaction({ reads: 'current' }, async (session) => {
      await actAsDrain(session, feed);
      await session.run('insert into a values (1)');
    });
    await execute(stores.legacy, 'insert into a values (2)');
    expect(await looker.look()).toEqual(['insert 2']);
  });

  it('goes on where it was after the stream was cut', async () => {
    const { stores, feed } = await captured('logical');
    const looker = await looking(feed);
    await execute(stores.legacy, 'insert into a values (1)');
    expect(await looker.look()).toEqual(['insert 1']);
    for (let id = 2; id < 6; id += 1) {
      await ask(
        stores.legacy,
        'select pg_terminate_backend(active_pid) from pg_replication_slots where active and database = current_database()',
      );
      await execute(stores.legacy, `insert into a values (${id})`);
      expect(await patiently(() => looker.look())).toEqual([`insert ${id}`]);
    }
  });

  it('says so when the slot is gone, and when it was made anew', async () => {
    const { stores, feed } = await captured('logical');
    await looking(feed);
    await (feed.changes as unknown as { close(): Promise<void> }).close();
    const [slot] =
      (
        await ask(
          stores.legacy,
          'select slot_name from pg_replication_slots where database = current_database()',
        )
      )[0] ?? [];
    await patiently(() => ask(stores.legacy, 'select pg_drop_replication_slot($1)', [slot ?? '']));
    await expect(looking(feed)).rejects.toMatchObject({
      code: 'FW_DATA_SLOT',
      message: expect.stringContaining('no such slot'),
    });
    await execute(stores.legacy, 'insert into a values (1)');
    await ask(stores.legacy, `select pg_create_logical_replication_slot($1, 'pgoutput')`, [
      slot ?? '',
    ]);
    await expect(looking(feed)).rejects.toMatchObject({
      code: 'FW_DATA_SLOT',
      message: expect.stringContaining('made anew'),
    });
  });

  it('refuses a table whose deleted rows the log does not name', async () => {
    const tables = 'create table a (id int primary key, u int not null unique, n int)';
    const stores = await twoStores(server as NonNullable<typeof server>, {
      legacy: tables,
      candidate: tables,
    });
    open.push(stores);
    const feed = startedFeed(stores, {
      tables: { a: { to: 'a', key: ['u'] } },
      capture: 'logical',
    });
    await expect(feed).rejects.toMatchObject({ code: 'FW_DATA_KEY' });
  });

  it('leaves neither slot nor publication when it is removed', async () => {
    const { stores, feed } = await captured('logical');
    await uninstallCapture(feed.source, 'ledger');
    expect(
      await ask(
        stores.legacy,
        'select 1 from pg_replication_slots where database = current_database()',
      ),
    ).toEqual([]);
    expect(await ask(stores.legacy, 'select 1 from pg_publication')).toEqual([]);
  });
});

/** Again while the server has not noticed yet that somebody has gone. */
async function patiently<T>(act: () => Promise<T>): Promise<T> {
  for (let left = 50; ; left -= 1) {
    try {
      return await act();
    } catch (error) {
      if (left === 0) throw error;
      await later(100);
    }
  }
}

describe.skipIf(missing !== null)(missing ?? 'counters', () => {
  const settled = async (feed: Feed): Promise<Counters> => {
    const { source, schema } = feed;
    const relation = feed.tables[0]?.relation as Feed['tables'][0]['relation'];
    return source.use(async (session) => {
      const flushed = await session.rows(
        `select to_regprocedure('pg_stat_force_next_flush()') is not null`,
      );
      if (flushed[0]?.[0] === 't') await session.rows('select pg_stat_force_next_flush()');
      return readCounters(session, { schema, relation, at: 0 });
    });
  };
  /** A session hands its counts in when it ends. */
  const apart = async (stores: TwoStores, sql: string): Promise<void> => {
    const { openDatabase } = await import('../postgres/database.ts');
    const own = openDatabase({ url: stores.legacy.url, label: 'legacy', connections: 1 });
    await execute(own, sql);
    await own.close();
    await later(300);
  };

  it('count a write that capture did not see, and not one that was rolled back', async () => {
    const { stores, feed } = await captured();
    await apart(stores, 'insert into a values (1)');
    const baseline = await settled(feed);
    await apart(stores, 'insert into a select generate_series(2, 50)');
    await apart(stores, 'begin; delete from a; rollback');
    await apart(stores, 'update a set id = -id');
    const honest = await settled(feed);
    const twice = (one: Counters): Counters[] => [one, { ...one, at: 60_000 }];
    expect(judgeCounters(baseline, twice(honest))).toMatchObject({ state: 'complete' });
    await apart(
      stores,
      `alter table a disable trigger user; update a set n = 5 where id in (-1, -2, -3); alter table a enable trigger user`,
    );
    expect(judgeCounters(baseline, twice(await settled(feed)))).toEqual({
      state: 'bypassed',
      missing: 3,
    });
  });
});
