import type { Database } from '@falsework/data';
import type { AccountAnswer } from '../load/answer.ts';

// Interest has six digits. The first build rounds it to a hundredth of a cent first, as whoever
// wrote it had seen it printed: a fault of at most 0.00005, on nearly every account.
const DIGITS_BY_BUILD: Readonly<Record<number, number>> = { 1: 4 };
const DIGITS = 6;

const account = (digits: number): string => `
  select (b.cents / 100.0)::numeric(20, 2), (h.cents / 100.0)::numeric(20, 2), b.lines,
         round(round(b.cents / 100.0 * 0.0175 / 365, ${digits}), 6)
    from (select coalesce(sum(cents), 0) as cents, count(*) as lines
            from line where account_id = $1) b,
         (select coalesce(sum(cents), 0) as cents from hold where account_id = $1) h`;

/** Reads one account from the new schema, as the given build does it. */
export async function readAccount(
  database: Database,
  id: string,
  build: number,
): Promise<AccountAnswer> {
  const text = account(DIGITS_BY_BUILD[build] ?? DIGITS);
  const [row] = await database.use((session) => session.rows(text, [id]));
  const [balance, held, lines, interest] = row ?? [];
  return {
    account: id,
    balance: balance ?? '',
    held: held ?? '',
    lines: Number(lines),
    interest: interest ?? '',
  };
}
