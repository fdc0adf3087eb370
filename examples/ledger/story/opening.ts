import type { Random } from '@falsework/core/ports';
import type { Database } from '@falsework/data';
import type { Entry } from '../load/book.ts';
import { type Account, legacyLedger } from '../load/ledger-store.ts';
import { uuid } from '../load/writers.ts';

const ACCOUNTS = 1_000;
const INTERNAL = 12;
const ENTRIES = 2_000;
const CONNECTIONS = 8;
const OPENED = new Date(Date.UTC(2025, 11, 10, 9));

/** What was in the ledger before anybody thought of replacing it. */
export interface Opening {
  readonly accounts: readonly Account[];
  readonly entries: readonly Entry[];
}

/** Fills the old ledger: accounts, and a past that only a backfill will bring over. */
export async function openAccounts(legacy: Database, random: Random): Promise<Opening> {
  const accounts = Array.from({ length: ACCOUNTS }, (_, i) => accountNumber(i));
  await legacy.transaction({ reads: 'current' }, async (session) => {
    for (const account of accounts) await legacyLedger.openAccount(session, account);
  });
  const entries = Array.from({ length: ENTRIES }, (_, i) => entryBetween(accounts, i, random));
  const lanes = Map.groupBy(entries.entries(), ([i]) => i % CONNECTIONS);
  await Promise.all(
    [...lanes.values()].map((lane) =>
      legacy.transaction({ reads: 'current' }, async (session) => {
        for (const [, entry] of lane) await legacyLedger.post(session, entry);
      }),
    ),
  );
  await legacy.use((session) => session.run('analyze'));
  return { accounts, entries };
}

function accountNumber(i: number): Account {
  return {
    id: `${10_000 + i}`,
    owner: `Owner ${i}`,
    kind: (['A', 'L', 'E', 'I', 'X'] as const)[i % 5] ?? 'A',
    cohort: i < INTERNAL ? 'internal' : 'public',
  };
}

/** From one account to another; every account has at least one of them. */
function entryBetween(accounts: readonly Account[], i: number, random: Random): Entry {
  const cents = BigInt(1 + Math.floor(random.next() * 100_000_000));
  const [from, to] = [accounts[i % ACCOUNTS], accounts[(i * 7 + 1) % ACCOUNTS]];
  return {
    ref: uuid(random),
    at: OPENED,
    memo: 'opening balance',
    batch: null,
    lines: [
      { account: to?.id ?? '', cents },
      { account: from?.id ?? '', cents: -cents },
    ],
  };
}
