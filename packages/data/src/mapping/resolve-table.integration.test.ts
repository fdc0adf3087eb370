import { postgresForTests } from '@falsework/testkit/postgres';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import {
  ask,
  execute,
  planOf,
  resolved,
  type Tables,
  type TwoStores,
  twoStores,
} from '../../test/stores.ts';
import { planData } from '../plan/plan-data.ts';
import { mappedRows } from './mapped-sql.ts';
import type { DataPlanInput } from './plan-input.ts';
import { column, sql } from './sql.ts';

const { server, missing } = await postgresForTests();
const open: TwoStores[] = [];

afterEach(async () => {
  for (const stores of open.splice(0)) await stores.close();
});
afterAll(() => server?.stop());

async function stores(tables: Tables): Promise<TwoStores> {
  const made = await twoStores(server as NonNullable<typeof server>, tables);
  open.push(made);
  return made;
}

async function refusals(tables: Tables, plan: DataPlanInput['tables']): Promise<string[]> {
  const made = await stores(tables);
  const { refused, resolved: whole } = await planData(planOf(made, plan), made, {
    capture: 'trigger',
  });
  expect(whole === null).toBe(refused.length > 0);
  return refused.map(({ code, message }) => `${code} ${message}`);
}

describe.skipIf(missing !== null)(missing ?? 'a mapping', () => {
  it('takes columns of the same name without being told', async () => {
    const made = await stores({
      legacy: 'create table a (id bigint primary key, note text)',
      candidate: 'create table b (note text, id bigint primary key)',
    });
    const { forward, reverse, blockers } = await resolved(made, { a: { to: 'b' } });
    expect(forward[0]?.key.map(({ name }) => name)).toEqual(['id']);
    expect(forward[0]?.columns.map(({ from }) => from)).toEqual(['note']);
    expect(reverse[0]?.follower).toEqual({ schema: 'public', table: 'a' });
    expect(blockers).toEqual([]);
  });

  it('renames, splits, merges, converts and fills in constants, in the database', async () => {
    const made = await stores({
      legacy: `create table people (id int primary key, name text not null, street text, town text,
                 amount numeric(12,2) not null);
               insert into people values (1, 'Ada Lovelace', 'St James''s Sq', 'London', 10.05)`,
      candidate: `create table persons (person_id bigint primary key, first_name text, last_name text,
                 address text, amount_cents bigint not null, origin text not null, seen_at timestamptz)`,
    });
    const { forward, blockers } = await resolved(made, {
      people: {
        to: 'persons',
        columns: {
          person_id: 'id',
          first_name: sql`split_part(name, ' ', 1)`,
          last_name: sql`split_part(name, ' ', 2)`,
          address: sql`concat_ws(', ', ${column('street')}, town)`,
          amount_cents: sql`round(amount * ${100})`,
          origin: { constant: "it's \\legacy" },
          seen_at: { isOwn: true },
        },
        back: {
          name: sql`first_name || ' ' || last_name`,
          amount: sql`amount_cents / 100.0`,
        },
      },
    });
    const [row] = await ask(made.legacy, mappedRows(forward[0] as (typeof forward)[0]));
    expect(row).toEqual(['1', 'Ada', 'Lovelace', "St James's Sq, London", '1005', "it's \\legacy"]);
    expect(blockers.map(({ column: name, because }) => [name, because])).toEqual([
      ['id', 'bigint back to integer refuses or loses what does not fit'],
      ['street', 'nothing says how to make it from the follower'],
      ['town', 'nothing says how to make it from the follower'],
      ['seen_at', 'only the follower has it, and no column parks it'],
    ]);
  });

  it('follows composite keys in the order of the follower’s index', async () => {
    const made = await stores({
      legacy: 'create table a (x int, y text, z int, primary key (x, y))',
      candidate: 'create table a (y text, x int, z int, primary key (y, x))',
    });
    const { forward } = await resolved(made, { a: { to: 'a' } });
    expect(forward[0]?.sourceKey.map(({ name }) => name)).toEqual(['x', 'y']);
    expect(forward[0]?.key.map(({ name }) => name)).toEqual(['y', 'x']);
  });

  it('orders keys of text byte by byte, whatever the collation', async () => {
    const made = await stores({
      legacy: 'create table a (k text collate "und-x-icu" primary key)',
      candidate: 'create table a (k text collate "C" primary key)',
    });
    const { forward } = await resolved(made, { a: { to: 'a' } });
    expect(forward[0]?.key[0]).toMatchObject({
      sourceOrder: '"k" COLLATE "C"',
      followerOrder: '"k"',
    });
  });

  it('carries names that would be keywords or end their own quotation', async () => {
    const made = await stores({
      legacy: `create schema "Old ""one"; create table "Old ""one"."select" ("from" int primary key, "a""b" text);
               insert into "Old ""one"."select" values (1, 'x')`,
      candidate: 'create table "user" ("from" int primary key, "where" text)',
    });
    const { forward } = await resolved(made, {
      '"Old ""one"."select"': { to: '"user"', columns: { where: 'a"b' } },
    });
    expect(await ask(made.legacy, mappedRows(forward[0] as (typeof forward)[0]))).toEqual([
      ['1', 'x'],
    ]);
  });

  it('splits one table by rows into two', async () => {
    const made = await stores({
      legacy: `create table a (id int primary key, kind text not null);
               insert into a values (1, 'x'), (2, 'y')`,
      candidate: `create table xs (id int primary key); create table ys (id int primary key)`,
    });
    const part = (to: string, kind: string): DataPlanInput['tables'][string] => ({
      to,
      where: sql`kind = ${kind}`,
      dropped: { kind: 'it is in the name of the table' },
      back: { kind: sql`${kind}` },
    });
    const { forward } = await resolved(made, {
      a: [part('xs', 'x'), part('ys', 'y')] as DataPlanInput['tables'][string],
    });
    expect(await Promise.all(forward.map((one) => ask(made.legacy, mappedRows(one))))).toEqual([
      [['1']],
      [['2']],
    ]);
    expect(new Set(forward.map(({ id }) => id)).size).toBe(2);
  });

  it('changes its definition with anything that changes what is written', async () => {
    const made = await stores({
      legacy: 'create table a (id int primary key, n numeric)',
      candidate: 'create table a (id int primary key, n numeric)',
    });
    const one = await resolved(made, { a: { to: 'a' } });
    const two = await resolved(made, { a: { to: 'a', columns: { n: sql`n + 1` } } });
    expect(one.forward[0]?.id).toBe(two.forward[0]?.id);
    expect(one.forward[0]?.definition).not.toBe(two.forward[0]?.definition);
  });

  it('writes tables that others refer to first, and last on the way back', async () => {
    const tables = `create table entries (id int primary key, account int not null);
      create table accounts (id int primary key);
      alter table entries add foreign key (account) references accounts`;
    const made = await stores({ legacy: tables, candidate: tables });
    const { forward } = await resolved(made, {
      entries: { to: 'entries' },
      accounts: { to: 'accounts' },
    });
    expect(forward.map(({ follower }) => follower.table)).toEqual(['accounts', 'entries']);
  });
});

const PLAIN = 'create table a (id int primary key, n numeric(10,2), t text)';

describe.skipIf(missing !== null)(missing ?? 'a mapping that does not hold together', () => {
  const cases: readonly {
    readonly title: string;
    readonly tables: Tables;
    readonly plan: DataPlanInput['tables'];
    readonly says: readonly RegExp[];
  }[] = [
    {
      title: 'names the table that is not there',
      tables: { legacy: PLAIN, candidate: PLAIN },
      plan: { b: { to: 'a' } },
      says: [/FW_DATA_TABLE .*Table b .*no such table/],
    },
    {
      title: 'names the column that nothing fills, and the one that goes nowhere',
      tables: {
        legacy: PLAIN,
        candidate: 'create table a (id int primary key, n numeric(10,2), tt text)',
      },
      plan: { a: { to: 'a' } },
      says: [
        /FW_DATA_COLUMN .*Column tt of public.a: nothing fills it/,
        /FW_DATA_COLUMN .*Column t of public.a: it goes nowhere/,
      ],
    },
    {
      title: 'offers the nearest name for one that is misspelt',
      tables: { legacy: PLAIN, candidate: PLAIN },
      plan: { a: { to: 'a', columns: { n: 'm', ttt: 't' }, dropped: { idd: 'x', n: 'x' } } },
      says: [
        /Column n .*has no column m; the nearest is n/,
        /Column ttt .*no such column/,
        /Column idd .*nearest is id/,
      ],
    },
    {
      title: 'refuses a loss that is not declared',
      tables: {
        legacy: PLAIN,
        candidate: 'create table a (id smallint primary key, n numeric(10,1), t varchar(5))',
      },
      plan: { a: { to: 'a' } },
      says: [
        /Column id .*integer to smallint loses/,
        /Column n .*numeric\(10,2\) to numeric\(10,1\) loses/,
        /Column t .*text to character varying\(5\) loses/,
      ],
    },
    {
      title: 'refuses types between which there is no way',
      tables: { legacy: PLAIN, candidate: 'create table a (id int primary key, n uuid, t point)' },
      plan: { a: { to: 'a' } },
      says: [
        /Column n .*no way from numeric\(10,2\) to uuid/,
        /Column t .*no way from text to point/,
      ],
    },
    {
      title: 'refuses a table without a key on either side',
      tables: {
        legacy: 'create table a (id int)',
        candidate: 'create table a (id int, unique (id))',
      },
      plan: { a: { to: 'a' } },
      says: [/FW_DATA_KEY .*public.a .*neither a primary key nor a unique index/],
    },
    {
      title: 'refuses a generated column that is to be written',
      tables: {
        legacy: 'create table a (id int primary key, n int)',
        candidate: 'create table a (id int primary key, n int generated always as (id + 1) stored)',
      },
      plan: { a: { to: 'a', columns: { n: 'n' } } },
      says: [/Column n .*generated from other columns/],
    },
    {
      title: 'refuses a column of the follower’s own that may not stay empty',
      tables: {
        legacy: 'create table a (id int primary key)',
        candidate: 'create table a (id int primary key, x int not null)',
      },
      plan: { a: { to: 'a', columns: { x: { isOwn: true } } } },
      says: [/Column x .*NOT NULL and has no default/],
    },
    {
      title: 'says what the server has against an expression',
      tables: { legacy: PLAIN, candidate: PLAIN },
      plan: { a: { to: 'a', columns: { t: sql`t || nonsense`, n: sql`n +` } } },
      says: [/Column n .*syntax error/, /Column t .*column "nonsense" does not exist/],
    },
    {
      title: 'refuses a key that is made of more than the source’s key',
      tables: {
        legacy: PLAIN,
        candidate: 'create table a (id text primary key, n numeric(10,2), t text)',
      },
      plan: { a: { to: 'a', columns: { id: sql`id || t` }, back: { id: sql`left(id, 1)::int` } } },
      says: [/Column id .*not made of the source’s key alone/],
    },
    {
      title: 'says what the server has against a filter, on either side',
      tables: { legacy: PLAIN, candidate: PLAIN },
      plan: { a: { to: 'a', where: sql`nothing > 1`, toWhere: sql`nowhere > 1` } },
      says: [/of legacy .*"nothing" does not exist/, /of candidate .*"nowhere" does not exist/],
    },
    {
      title: 'refuses tables that lose rows by themselves',
      tables: {
        legacy:
          'create unlogged table a (id int primary key); create table b (id int primary key) partition by range (id); create table b1 partition of b for values from (0) to (9)',
        candidate: 'create table a (id int primary key); create view b1 as select 1 as id',
      },
      plan: { a: { to: 'a' }, b1: { to: 'b1' } },
      says: [
        /unlogged: a crash empties it/,
        /it is a partition: name the table/,
        /it is not a table/,
      ],
    },
  ];

  it.each(cases)('$title', async ({ tables, plan, says }) => {
    const refused = await refusals(tables, plan);
    for (const each of says) expect(refused.join('\n')).toMatch(each);
  });

  it('takes a loss that is declared, and is then not rollback-safe', async () => {
    const made = await stores({
      legacy: PLAIN,
      candidate: 'create table a (id int primary key, n numeric(10,1), t text)',
    });
    const { blockers } = await resolved(made, {
      a: { to: 'a', columns: { n: { from: 'n', lossy: 'tenths are all that is ever shown' } } },
    });
    expect(blockers).toEqual([
      { table: 'public.a', column: 'n', because: 'tenths are all that is ever shown' },
    ]);
  });

  it('refuses rows that row security would hide from the role', async () => {
    const made = await stores({ legacy: PLAIN, candidate: PLAIN });
    await execute(
      made.legacy,
      `create role hidden_reader login password 'x'; grant select, trigger on a to hidden_reader;
       grant create on database ${new URL(made.legacy.url).pathname.slice(1)} to hidden_reader;
       alter table a enable row level security`,
    );
    const url = new URL(made.legacy.url);
    url.username = 'hidden_reader';
    url.password = 'x';
    const { openDatabase } = await import('../postgres/database.ts');
    const legacy = openDatabase({ url: url.href, label: 'legacy' });
    const { refused } = await planData(
      planOf(made, { a: { to: 'a' } }),
      { ...made, legacy },
      { capture: 'trigger' },
    );
    await legacy.close();
    expect(refused.map(({ message }) => message).join()).toMatch(/row security hides rows/);
  });
});
