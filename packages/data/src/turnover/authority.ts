import { fault } from '@falsework/core/errors';
import type { Side } from '@falsework/core/routing';
import type { Stores } from '../plan/plan-data.ts';
import type { Database } from '../postgres/database.ts';
import { coded } from '../postgres/failure.ts';
import { type Epoch, readEpoch } from './fence.ts';

/** Whether each store takes writes; `null` where there is no fence yet. */
export interface Epochs {
  readonly legacy: Epoch | null;
  readonly candidate: Epoch | null;
}

/** Reads both fences. */
export async function readEpochs(stores: Stores, schema: string): Promise<Epochs> {
  const read = (database: Database): Promise<Epoch | null> =>
    coded({ database: database.label, operation: 'reading the fence' }, () =>
      database.use((session) => readEpoch(session, schema)),
    );
  const [legacy, candidate] = await Promise.all([read(stores.legacy), read(stores.candidate)]);
  return { legacy, candidate };
}

/**
 * The store that takes writes; `null` while neither does, which is what a switch looks like from
 * outside. Before there are fences it is legacy's. Throws `FW_TURNOVER_SPLIT` when both take them.
 */
export function authorityOf({ legacy, candidate }: Epochs): Side | null {
  const takes = { legacy: legacy?.accepts ?? true, candidate: candidate?.accepts ?? false };
  if (takes.legacy && takes.candidate) {
    const words = 'takes writes';
    throw fault('FW_TURNOVER_SPLIT', { legacy: words, candidate: words });
  }
  if (takes.legacy) return 'legacy';
  return takes.candidate ? 'candidate' : null;
}
