import type { ReadFence } from '@falsework/core/routing';
import { readFenceOf } from '@falsework/data';
import { LEDGER_KEYS, LEDGER_TABLES } from '../mapping.ts';
import type { BankStores } from './bank.ts';

// Two processors for everything that runs here: what takes milliseconds elsewhere may take longer.
const PATIENCE_MS = 3_000;

/** The fence before reads of the new ledger; it asks both stores, at each read. */
export function openLedgerFence(stores: BankStores): Promise<ReadFence> {
  const { legacy, candidate } = stores;
  const plan = { name: 'ledger', from: legacy.url, to: candidate.url, tables: LEDGER_TABLES };
  return readFenceOf(plan, {
    stores,
    keys: LEDGER_KEYS.legacy,
    keysBack: LEDGER_KEYS.candidate,
    timeoutMs: PATIENCE_MS,
  });
}
