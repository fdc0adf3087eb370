import { setTimeout as pause } from 'node:timers/promises';
import type { Random } from '@falsework/core/ports';
import type { AccountAnswer } from './answer.ts';
import type { Balances } from './balances.ts';

/** What readers read with. */
export interface ReaderParts {
  readonly read: (account: string) => Promise<AccountAnswer>;
  readonly balances: Balances;
  readonly accounts: readonly string[];
  /** The account that was written last, for whoever wants to see what they have just done. */
  readonly writtenLast: () => string | null;
  readonly random: Random;
  readonly readers: number;
  /** Between two reads of one reader. */
  readonly pauseMs: number;
}

/** What readers were answered, judged by what they knew. */
export interface ReadCounts {
  readonly reads: number;
  readonly stale: number;
  readonly changed: number;
  readonly errors: number;
}

/** Readers that are at work. */
export interface LedgerReaders {
  readonly counts: () => ReadCounts;
  /** The first answer that was not right, and what was known of the account; for people. */
  readonly firstWrong: () => string | null;
  stop(): Promise<void>;
}

// So many look at what they have just written: the reads that are the hardest to answer. With more
// of them hardly any comparison would be of an account that rests.
const OWN_WRITES = 0.04;

/** Readers that go on until they are stopped, and check every answer. */
export function startReaders(parts: ReaderParts): LedgerReaders {
  const { balances, random } = parts;
  const stopping = new AbortController();
  const counts = { reads: 0, stale: 0, changed: 0, errors: 0 };
  let firstWrong: string | null = null;
  const readOne = async (account: string): Promise<void> => {
    const underWay = balances.startRead(account);
    counts.reads += 1;
    try {
      const answer = await parts.read(account);
      const verdict = balances.judge(underWay, answer);
      if (verdict === 'right') return;
      counts[verdict] += 1;
      const { cents, held, lines } = underWay.base;
      firstWrong ??= `${verdict}: ${JSON.stringify(answer)}, known were ${cents} ${held} ${lines}`;
    } catch (error) {
      counts.errors += 1;
      firstWrong ??= String(error);
    }
  };
  const work = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const own = random.next() < OWN_WRITES ? parts.writtenLast() : null;
      await readOne(own ?? parts.accounts[Math.floor(random.next() * parts.accounts.length)] ?? '');
      await pause(parts.pauseMs);
    }
  };
  const all = Promise.all(Array.from({ length: parts.readers }, work));
  return {
    counts: () => ({ ...counts }),
    firstWrong: () => firstWrong,
    stop: async () => {
      stopping.abort();
      await all;
    },
  };
}
