import type { Random } from '@falsework/core/ports';
import { type Database, openDatabase } from '../src/postgres/database.ts';
import { sqlState } from '../src/postgres/failure.ts';
import type { Session } from '../src/postgres/session.ts';

/** Writers that go on until they are stopped. */
export interface Writers {
  /** Stops them; rejects when one of them met what it should not have. */
  stop(): Promise<{ readonly transactions: number }>;
}

const ROLLED_BACK = 0.1;
const KEYS = 21_000;

/**
 * Writes to `entries (id, account, cents, note)` all over: inserts, updates, deletes, changes of
 * keys, several in a transaction, some of them rolled back.
 */
export function writeAlong(
  { url }: Database,
  { random, writers }: { readonly random: Random; readonly writers: number },
): Writers {
  // An application has connections of its own, and does not wait for ours.
  const database = openDatabase({ url, label: 'application', connections: writers });
  const stopping = new AbortController();
  let transactions = 0;
  const write = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      try {
        await database.transaction({ reads: 'current' }, (session) => change(session, random));
        transactions += 1;
      } catch (error) {
        // Two writers may want the same new key, or wait for each other, or have meant to undo it.
        if (!(error instanceof Undone) && !['23505', '40P01'].includes(sqlState(error) ?? ''))
          throw error;
      }
    }
  };
  const all = Promise.all(Array.from({ length: writers }, write));
  all.catch(() => {});
  return {
    stop: async () => {
      stopping.abort();
      await all.finally(() => database.close());
      return { transactions };
    },
  };
}

class Undone extends Error {
  override readonly name = 'Undone';
}

async function change(session: Session, random: Random): Promise<void> {
  const key = (): number => 1 + Math.floor(random.next() * KEYS);
  const changes = 1 + Math.floor(random.next() * 4);
  for (let i = 0; i < changes; i += 1) {
    const what = random.next();
    if (what < 0.25) await session.run('delete from entries where id = $1', [key()]);
    else if (what < 0.5) await session.run(INSERT, [key(), Math.floor(random.next() * 1e6)]);
    else if (what < 0.6)
      await session.run('update entries set id = $2 where id = $1', [key(), key()]);
    else await session.run(UPDATE, [key(), Math.floor(random.next() * 1e6)]);
  }
  if (random.next() < ROLLED_BACK) throw new Undone();
}

const INSERT = `insert into entries values ($1, 'account ' || $2::bigint % 50, $2, 'inserted') on conflict do nothing`;
const UPDATE = `update entries set cents = $2, note = 'updated' where id = $1`;
