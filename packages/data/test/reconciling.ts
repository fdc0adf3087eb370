import type { PostgresServer } from '@falsework/testkit/postgres';
import { captureNames } from '../src/capture/names.ts';
import type { Feed } from '../src/drain/feed.ts';
import type { DataPlanInput } from '../src/mapping/plan-input.ts';
import { column, sql } from '../src/mapping/sql.ts';
import type { TableMapping } from '../src/mapping/table-mapping.ts';
import type { Database } from '../src/postgres/database.ts';
import { quoteRelation } from '../src/postgres/quote.ts';
import { installRogueWatch } from '../src/reconcile/rogue-watch.ts';
import { ask, drainAll, execute, startedFeed, type TwoStores, twoStores } from './stores.ts';

/** Two servers with accounts on them: half were copied, half came through the drain. */
export interface Accounts {
  readonly stores: TwoStores;
  readonly feed: Feed;
  readonly mapping: TableMapping;
}

export const ACCOUNTS: DataPlanInput['tables'] = {
  accounts: {
    to: 'ledger_accounts',
    columns: {
      account_id: 'id',
      amount_cents: sql`round(${column('amount')} * ${100})`,
      opened_at: 'at',
      remark: { isOwn: true },
    },
    back: { amount: sql`${column('amount_cents')} / ${100}.0`, mood: sql`${column('mood')}` },
  },
};

const LEGACY = `
  create type mood as enum ('good', 'bad');
  create table accounts (id int primary key, owner text, note text, amount numeric(12,2) not null,
    rate numeric, mood mood, at timestamptz not null default '2024-02-29 12:00Z')`;

const CANDIDATE = `
  create table ledger_accounts (account_id bigint primary key, owner text, note text,
    amount_cents bigint not null check (amount_cents < 100000000), rate numeric, mood text,
    opened_at timestamptz not null, remark text default 'ours')`;

/** Rows from `from` to `to` for the legacy table. */
export const someAccounts = (from: number, to: number): string =>
  `insert into accounts select i, 'owner ' || i, case when i % 3 > 0 then 'note ' || i end, i + 0.25, 1.0, 'good'
     from generate_series(${from}, ${to}) i`;

const copies = (to: number): string =>
  `insert into ledger_accounts select i, 'owner ' || i, case when i % 3 > 0 then 'note ' || i end, i * 100 + 25, 1.0,
     'good', '2024-02-29 12:00Z' from generate_series(1, ${to}) i`;

/** Accounts 1 to `half` are copied before the feed begins; `drained` more come after it. */
export async function accounts(
  servers: readonly [PostgresServer, PostgresServer],
  {
    half = 20,
    drained = half,
    isWatched = true,
  }: { readonly half?: number; readonly drained?: number; readonly isWatched?: boolean } = {},
): Promise<Accounts> {
  const stores = await twoStores(servers[0], { legacy: LEGACY, candidate: CANDIDATE }, servers[1]);
  await execute(stores.legacy, someAccounts(1, half));
  await execute(stores.candidate, copies(half));
  const feed = await startedFeed(stores, { tables: ACCOUNTS });
  if (isWatched) await installRogueWatch(feed);
  await execute(stores.legacy, someAccounts(half + 1, half + drained));
  await drainAll(feed);
  return { stores, feed, mapping: feed.mappings[0] as TableMapping };
}

/** Writes that nobody is told of: capture and the watch take them for our own. */
export function quietly(database: Database, feed: Feed, statements: string): Promise<void> {
  return execute(
    database,
    `begin; set local falsework.origin = '${feed.schema}'; ${statements}; commit`,
  );
}

/** The table that holds the events of the accounts. */
export function outboxOf({ feed, mapping }: Accounts): string {
  return quoteRelation(captureNames(feed.schema, mapping.source).outbox);
}

/** Divergences that are open, as `key kind`, in the order of their keys. */
export async function openDivergences({ stores, feed }: Accounts): Promise<string[]> {
  const rows = await ask(
    stores.candidate,
    `select key[1] || ' ' || kind from "${feed.schema}".reconcile_divergence
      where resolved_at is null order by key[1]::bigint`,
  );
  return rows.map(([text]) => text ?? '');
}
