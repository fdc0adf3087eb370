import type { Random } from '@falsework/core/ports';
import type { Book, Entry } from './book.ts';
import type { Calendar } from './calendar.ts';
import { carryOut, type Write, type WriteSurroundings } from './write.ts';
import { effectsOfEntries, type LedgerWriters, uuid } from './writers.ts';

/** What closing a month takes. */
export interface MonthEndParts extends WriteSurroundings {
  readonly book: Book;
  readonly calendar: Calendar;
  readonly writers: Pick<LedgerWriters, 'settle'>;
  readonly random: Random;
  /** Pays the interest. */
  readonly bank: string;
  /** Gets it. */
  readonly savers: readonly string[];
}

/**
 * The batch at the end of a month: the month is over for all, what is under way ends, interest
 * is posted for all savers in one transaction, and the balances of all accounts are booked in
 * another.
 */
export async function closeMonth(parts: MonthEndParts): Promise<void> {
  const { book, calendar, writers, random, bank, savers } = parts;
  const { month, end } = calendar.turn();
  await writers.settle();
  const entries = savers.map((account): Entry => {
    const cents = BigInt(1 + Math.floor(random.next() * 5_000));
    return {
      ref: uuid(random),
      at: end,
      memo: 'interest',
      batch: month.slice(0, 7),
      lines: [
        { account, cents },
        { account: bank, cents: -cents },
      ],
    };
  });
  await carryOut(parts, interest(entries, { book, ref: month }));
  await carryOut(parts, {
    ref: month,
    effects: [],
    act: (ledger, session) => ledger.closeMonth(session, month),
    acknowledged: () => book.closed(month),
    unanswered: () => book.maybeClosed(month),
  });
}

function interest(entries: readonly Entry[], { book, ref }: { book: Book; ref: string }): Write {
  return {
    ref,
    effects: effectsOfEntries(entries),
    act: async (ledger, session) => {
      for (const entry of entries) await ledger.post(session, entry);
    },
    acknowledged: () => {
      for (const entry of entries) book.posted(entry);
    },
    unanswered: () => {
      for (const entry of entries) book.maybePosted(entry);
    },
  };
}
