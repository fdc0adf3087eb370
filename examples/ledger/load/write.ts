import { type Database, isFenced, type Session } from '@falsework/data';
import type { Balances, Effect } from './balances.ts';
import type { LedgerStore } from './ledger-store.ts';

/** Where writes go at present; changes when the authority does. */
export interface Authority {
  readonly database: Database;
  readonly ledger: LedgerStore;
}

/** One write of a caller: what it does, and what the book is told of it. */
export interface Write {
  /** One writer at a time works on one of them, so that what was acknowledged last is known. */
  readonly ref: string;
  readonly effects: readonly Effect[];
  readonly act: (ledger: LedgerStore, session: Session) => Promise<void>;
  readonly acknowledged: () => void;
  /** The commit was sent and never answered. */
  readonly unanswered: () => void;
}

/** What a write goes to, and who hears of it beside the book. */
export interface WriteSurroundings {
  /** Asked before every attempt. */
  readonly authority: () => Authority;
  /** Told that a store took no writes, before the same write is tried again. */
  readonly onFenced?: (fencedBy: Authority) => Promise<void>;
  readonly balances?: Balances;
  /** Told of every write that was acknowledged. */
  readonly onWritten?: (write: Write, by: Authority) => void;
}

/**
 * Tries one write until a store takes it: what a fence refused was not done at all, so the same
 * write goes to whoever takes writes next. Gives how often it was refused.
 */
export async function carryOut(surroundings: WriteSurroundings, write: Write): Promise<number> {
  for (let refusals = 0; ; refusals += 1) {
    const authority = surroundings.authority();
    try {
      await attempt(authority, write, surroundings);
      return refusals;
    } catch (error) {
      if (!isFenced(error)) throw error;
      await surroundings.onFenced?.(authority);
    }
  }
}

/** Tries a write once. Rejects with what the store said, and nothing of it was done then. */
async function attempt(
  authority: Authority,
  write: Write,
  { balances, onWritten }: WriteSurroundings,
): Promise<void> {
  const { database, ledger } = authority;
  let isCommitting = false;
  const underWay = balances?.begin(write.effects);
  try {
    await database.transaction({ reads: 'current' }, async (session) => {
      await write.act(ledger, session);
      isCommitting = true;
    });
    write.acknowledged();
    underWay?.end('acknowledged');
  } catch (error) {
    const isUnknown = isCommitting && !isRefused(error);
    if (isUnknown) write.unanswered();
    underWay?.end(isUnknown ? 'unknown' : 'refused');
    throw error;
  }
  onWritten?.(write, authority);
}

/** True when the server answered the commit with an error: then it did not happen. */
function isRefused(error: unknown): boolean {
  const state = (error as { readonly code?: unknown }).code;
  return typeof state === 'string' && /^[0-9A-Z]{5}$/.test(state) && !/^(08|57P)/.test(state);
}
