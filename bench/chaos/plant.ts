import { bookkeepingSchema } from '@falsework/data';
import type pg from 'pg';
import type { History } from './history.ts';
import { MIGRATION } from './tables.ts';

/** What can be done wrong on purpose, to see that a run finds it. */
export const PLANTS = ['lost', 'twice', 'resurrected'] as const;

/** What is done wrong. */
export type Plant = (typeof PLANTS)[number];

const STATEMENTS: Readonly<Record<Plant, string>> = {
  lost: 'delete from ledger_accounts where account_id = (select max(account_id) from ledger_accounts)',
  twice: `insert into ledger_accounts (account_id, owner, amount_cents)
    select 1000000, owner, amount_cents from ledger_accounts order by account_id limit 1`,
  resurrected: `insert into ledger_accounts (account_id, owner, amount_cents) values (1000000, $1, 1)`,
};

/** Does it to the candidate's store, in the drain's name: nobody but the audit is to notice. */
export async function plantFault(client: pg.Client, plant: Plant, history: History): Promise<void> {
  await client.query('begin');
  await client.query(`select set_config('falsework.origin', $1, true)`, [
    bookkeepingSchema(MIGRATION),
  ]);
  await client.query(STATEMENTS[plant], plant === 'resurrected' ? [history.deleted] : []);
  await client.query('commit');
}
