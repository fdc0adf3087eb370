import type { Database, Session } from '@falsework/data';
import type { Entry, Hold, StoreContents } from './book.ts';

/** The writes and reads of a ledger, as its callers know them; one per schema. */
export interface LedgerStore {
  openAccount(session: Session, account: Account): Promise<void>;
  post(session: Session, entry: Entry): Promise<void>;
  placeHold(session: Session, hold: Hold): Promise<void>;
  changeHold(session: Session, hold: Hold): Promise<void>;
  releaseHold(session: Session, ref: string): Promise<void>;
  /** Books the balance of every account at the end of a month, again if it was closed before. */
  closeMonth(session: Session, month: string): Promise<void>;
  contents(database: Database): Promise<StoreContents>;
  /** What the supervisor is handed: one line per account, in text that must match exactly. */
  report(session: Session): Promise<string>;
}

/** An account as it is opened. */
export interface Account {
  readonly id: string;
  readonly owner: string;
  readonly kind: 'A' | 'L' | 'E' | 'I' | 'X';
  readonly cohort: 'internal' | 'public';
}

interface Words {
  readonly account: string;
  readonly entry: string;
  readonly line: string;
  readonly hold: string;
  readonly change: string;
  readonly release: string;
  readonly close: string;
  readonly entries: string;
  readonly holds: string;
  readonly closings: string;
  readonly report: string;
}

const LEGACY: Words = {
  account: `insert into accounts values ($1, $2, $3, 'EUR', $4, timestamp '2024-01-01')`,
  entry: `insert into journal (ref, posted_at, memo, batch)
    values ($1, $2::timestamptz at time zone 'UTC', $3, $4) returning jrn_id`,
  line: `insert into postings values ($1, $2, $3,
    case when $4::bigint > 0 then 'D' else 'C' end, abs($4::bigint) / 100.0)`,
  hold: 'insert into holds values ($1, $2, $3::bigint / 100.0, $4)',
  change:
    'update holds set acct_no = $2, amount = $3::bigint / 100.0, reason = $4 where hold_ref = $1',
  release: 'delete from holds where hold_ref = $1',
  close: `insert into month_close
    select $1::date, acct_no, coalesce(sum(case dc when 'D' then amount else -amount end)
                                         filter (where posted_at < $1::date + interval '1 month'), 0)
      from accounts left join (postings join journal using (jrn_id)) using (acct_no)
     group by acct_no
    on conflict (close_month, acct_no) do update set balance = excluded.balance`,
  entries: `select ref, acct_no, (case dc when 'D' then amount else -amount end * 100)::bigint
    from journal join postings using (jrn_id)`,
  holds: 'select hold_ref, acct_no, (amount * 100)::bigint, reason from holds',
  closings: 'select close_month, acct_no, (balance * 100)::bigint from month_close',
  report: `select string_agg(concat_ws(' ', acct_no, kind, debits, credits, lines), e'\\n'
                             order by acct_no collate "C")
    from (select acct_no, kind, count(line_no) as lines,
                 coalesce(sum(amount) filter (where dc = 'D'), 0.00) as debits,
                 coalesce(sum(amount) filter (where dc = 'C'), 0.00) as credits
            from accounts left join postings using (acct_no) group by acct_no, kind) as r`,
};

const CANDIDATE: Words = {
  account: `insert into account values ($1, $2, (array['asset', 'liability', 'equity', 'income',
    'expense'])[strpos('ALEIX', $3)]::account_class, 'EUR', $4, timestamptz '2024-01-01 00:00Z', false)`,
  entry: 'insert into entry (ref, booked_at, memo, batch) values ($1, $2, $3, $4) returning id',
  line: 'insert into line values ($1, $2, $3, $4)',
  hold: 'insert into hold values ($1, $2, $3, $4)',
  change: 'update hold set account_id = $2, cents = $3, reason = $4 where ref = $1',
  release: 'delete from hold where ref = $1',
  close: `insert into closing
    select $1::date, a.id, coalesce(sum(cents) filter (
             where booked_at < ($1::date + interval '1 month') at time zone 'UTC'), 0)
      from account a left join (line join entry e on e.id = entry_id) on account_id = a.id
     group by a.id
    on conflict (month, account_id) do update set cents = excluded.cents`,
  entries: 'select e.ref, l.account_id, l.cents from entry e join line l on l.entry_id = e.id',
  holds: 'select ref, account_id, cents, reason from hold',
  closings: 'select month, account_id, cents from closing',
  report: `select string_agg(concat_ws(' ', id, kind, debits, credits, lines), e'\\n'
                             order by id collate "C")
    from (select a.id, count(line_no) as lines,
                 case class when 'asset' then 'A' when 'liability' then 'L' when 'equity' then 'E'
                            when 'income' then 'I' else 'X' end as kind,
                 (coalesce(sum(cents) filter (where cents > 0), 0) / 100)::numeric(16,2) as debits,
                 (coalesce(-sum(cents) filter (where cents < 0), 0) / 100)::numeric(16,2) as credits
            from account a left join line l on l.account_id = a.id group by a.id, class) as r`,
};

/** The ledger on the old schema. */
export const legacyLedger: LedgerStore = storeOf(LEGACY);
/** The ledger on the new one. */
export const candidateLedger: LedgerStore = storeOf(CANDIDATE);

function storeOf(words: Words): LedgerStore {
  return {
    openAccount: async (session, { id, owner, kind, cohort }) => {
      await session.run(words.account, [id, owner, kind, cohort]);
    },
    post: async (session, { ref, at, memo, batch, lines }) => {
      const [row] = await session.rows(words.entry, [ref, at.toISOString(), memo, batch]);
      for (const [i, { account, cents }] of lines.entries()) {
        await session.run(words.line, [row?.[0] ?? '', i + 1, account, cents]);
      }
    },
    placeHold: async (session, hold) => {
      await session.run(words.hold, paramsOf(hold));
    },
    changeHold: async (session, hold) => {
      await session.run(words.change, paramsOf(hold));
    },
    releaseHold: async (session, ref) => {
      await session.run(words.release, [ref]);
    },
    closeMonth: async (session, month) => {
      await session.run(words.close, [month]);
    },
    contents: (database) =>
      database.transaction({ reads: 'snapshot', isReadOnly: true }, async (session) => {
        const lines = Map.groupBy(await session.rows(words.entries), ([ref]) => ref ?? '');
        const holds = await session.rows(words.holds);
        const closings = await session.rows(words.closings);
        return {
          entries: [...lines].map(([ref, rows]) => ({
            ref,
            lines: rows.map(([, account, cents]) => ({
              account: account ?? '',
              cents: BigInt(cents ?? 0),
            })),
          })),
          holds: holds.map(([ref, account, cents, reason]) => ({
            ref: ref ?? '',
            account: account ?? '',
            cents: BigInt(cents ?? 0),
            reason: reason ?? '',
          })),
          closings: closings.map(([month, account, cents]) => ({
            month: month ?? '',
            account: account ?? '',
            cents: BigInt(cents ?? 0),
          })),
        };
      }),
    report: async (session) => (await session.rows(words.report))[0]?.[0] ?? '',
  };
}

function paramsOf({ ref, account, cents, reason }: Hold): [string, string, bigint, string] {
  return [ref, account, cents, reason];
}
