import type { ReadFence } from '@falsework/core/routing';
import {
  bookkeepingSchema,
  feedOf,
  fenceBothWays,
  openReadFence,
  outboxSource,
  planData,
} from '@falsework/data';
import { LEDGER_KEYS, LEDGER_TABLES } from '../mapping.ts';
import type { BankStores } from './bank.ts';

const MIGRATION = 'ledger';
// Two processors for everything that runs here: what takes milliseconds elsewhere may take longer.
const PATIENCE_MS = 3_000;

/** The fence before reads of the new ledger; it asks both stores, at each read. */
export async function openLedgerFence(stores: BankStores): Promise<ReadFence> {
  const { legacy, candidate } = stores;
  const plan = { name: MIGRATION, from: legacy.url, to: candidate.url, tables: LEDGER_TABLES };
  const { resolved, refused } = await planData(plan, stores, { capture: 'trigger' });
  if (resolved === null) throw new Error(refused.map(({ message }) => message).join('\n'));
  const common = { migration: MIGRATION, changes: outboxSource(bookkeepingSchema(MIGRATION)) };
  const forward = feedOf({
    ...common,
    direction: 'forward',
    source: legacy,
    follower: candidate,
    mappings: resolved.forward,
    asReplica: true,
  });
  const reverse = feedOf({
    ...common,
    direction: 'reverse',
    source: candidate,
    follower: legacy,
    mappings: resolved.reverse,
    asReplica: true,
  });
  return fenceBothWays(
    openReadFence({ feed: forward, keys: LEDGER_KEYS.legacy, timeoutMs: PATIENCE_MS }),
    openReadFence({ feed: reverse, keys: LEDGER_KEYS.candidate, timeoutMs: PATIENCE_MS }),
  );
}
