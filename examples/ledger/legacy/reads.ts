import type { Database } from '@falsework/data';
import type { AccountAnswer } from '../load/answer.ts';

const ACCOUNT = `
  select b.amount, h.amount, b.lines, round(b.amount * 0.0175 / 365, 6)
    from (select coalesce(sum(case dc when 'D' then amount else -amount end), 0.00) as amount,
                 count(*) as lines
            from postings where acct_no = $1) b,
         (select coalesce(sum(amount), 0.00) as amount from holds where acct_no = $1) h`;

/** Reads one account from the old schema. */
export async function readAccount(database: Database, account: string): Promise<AccountAnswer> {
  const [row] = await database.use((session) => session.rows(ACCOUNT, [account]));
  const [balance, held, lines, interest] = row ?? [];
  return {
    account,
    balance: balance ?? '',
    held: held ?? '',
    lines: Number(lines),
    interest: interest ?? '',
  };
}
