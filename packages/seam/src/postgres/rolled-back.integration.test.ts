import { postgresForTests } from '@falsework/testkit/postgres';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { seam } from '../seam/seam.ts';
import type { SeamOptions } from '../seam/types.ts';
import { rolledBack } from './index.ts';

// With prepared transactions allowed, so that it is the shadow's bar that refuses one.
const { server, missing } = await postgresForTests({
  flags: ['-c', 'max_prepared_transactions=5'],
});

type Db = pg.Pool;
type Work = (db: Db) => Promise<unknown>;

let pool: Db;
let db: Db;
let seams = 0;

beforeAll(async () => {
  if (server === null) return;
  pool = new pg.Pool({ connectionString: await server.createDatabase(), max: 5 });
  pool.on('error', () => {});
  await pool.query(`
    create table accounts (id text primary key, cents int not null);
    create table entries (id serial primary key, account text, cents int);
    create table parents (id int primary key);
    create table children (parent int references parents deferrable initially deferred);
  `);
  db = rolledBack(pool);
});

afterAll(async () => {
  await db?.end();
  await server?.stop();
});

beforeEach(async () => {
  await pool?.query("truncate accounts, entries; insert into accounts values ('a', 100), ('b', 5)");
});

const rowsOf = async (table: string): Promise<unknown[]> =>
  (await pool.query(`select * from ${table} order by 1`)).rows;

/** A seam on which the candidate does this work, and legacy answers what it should answer. */
function working(work: Work, over: Partial<SeamOptions<() => Promise<unknown>>> = {}) {
  seams += 1;
  return seam<() => Promise<unknown>>({
    name: `work ${seams}`,
    legacy: async () => 'done',
    candidate: async () => {
      await work(db);
      return 'done';
    },
    effects: 'rolled-back',
    timeoutMs: 1_000,
    ...over,
  });
}

/** Runs the work as a shadow, and answers the report after it. */
async function shadowed(work: Work, over: Partial<SeamOptions<() => Promise<unknown>>> = {}) {
  const fn = working(work, over);
  await expect(fn()).resolves.toBe('done');
  await fn.settled();
  return fn.report();
}

const MATCH = { compared: 1, differing: 0, faults: 0 };
const insert = "insert into entries (account, cents) values ('a', 1)";

const connected = async (work: (client: pg.PoolClient) => Promise<unknown>): Promise<void> => {
  const client = await db.connect();
  try {
    await work(client);
  } finally {
    client.release();
  }
};

describe.skipIf(missing !== null)(missing ?? 'a shadow run on a wrapped pool', () => {
  it('does its work and leaves no trace of it', async () => {
    const seen: unknown[] = [];
    const report = await shadowed(async () => {
      await db.query(insert);
      await db.query("update accounts set cents = cents - 1 where id = 'a'");
      seen.push(...(await db.query('select cents from accounts order by id')).rows);
    });
    expect(report).toMatchObject(MATCH);
    expect(seen).toEqual([{ cents: 99 }, { cents: 5 }]);
    expect(await rowsOf('accounts')).toEqual([
      { id: 'a', cents: 100 },
      { id: 'b', cents: 5 },
    ]);
    expect(await rowsOf('entries')).toEqual([]);
  });

  it('is compared by what it answers', async () => {
    const balance = async (): Promise<unknown> =>
      (await db.query("update accounts set cents = cents - 1 where id = 'a' returning cents"))
        .rows[0];
    const fn = seam({
      name: 'balance',
      legacy: balance,
      candidate: async () => {
        await balance();
        return balance();
      },
      effects: 'rolled-back',
      timeoutMs: 1_000,
    });
    await expect(fn()).resolves.toEqual({ cents: 99 });
    await fn.settled();
    expect(fn.report().causes).toMatchObject([
      { template: '$.cents', legacy: '99', candidate: '97' },
    ]);
    expect(await rowsOf('accounts')).toMatchObject([{ cents: 99 }, { cents: 5 }]);
  });

  it('may begin, commit and roll back as usual, by promise or by callback', async () => {
    const seen: unknown[] = [];
    const report = await shadowed(async () => {
      await connected(async (client) => {
        const { command } = await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
        await client.query('set transaction read write');
        await client.query(insert);
        seen.push(command, (await client.query('COMMIT')).command);
        await client.query('begin');
        await client.query(insert);
        seen.push((await client.query('rollback')).command);
      });
      seen.push((await db.query('select count(*)::int as n from entries')).rows[0]);
      await new Promise((resolve, reject) => {
        db.connect((error, client, release) => {
          if (error) reject(error);
          client?.query('select 1 as n', (failed, result) => {
            seen.push(result?.rows[0]);
            release();
            if (failed) reject(failed);
            else resolve(1);
          });
        });
      });
    });
    expect(report).toMatchObject(MATCH);
    expect(seen).toEqual(['BEGIN', 'COMMIT', 'ROLLBACK', { n: 1 }, { n: 1 }]);
    expect(await rowsOf('entries')).toEqual([]);
  });

  it('may open savepoints of its own', async () => {
    const seen: unknown[] = [];
    const report = await shadowed(() =>
      connected(async (client) => {
        await client.query('begin');
        await client.query('savepoint here');
        await client.query(insert);
        await client.query('rollback to savepoint here');
        await client.query('release savepoint here');
        seen.push((await client.query('select count(*)::int as n from entries')).rows[0]);
        await client.query('commit and chain');
        await client.query(insert);
        await client.query('rollback and chain');
        seen.push((await client.query('select count(*)::int as n from entries')).rows[0]);
        await client.query('end');
      }),
    );
    expect(report).toMatchObject(MATCH);
    expect(seen).toEqual([{ n: 0 }, { n: 0 }]);
  });

  it('is told of its own errors, which end no more than they would have ended', async () => {
    const codes: string[] = [];
    const failing = (query: Promise<unknown>): Promise<unknown> =>
      query.catch((error: unknown) => codes.push((error as { code: string }).code));
    const report = await shadowed(async () => {
      await failing(db.query("insert into accounts values ('a', 1)"));
      await db.query(insert);
      await connected(async (client) => {
        await client.query('begin');
        await failing(client.query('select 1/0'));
        await failing(client.query(insert));
        expect((await client.query('commit')).command).toBe('ROLLBACK');
      });
      expect((await db.query('select * from entries')).rowCount).toBe(1);
    });
    expect(report).toMatchObject(MATCH);
    expect(codes).toEqual(['23505', '22012', '25P02']);
  });

  it('may check out two connections that wait for each other: to the database they are one', async () => {
    const report = await shadowed(async () => {
      const [one, two] = [await db.connect(), await db.connect()];
      await one.query('begin');
      await two.query('begin');
      await one.query("update accounts set cents = 1 where id = 'a'");
      await two.query("update accounts set cents = 1 where id = 'b'");
      await Promise.all([
        one.query("update accounts set cents = 2 where id = 'b'"),
        two.query("update accounts set cents = 2 where id = 'a'"),
      ]);
      await one.query('commit');
      await two.query('commit');
      one.release();
      two.release();
    });
    expect(report).toMatchObject(MATCH);
    expect(await rowsOf('accounts')).toMatchObject([{ cents: 100 }, { cents: 5 }]);
  });

  it('may issue what PostgreSQL rolls back: DDL, SET, NOTIFY, temporary tables, locks', async () => {
    const listener = new pg.Client(pool.options as pg.ClientConfig);
    await listener.connect();
    const heard: unknown[] = [];
    listener.on('notification', (message) => heard.push(message.payload));
    await listener.query('listen news');
    const report = await shadowed(async () => {
      await db.query('create table made_by_shadow (id int)');
      await db.query('alter table entries add column more int');
      await db.query('drop table parents cascade');
      await db.query("set work_mem = '77MB'");
      await db.query("select set_config('falsework.test', 'yes', false)");
      await db.query("notify news, 'from a shadow'");
      await db.query('create temp table scratch (id int)');
      await db.query('truncate accounts');
      await db.query('lock table children in access exclusive mode');
      await db.query('select pg_advisory_lock(7)');
      await db.query('listen other_news');
    });
    expect(report).toMatchObject(MATCH);
    // The same connection serves the next shadow run, and knows nothing of the one before.
    const left: unknown[] = [];
    const next = await shadowed(async () => {
      const asked = await db.query(`
        select current_setting('work_mem') as work_mem, to_regclass('scratch') as scratch,
               current_setting('falsework.test', true) as test, to_regclass('made_by_shadow') as made
      `);
      left.push(asked.rows[0]);
    });
    expect(next).toMatchObject(MATCH);
    expect(left).toMatchObject([{ scratch: null, made: null }]);
    expect(left).not.toMatchObject([{ work_mem: '77MB' }]);
    expect(await rowsOf('accounts')).toHaveLength(2);
    await expect(pool.query('select more from entries')).rejects.toThrow('does not exist');
    await expect(pool.query('select pg_try_advisory_lock(7) as free')).resolves.toMatchObject({
      rows: [{ free: true }],
    });
    await listener.query('select 1');
    expect(heard).toEqual([]);
    await listener.end();
  });

  it('uses up numbers of sequences: those PostgreSQL itself does not take back', async () => {
    const next = async (): Promise<number> =>
      Number((await pool.query("select nextval('entries_id_seq') as n")).rows[0].n);
    const before = await next();
    await shadowed(() => db.query(insert));
    expect(await next()).toBe(before + 2);
  });

  it('reads through prepared statements and cursors of its own', async () => {
    const report = await shadowed(() =>
      connected(async (client) => {
        for (let i = 0; i < 3; i += 1) {
          await client.query({ name: 'one', text: 'select $1::int as n', values: [i] });
        }
        await client.query('begin');
        await client.query('declare c cursor with hold for select 1');
        await client.query('fetch 1 from c');
        await client.query('commit');
      }),
    );
    expect(report).toMatchObject(MATCH);
  });

  it('runs many times on the few connections that it has', async () => {
    const fn = working(() => db.query(insert));
    for (let i = 0; i < 60; i += 1) await fn();
    await fn.settled();
    expect(fn.report()).toMatchObject({ compared: 60, differing: 0, faults: 0 });
    expect(await rowsOf('entries')).toEqual([]);
    const { rows } = await pool.query(
      "select count(*)::int as n from pg_stat_activity where application_name = 'falsework shadow'",
    );
    expect(rows[0].n).toBeLessThanOrEqual(2);
  });
});

describe.skipIf(missing !== null)(
  missing ?? 'a shadow run that tries to make its work stay',
  () => {
    /** Whatever came of it, nothing of it is there. */
    async function expectNothingStayed(): Promise<void> {
      expect(await rowsOf('entries')).toEqual([]);
      const { rows } = await pool.query('select count(*)::int as n from pg_prepared_xacts');
      expect(rows).toEqual([{ n: 0 }]);
    }

    it.each([
      ['commits in the middle of a text', `${insert}; commit; ${insert}`],
      [
        'commits in the middle of a text with comments',
        `${insert}; /* ; */ commit /* */; ${insert}`,
      ],
      ['ends and goes on', `${insert}; end; begin; ${insert}; commit`],
      ['rolls back and goes on without a transaction', `rollback; ${insert}`],
      ['commits by a second begin', `${insert}; commit and chain; ${insert}`],
    ])('is stopped when it %s', async (_, text) => {
      const report = await shadowed(() => db.query(text));
      expect(report).toMatchObject({ compared: 0, shed: { stopped: 1 } });
      expect(report.idleBecause).toContain('ended the transaction that was to be rolled back');
      await expectNothingStayed();
    });

    it.each([
      ['prepares it for later', "prepare transaction 'later'"],
      ['commits in a block', 'do $$ begin insert into entries default values; commit; end $$'],
      ['takes the constraint that bars it at its word', 'set constraints all immediate'],
      ['asks for what needs no transaction', 'vacuum'],
    ])('fails when it %s', async (_, text) => {
      const report = await shadowed(() =>
        connected(async (client) => {
          await client.query('begin');
          await client.query(insert);
          await client.query(text);
        }),
      );
      expect(report.verdicts.match).toBe(0);
      await expectNothingStayed();
    });

    it('is stopped before it begins when it brings its own connection', async () => {
      const report = await shadowed(async () => {
        const client = new pg.Client(pool.options as pg.ClientConfig);
        await client.connect();
        await client.query(insert);
        await client.end();
      });
      expect(report).toMatchObject({ compared: 0, shed: { stopped: 1 } });
      expect(report.idleBecause).toContain('(PostgreSQL connect), which is not declared');
      await expectNothingStayed();
    });

    it('is stopped before it begins when it takes the pool beneath the wrapper', async () => {
      await pool.query('select 1');
      for (const escape of [
        () => pool.query(insert),
        async () => (await pool.connect()).query(insert),
      ]) {
        const report = await shadowed(escape);
        expect(report).toMatchObject({ compared: 0, shed: { stopped: 1 } });
      }
      await expectNothingStayed();
      expect(pool.waitingCount).toBe(0);
    });

    it('is stopped when it ends the pool', async () => {
      const report = await shadowed(() => db.end());
      expect(report.shed.stopped).toBe(1);
      await expect(db.query('select 1')).resolves.toBeDefined();
    });

    it('is seen by the rail in a seam that declares no effects, too', async () => {
      const report = await shadowed(() => pool.query('select 1'), { effects: 'none' });
      expect(report).toMatchObject({ shed: { stopped: 1 } });
      const allowed = await shadowed(() => pool.query('select 1'), {
        effects: 'none',
        mayCall: ['127.0.0.1'],
      });
      expect(allowed).toMatchObject(MATCH);
    });

    it('may read through the wrapper in a seam that declares no effects', async () => {
      await expect(shadowed(() => db.query(insert), { effects: 'none' })).resolves.toMatchObject(
        MATCH,
      );
      await expectNothingStayed();
    });
  },
);

describe.skipIf(missing !== null)(missing ?? 'the authority and a shadow run on one row', () => {
  const lockRow = "update accounts set cents = cents - 1 where id = 'a'";

  it('never wait for each other long: the shadow holds a row no longer than its time', async () => {
    const hanging = working(
      async () => {
        await db.query(lockRow);
        await new Promise(() => {});
      },
      { timeoutMs: 150 },
    );
    await hanging();
    await until(async () => (await lockHolders()) > 0);
    const startMs = performance.now();
    await db.query(lockRow);
    const waitedMs = performance.now() - startMs;
    await hanging.settled();
    expect(hanging.report().verdicts.timeout).toBe(1);
    // Its time, a statement under way, and what a loaded machine needs to roll back.
    expect(waitedMs).toBeLessThan(600);
  });

  it('are told apart when the shadow has to wait: it gives way, and is no error of the candidate', async () => {
    const authority = await pool.connect();
    await authority.query('begin');
    await authority.query(lockRow);
    const report = await shadowed(() => db.query(lockRow));
    expect(report).toMatchObject({ compared: 0, shed: { 'gave-way': 1 }, faults: 0 });
    await authority.query('commit');
    authority.release();
    expect(await rowsOf('accounts')).toMatchObject([{ cents: 99 }, { cents: 5 }]);
  });

  it('cannot lock each other up: of two that wait in a circle, the shadow gives way', async () => {
    const authority = await pool.connect();
    await authority.query('begin');
    await authority.query(lockRow);
    const fn = working(async () => {
      await db.query("update accounts set cents = 0 where id = 'b'");
      await db.query("update accounts set cents = 0 where id = 'a'");
    });
    await fn();
    await until(async () => (await lockHolders()) > 0 || fn.report().shed['gave-way'] > 0);
    // Waits for the shadow at most until the shadow's own wait has been given up.
    await authority.query("update accounts set cents = cents - 1 where id = 'b'");
    await authority.query('commit');
    authority.release();
    await fn.settled();
    expect(fn.report()).toMatchObject({ compared: 0, shed: { 'gave-way': 1 } });
    expect(await rowsOf('accounts')).toMatchObject([{ cents: 99 }, { cents: 4 }]);
  });

  it('are apart again when the shadow sleeps in a statement, even one that switched off its limit', async () => {
    const sleeping = await shadowed(async () => {
      await db.query(lockRow);
      await db.query('select pg_sleep(60)');
    });
    expect(sleeping.shed['gave-way']).toBe(1);
    const stubborn = working(
      async () => {
        await db.query(lockRow);
        await db.query('set statement_timeout = 0');
        await db.query('select pg_sleep(60)');
      },
      { timeoutMs: 100 },
    );
    await stubborn();
    await stubborn.settled();
    expect(stubborn.report().verdicts.timeout).toBe(1);
    await db.query(lockRow);
    expect(await rowsOf('accounts')).toMatchObject([{ cents: 99 }, { cents: 5 }]);
  }, 20_000);

  it('are apart again when the shadow stands idle with what it has', async () => {
    const idle = rolledBack(pool, { idleTimeoutMs: 50 });
    const fn = working(
      async () => {
        await idle.query(lockRow);
        await new Promise((resolve) => setTimeout(resolve, 400));
        await idle.query(lockRow);
      },
      { timeoutMs: 5_000 },
    );
    await fn();
    await fn.settled();
    expect(fn.report()).toMatchObject({ compared: 0, shed: { 'gave-way': 1 } });
  });

  const lockHolders = async (): Promise<number> => {
    const { rows } = await pool.query(
      `select count(*)::int as n from pg_locks join pg_stat_activity using (pid)
       where application_name = 'falsework shadow' and relation = 'accounts'::regclass`,
    );
    return rows[0].n as number;
  };

  async function until(holds: () => Promise<boolean>): Promise<void> {
    while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 5));
  }
});

describe.skipIf(missing !== null)(missing ?? 'shadow runs without a database to be had', () => {
  it('are shed, and callers do not notice', async () => {
    const nowhere = rolledBack(pool, {
      connection: { host: '127.0.0.1', port: 1, user: 'nobody', database: 'none' },
    });
    const report = await shadowed(() => nowhere.query(insert));
    expect(report).toMatchObject({ compared: 0, shed: { fault: 1 } });
  });

  it('are shed where the role may not make the table that bars a commit', async () => {
    await pool.query("create role bare login password 'bare'");
    const { rows } = await pool.query('select current_database() as name');
    await pool.query(`revoke temporary on database ${rows[0].name} from public`);
    const { port } = new URL(pool.options.connectionString as string);
    const bare = rolledBack(pool, {
      connection: {
        host: '127.0.0.1',
        port: Number(port),
        user: 'bare',
        password: 'bare',
        database: rows[0].name,
      },
    });
    await pool.query('grant insert on entries to bare; grant usage on entries_id_seq to bare');
    const report = await shadowed(() => bare.query(insert));
    expect(report).toMatchObject({ compared: 0, shed: { fault: 1 } });
    expect(await rowsOf('entries')).toEqual([]);
  });

  it('leave the pool as it is for everybody else', async () => {
    expect((await db.query('select 1 as n')).rows).toEqual([{ n: 1 }]);
    const client = await db.connect();
    await client.query('begin');
    await client.query(insert);
    await client.query('commit');
    client.release();
    expect(await rowsOf('entries')).toHaveLength(1);
    expect(db.totalCount).toBe(pool.totalCount);
  });
});
