import type { Random } from '@falsework/core/ports';
import { type Database, isFenced, type Session } from '@falsework/data';
import type { Book, Entry, Hold } from './book.ts';
import type { LedgerStore } from './ledger-store.ts';

/** Where writes go at present; changes when the authority does. */
export interface Authority {
  readonly database: Database;
  readonly ledger: LedgerStore;
}

/** What writers write with. */
export interface WriterParts {
  /** Asked before every write. */
  readonly authority: () => Authority;
  readonly book: Book;
  readonly accounts: readonly string[];
  readonly random: Random;
  readonly now: () => Date;
  readonly writers: number;
}

/** Writers that are at work. */
export interface LedgerWriters {
  readonly written: () => number;
  /** How often a write met a store that took none, and was tried again. */
  readonly fenced: () => number;
  /** False once they were stopped, or one of them failed. */
  readonly areAtWork: () => boolean;
  /** Lets the writes under way end. Rejects when one met what it should not have. */
  stop(): Promise<void>;
}

const LARGEST_CENTS = 1_000_000;
const LINES_MAX = 4;

/**
 * Writers that go on until they are stopped: entries of two to five lines, holds that are placed,
 * changed and released. What was acknowledged goes into the book and nothing else does.
 */
export function startWriters(parts: WriterParts): LedgerWriters {
  const stopping = new AbortController();
  const counts = { written: 0, fenced: 0 };
  const busy = new Set<string>();
  const work = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const write = nextWrite(parts, busy);
      try {
        await attempt(parts.authority(), write);
        counts.written += 1;
      } catch (error) {
        if (!isFenced(error)) throw error;
        // Nothing of it was done: the same write goes to whoever takes writes next.
        counts.fenced += 1;
      } finally {
        busy.delete(write.ref);
      }
    }
  };
  const all = Promise.all(Array.from({ length: parts.writers }, work));
  all.catch(() => stopping.abort());
  return {
    written: () => counts.written,
    fenced: () => counts.fenced,
    areAtWork: () => !stopping.signal.aborted,
    stop: async () => {
      stopping.abort();
      await all;
    },
  };
}

interface Write {
  /** One writer at a time works on one of them, so that what was acknowledged last is known. */
  readonly ref: string;
  readonly act: (ledger: LedgerStore, session: Session) => Promise<void>;
  readonly acknowledged: () => void;
  /** The commit was sent and never answered. */
  readonly unanswered: () => void;
}

async function attempt({ database, ledger }: Authority, write: Write): Promise<void> {
  let isCommitting = false;
  try {
    await database.transaction({ reads: 'current' }, async (session) => {
      await write.act(ledger, session);
      isCommitting = true;
    });
    write.acknowledged();
  } catch (error) {
    if (isCommitting && !isRefused(error)) write.unanswered();
    throw error;
  }
}

/** True when the server answered the commit with an error: then it did not happen. */
function isRefused(error: unknown): boolean {
  const state = (error as { readonly code?: unknown }).code;
  return typeof state === 'string' && /^[0-9A-Z]{5}$/.test(state) && !/^(08|57P)/.test(state);
}

function nextWrite(parts: WriterParts, busy: Set<string>): Write {
  const { book, random } = parts;
  const open = book.openHolds().filter(({ ref }) => !busy.has(ref));
  const one = open[Math.floor(random.next() * open.length)];
  const what = random.next();
  const write = what < 0.6 ? post(parts) : holdWrite(parts, one, what);
  busy.add(write.ref);
  return write;
}

function post({ book, accounts, random, now }: WriterParts): Write {
  const count = 1 + Math.floor(random.next() * LINES_MAX);
  const cents = (): bigint => BigInt(1 + Math.floor(random.next() * LARGEST_CENTS));
  const lines = Array.from({ length: count }, () => ({
    account: pick(accounts, random),
    cents: cents(),
  }));
  // The last line takes what the others gave, so that the entry balances.
  const sum = lines.reduce((total, line) => total + line.cents, 0n);
  const entry: Entry = {
    ref: uuid(random),
    at: now(),
    memo: `payment of ${lines.length}`,
    batch: null,
    lines: [...lines, { account: pick(accounts, random), cents: -sum }],
  };
  return {
    ref: entry.ref,
    act: (ledger, session) => ledger.post(session, entry),
    acknowledged: () => book.posted(entry),
    unanswered: () => book.maybePosted(entry),
  };
}

function holdWrite(parts: WriterParts, open: Hold | undefined, what: number): Write {
  const { book, accounts, random } = parts;
  if (open !== undefined && what > 0.85) {
    return {
      ref: open.ref,
      act: (ledger, session) => ledger.releaseHold(session, open.ref),
      acknowledged: () => book.released(open.ref),
      unanswered: () => book.maybeHeld(open.ref, 'deleted'),
    };
  }
  const isChange = open !== undefined && what > 0.72;
  const hold: Hold = {
    ref: isChange ? open.ref : uuid(random),
    account: pick(accounts, random),
    cents: BigInt(1 + Math.floor(random.next() * LARGEST_CENTS)),
    reason: isChange ? 'corrected' : 'card payment',
  };
  return {
    ref: hold.ref,
    act: (ledger, session) =>
      isChange ? ledger.changeHold(session, hold) : ledger.placeHold(session, hold),
    acknowledged: () => book.held(hold),
    unanswered: () => book.maybeHeld(hold.ref, hold),
  };
}

function pick(from: readonly string[], random: Random): string {
  return from[Math.floor(random.next() * from.length)] ?? '';
}

function uuid(random: Random): string {
  const hex = Array.from({ length: 32 }, () => Math.floor(random.next() * 16).toString(16)).join(
    '',
  );
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
