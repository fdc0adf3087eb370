import { setTimeout as pause } from 'node:timers/promises';
import type { Random } from '@falsework/core/ports';
import type { Effect } from './balances.ts';
import type { Book, Entry, Hold } from './book.ts';
import { carryOut, type Write, type WriteSurroundings } from './write.ts';

/** What writers write with. */
export interface WriterParts extends WriteSurroundings {
  readonly book: Book;
  readonly accounts: readonly string[];
  readonly random: Random;
  readonly now: () => Date;
  readonly writers: number;
  /** Between two writes of one writer. */
  readonly pauseMs?: number;
}

/** Writers that are at work. */
export interface LedgerWriters {
  readonly written: () => number;
  /** How often a write met a store that took none, and was tried again. */
  readonly fenced: () => number;
  /** False once they were stopped, or one of them failed. */
  readonly areAtWork: () => boolean;
  /** Resolves when every write that is under way now has ended. */
  settle(): Promise<void>;
  /** Lets the writes under way end. Rejects when one met what it should not have. */
  stop(): Promise<void>;
}

// More holds are placed than released, so that there are always some.
const POSTS = 0.6;
const CHANGES = 0.76;
const RELEASES = 0.9;
const LARGEST_CENTS = 1_000_000;
const LINES_MAX = 4;

/**
 * Writers that go on until they are stopped: entries of two to five lines, holds that are placed,
 * changed and released. What was acknowledged goes into the book and nothing else does.
 */
export function startWriters(parts: WriterParts): LedgerWriters {
  const stopping = new AbortController();
  const counts = { written: 0, fenced: 0 };
  const busy = new Map<string, Write>();
  const work = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const write = nextWrite(parts, busy);
      try {
        counts.fenced += await carryOut(parts, write);
        counts.written += 1;
      } finally {
        busy.delete(write.ref);
      }
      if (parts.pauseMs !== undefined) await pause(parts.pauseMs);
    }
  };
  const all = Promise.all(Array.from({ length: parts.writers }, work));
  all.catch(() => stopping.abort());
  return {
    written: () => counts.written,
    fenced: () => counts.fenced,
    areAtWork: () => !stopping.signal.aborted,
    settle: async () => {
      const underWay = [...busy.values()];
      while (underWay.some((write) => busy.get(write.ref) === write)) await pause(2);
    },
    stop: async () => {
      stopping.abort();
      await all;
    },
  };
}

function nextWrite(parts: WriterParts, busy: Map<string, Write>): Write {
  const { book, random } = parts;
  const open = book.openHolds().filter(({ ref }) => !busy.has(ref));
  const one = open[Math.floor(random.next() * open.length)];
  const what = random.next();
  const write = what < POSTS ? post(parts) : holdWrite(parts, one, what);
  busy.set(write.ref, write);
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
    effects: effectsOfEntries([entry]),
    act: (ledger, session) => ledger.post(session, entry),
    acknowledged: () => book.posted(entry),
    unanswered: () => book.maybePosted(entry),
  };
}

function holdWrite(parts: WriterParts, open: Hold | undefined, what: number): Write {
  const { book, accounts, random } = parts;
  if (open !== undefined && what > RELEASES) {
    return {
      ref: open.ref,
      effects: [{ account: open.account, cents: 0n, held: -open.cents, lines: 0 }],
      act: (ledger, session) => ledger.releaseHold(session, open.ref),
      acknowledged: () => book.released(open.ref),
      unanswered: () => book.maybeHeld(open.ref, 'deleted'),
    };
  }
  const isChange = open !== undefined && what > CHANGES;
  const hold: Hold = {
    ref: isChange ? open.ref : uuid(random),
    account: pick(accounts, random),
    cents: BigInt(1 + Math.floor(random.next() * LARGEST_CENTS)),
    reason: isChange ? 'corrected' : 'card payment',
  };
  const before = isChange
    ? [{ account: open.account, cents: 0n, held: -open.cents, lines: 0 }]
    : [];
  return {
    ref: hold.ref,
    effects: merged([...before, { account: hold.account, cents: 0n, held: hold.cents, lines: 0 }]),
    act: (ledger, session) =>
      isChange ? ledger.changeHold(session, hold) : ledger.placeHold(session, hold),
    acknowledged: () => book.held(hold),
    unanswered: () => book.maybeHeld(hold.ref, hold),
  };
}

/** What entries of one transaction do to the accounts that their lines are on. */
export function effectsOfEntries(entries: readonly Entry[]): Effect[] {
  const lines = entries.flatMap((entry) => entry.lines);
  return merged(lines.map(({ account, cents }) => ({ account, cents, held: 0n, lines: 1 })));
}

/** One effect per account: a transaction is there as a whole or not at all. */
function merged(effects: readonly Effect[]): Effect[] {
  return [...Map.groupBy(effects, ({ account }) => account)].map(([account, parts]) => ({
    account,
    cents: parts.reduce((sum, { cents }) => sum + cents, 0n),
    held: parts.reduce((sum, { held }) => sum + held, 0n),
    lines: parts.reduce((sum, { lines }) => sum + lines, 0),
  }));
}

function pick(from: readonly string[], random: Random): string {
  return from[Math.floor(random.next() * from.length)] ?? '';
}

/** An id that the seed alone decides. */
export function uuid(random: Random): string {
  const hex = Array.from({ length: 32 }, () => Math.floor(random.next() * 16).toString(16)).join(
    '',
  );
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
