import {
  type PostgresServer,
  type PostgresVersion,
  postgresForTests,
} from '@falsework/testkit/postgres';
import { afterAll, describe, expect, it } from 'vitest';
import { ask, drainAll, execute, planOf, startedFeed, twoStores } from '../../test/stores.ts';
import { VERSION_PAIRS } from '../../test/thorough.ts';
import { uninstallCapture } from '../capture/install.ts';
import { planData } from '../plan/plan-data.ts';
import { presentInstant } from './follower.ts';
import { measureLag } from './lag.ts';

const TABLES = `
  create type mood as enum ('sad', 'glad');
  create table account (id bigint generated always as identity primary key, name text not null);
  create table entry (account bigint not null references account, no int not null,
    at timestamptz not null,
    amount numeric(12,2) not null, mood mood, tags text[], doc jsonb, primary key (account, no))`;

const PLAN = { account: { to: 'account' }, entry: { to: 'entry' } };

const FILL = `
  insert into account (name) select 'a' || g from generate_series(1, 50) g;
  insert into entry select 1 + g % 50, g, '2026-11-21 05:40:44.123456+00', g / 100.0, 'glad', '{a,"b c"}', '{"n": 1.0}'
    from generate_series(1, 500) g;
  update entry set amount = amount + 0.01 where no % 3 = 0;
  delete from entry where no % 7 = 0; delete from account where id = 51`;

const servers = new Map<PostgresVersion, PostgresServer>();

async function serverOf(version: PostgresVersion): Promise<PostgresServer> {
  const started = servers.get(version);
  if (started !== undefined) return started;
  const { server, missing } = await postgresForTests({
    version,
    flags: ['-c', 'wal_level=logical'],
  });
  if (server === null) throw new Error(missing ?? 'no server');
  servers.set(version, server);
  return server;
}

afterAll(async () => {
  for (const server of servers.values()) await server.stop();
});

describe('the servers that are supported', () => {
  it.each(VERSION_PAIRS)(
    'PostgreSQL %i is captured, drained into %i and left clean, by triggers and by the log',
    async (from, to) => {
      const [source, follower] = [await serverOf(from), await serverOf(to)];
      for (const capture of ['trigger', 'logical'] as const) {
        const stores = await twoStores(source, { legacy: TABLES, candidate: TABLES }, follower);
        const plan = await planData(planOf(stores, PLAN), stores, { capture });
        expect(plan.refused).toEqual([]);
        expect(plan.legacy.major).toBe(from);
        const feed = await startedFeed(stores, { tables: PLAN, capture });
        await execute(stores.legacy, FILL);
        await drainAll(feed);
        expect(await measureLag(feed, null)).toMatchObject({ rows: 0, deadLetters: 0 });
        for (const table of ['account', 'entry']) {
          const all = `select * from ${table} order by 1, 2`;
          const rows = await ask(stores.candidate, all);
          expect(rows).toEqual(await ask(stores.legacy, all));
          expect(rows.length).toBeGreaterThan(49);
        }
        await feed.changes.forget(feed.source, (await presentInstant(feed)).snapshot);
        if ('close' in feed.changes) await (feed.changes as { close(): Promise<void> }).close();
        await uninstallCapture(stores.legacy, 'ledger');
        const left = `select 1 from pg_namespace where nspname like 'falsework%'
                        union all select 1 from pg_trigger where tgname like 'falsework%'`;
        expect(await ask(stores.legacy, left)).toEqual([]);
        await stores.close();
      }
    },
  );
});
