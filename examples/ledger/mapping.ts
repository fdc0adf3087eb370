import { type MigrationConfig, sql, table } from 'falsework';

type DataConfig = NonNullable<MigrationConfig['data']>;

const CENTS = sql`(case dc when 'D' then amount else -amount end * 100)::bigint`;
const UNSIGNED = sql`abs(cents) / 100.0`;

/** How the tables of the old ledger become those of the new one, and how they go back. */
export const LEDGER_TABLES: DataConfig['tables'] = {
  accounts: {
    to: 'account',
    columns: {
      id: 'acct_no',
      owner: 'owner_name',
      class: sql`case kind when 'A' then 'asset' when 'L' then 'liability' when 'E' then 'equity'
                           when 'I' then 'income' else 'expense' end`,
      currency: sql`ccy::text`,
      opened_at: sql`opened at time zone 'UTC'`,
      is_closed: 'closed',
    },
    back: {
      acct_no: 'id',
      kind: sql`case class when 'asset' then 'A' when 'liability' then 'L' when 'equity' then 'E'
                           when 'income' then 'I' else 'X' end`,
      ccy: sql`currency`,
      cohort: sql`cohort`,
      opened: sql`opened_at at time zone 'UTC'`,
    },
  },
  journal: {
    to: 'entry',
    columns: { id: 'jrn_id', booked_at: sql`posted_at at time zone 'UTC'` },
    back: { posted_at: sql`booked_at at time zone 'UTC'`, batch: sql`batch` },
  },
  postings: {
    to: 'line',
    columns: { entry_id: 'jrn_id', account_id: 'acct_no', cents: CENTS },
    back: {
      acct_no: 'account_id',
      dc: sql`case when cents > 0 then 'D' else 'C' end`,
      amount: UNSIGNED,
    },
  },
  holds: {
    to: 'hold',
    columns: { ref: 'hold_ref', account_id: 'acct_no', cents: sql`(amount * 100)::bigint` },
    back: { acct_no: 'account_id', amount: UNSIGNED },
  },
  month_close: {
    to: 'closing',
    columns: { month: 'close_month', account_id: 'acct_no', cents: sql`(balance * 100)::bigint` },
    back: { acct_no: 'account_id', balance: sql`cents / 100.0` },
  },
};

/**
 * Which account a row of each table belongs to, for readers who must see what they have just
 * written; `null` for tables that they do not look at.
 */
export const LEDGER_KEYS = {
  legacy: {
    accounts: null,
    journal: null,
    postings: 'acct_no',
    holds: 'acct_no',
    month_close: null,
  },
  candidate: { account: null, entry: null, line: 'account_id', hold: 'account_id', closing: null },
} as const;

/** What must be the same on both stores whatever the rows look like. */
export const LEDGER_INVARIANTS: NonNullable<DataConfig['invariants']> = {
  balanced: sql`select coalesce(sum(cents), 0) from ${table('postings')}`,
  balances: sql`select account_id, sum(cents) from ${table('postings')} group by 1 order by 1`,
  held: sql`select count(*), coalesce(sum(cents), 0) from ${table('holds')}`,
};
