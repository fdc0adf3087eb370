import { postgresForTests } from '@falsework/testkit/postgres';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { execute, planOf, type Tables, type TwoStores, twoStores } from '../../test/stores.ts';
import type { CaptureKind } from '../capture/registry.ts';
import type { DataPlanInput } from '../mapping/plan-input.ts';
import { openDatabase } from '../postgres/database.ts';
import { explainPlan } from './explain-plan.ts';
import { type DataPlan, planData } from './plan-data.ts';

const { server, missing } = await postgresForTests();
const open: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});
afterAll(() => server?.stop());

async function planned(
  tables: Tables,
  plan: DataPlanInput['tables'],
  capture: CaptureKind = 'trigger',
): Promise<DataPlan> {
  const stores = await made(tables);
  return planData(planOf(stores, plan), stores, { capture });
}

async function made(tables: Tables): Promise<TwoStores> {
  const stores = await twoStores(server as NonNullable<typeof server>, tables);
  open.push(stores);
  return stores;
}

/** The legacy store as a role sees it that may do little. */
async function asGuest(stores: TwoStores, grants: string): Promise<TwoStores> {
  const url = new URL(stores.legacy.url);
  const name = `guest_of_${url.pathname.slice(1)}`;
  await execute(
    stores.legacy,
    `create role ${name} login password 'x'; ${grants.replaceAll('GUEST', name)}`,
  );
  url.username = name;
  url.password = 'x';
  const legacy = openDatabase({ url: url.href, label: 'legacy' });
  open.unshift(legacy);
  return { ...stores, legacy };
}

const PLAIN = 'create table a (id int primary key, n numeric(10,2))';
const kinds = ({ findings }: DataPlan): string[] =>
  findings.map(({ kind, subject, column }) => [kind, subject, column].join(' ').trim());

describe.skipIf(missing !== null)(missing ?? 'a plan', () => {
  it('has nothing to tell of two tables that are alike', async () => {
    const plan = await planned({ legacy: PLAIN, candidate: PLAIN }, { a: { to: 'a' } });
    expect(plan).toMatchObject({ refused: [], findings: [], blockers: [] });
    expect(explainPlan(plan).at(-1)).toBe('Rollback-safe: every column has its way back.');
  });

  it('names types that are compared by their text, and why', async () => {
    const tables = `create type mood as enum ('a'); create table a (id int primary key, m mood, p point, j json, r int4range, x text[], y bit(3)[])`;
    const plan = await planned({ legacy: tables, candidate: tables }, { a: { to: 'a' } });
    expect(kinds(plan)).toEqual(
      ['m', 'p', 'r', 'y'].map((name) => `text-compared public.a ${name}`),
    );
    expect(plan.findings[0]?.because).toMatch(/enum are hashed by object ids/);
  });

  it('names an order of keys that no index has', async () => {
    const plan = await planned(
      {
        legacy: 'create table a (k text collate "und-x-icu" primary key)',
        candidate: 'create table a (k text collate "und-x-icu" primary key)',
      },
      { a: { to: 'a' } },
    );
    expect(kinds(plan)).toEqual(['unindexed-key public.a', 'unindexed-key public.a']);
    expect(plan.findings[0]?.because).toContain('"k" COLLATE "C"');
  });

  it('names sequences that are to be moved, and keys of the follower’s that lead out of the plan', async () => {
    const stores = await made({
      legacy: 'create table a (id int primary key, b int)',
      candidate:
        'create table b (id serial primary key); create table a (id int generated always as identity primary key, b int references b)',
    });
    const plan = await planData(planOf(stores, { a: { to: 'a' } }), stores, { capture: 'trigger' });
    expect(kinds(plan)).toEqual(['sequence public.a id']);
    expect(plan.findings[0]?.because).toContain('public.a_id_seq');
  });

  it('names triggers and references that a small role cannot pass by', async () => {
    const tables = `create table b (id int primary key); create table a (id int primary key, b int references b);
      create function stop() returns trigger language plpgsql as 'begin return new; end';
      create trigger stop_it before insert on a for each row execute function stop()`;
    const stores = await made({ legacy: tables, candidate: tables });
    const small = await asGuest(
      { ...stores, legacy: stores.candidate },
      'grant all on a, b to GUEST; grant create on database DATABASE to GUEST'.replace(
        'DATABASE',
        new URL(stores.candidate.url).pathname.slice(1),
      ),
    );
    const plan = await planData(
      planOf(stores, { a: { to: 'a' } }),
      { legacy: stores.legacy, candidate: small.legacy },
      { capture: 'trigger' },
    );
    expect(plan.refused).toEqual([]);
    expect(kinds(plan)).toEqual(['follower-trigger public.a', 'foreign-key public.a']);
  });

  it('refuses a role that may not do what it takes, and says what is missing', async () => {
    const stores = await made({ legacy: PLAIN, candidate: PLAIN });
    const small = await asGuest(stores, 'grant select on a to GUEST');
    const plan = await planData(planOf(stores, { a: { to: 'a' } }), small, { capture: 'trigger' });
    const messages = plan.refused.map(({ code, message }) => `${code} ${message}`).join('\n');
    expect(messages).toMatch(/FW_DATA_SERVER .*may not create a schema/);
    expect(messages).toMatch(/FW_DATA_SERVER .*may not trigger on public.a/);
    expect(plan.resolved).toBeNull();
  });

  it('tells a role that does not own its tables what will pass capture by', async () => {
    const stores = await made({ legacy: PLAIN, candidate: PLAIN });
    const small = await asGuest(
      stores,
      `grant select, trigger on a to GUEST; grant create on database ${new URL(stores.legacy.url).pathname.slice(1)} to GUEST`,
    );
    const plan = await planData(planOf(stores, { a: { to: 'a' } }), small, { capture: 'trigger' });
    expect(plan.refused).toEqual([]);
    expect(kinds(plan)).toEqual(['bypass public.a']);
  });

  it('refuses the log of a server that does not keep enough of it, and one store taken twice', async () => {
    const stores = await made({ legacy: PLAIN, candidate: PLAIN });
    const plan = await planData(
      planOf(stores, { a: { to: 'a' } }),
      { legacy: stores.legacy, candidate: stores.legacy },
      { capture: 'logical' },
    );
    const messages = plan.refused.map(({ message }) => message).join('\n');
    expect(messages).toContain('both stores are one and the same database');
    expect(messages).toContain('wal_level is replica');
  });

  it('says what capture costs, by how often each table is written', async () => {
    const stores = await made({ legacy: PLAIN, candidate: PLAIN });
    await execute(stores.legacy, 'insert into a select g, 0 from generate_series(1, 1000) g');
    const triggers = await planData(planOf(stores, { a: { to: 'a' } }), stores, {
      capture: 'trigger',
    });
    expect(triggers.cost).toMatchObject([{ table: 'public.a', keyColumns: 1 }]);
    expect(triggers.cost[0]?.perRowUs).toBeGreaterThan(0);
    const log = await planData(planOf(stores, { a: { to: 'a' } }), stores, { capture: 'logical' });
    expect(log.cost).toMatchObject([{ perRowUs: 0, bytesPerSecond: 0 }]);
  });

  it('reads like this', async () => {
    const plan = await planned(
      {
        legacy:
          'create table entries (id bigint primary key, amount numeric(12,2), memo text, old text)',
        candidate:
          'create table ledger_entries (id bigint primary key, amount numeric(12,1), memo varchar(10), side text)',
      },
      {
        entries: {
          to: 'ledger_entries',
          columns: {
            amount: { from: 'amount', lossy: 'tenths are all that is shown' },
            memo: 'memo',
            side: { isOwn: true },
          },
          dropped: { old: 'nobody reads it' },
        },
      },
    );
    expect(explainPlan(plan).slice(1)).toEqual([
      'Refused:',
      '  FW_DATA_COLUMN Column memo of public.ledger_entries: text to character varying(10) loses what does not fit, and the loss is not declared. Nothing was changed.',
    ]);
  });
});
