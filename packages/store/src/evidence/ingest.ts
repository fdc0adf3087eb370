import { fault } from '@falsework/core/errors';
import type { EvidenceBatch } from '@falsework/core/evidence';
import type { IngestScope } from '@falsework/core/ports';
import type { Context } from '../context.ts';
import { BATCH } from '../rows/evidence-shapes.ts';
import { addSeams } from './add-seams.ts';
import { addStrata } from './add-strata.ts';
import { noteHealth } from './health.ts';
import { addPairs } from './pairs.ts';
import { takeSequence } from './planes.ts';
import { addSignatures } from './signatures.ts';
import { lockTraffic, noteTraffic } from './traffic.ts';
import { noteWrites } from './writes.ts';

/**
 * Adds one batch to the evidence, inside one transaction with the plane's sequence number: after a
 * crash the batch is counted whole or not at all, and the plane's second attempt settles which.
 * False when it was counted before. Throws `FW_STORE_BATCH` and `FW_STORE_NO_MIGRATION`.
 */
export async function ingestBatch(
  context: Context,
  batch: EvidenceBatch,
  scope: IngestScope,
): Promise<boolean> {
  const wrong = BATCH.check(batch);
  if (wrong !== null) {
    const because = `batch${wrong}`;
    throw fault('FW_STORE_BATCH', { migration: context.migration, because });
  }
  const traffic = await lockTraffic(context);
  if (!(await takeSequence(context, batch, scope.now))) return false;
  await addStrata(context, batch.strata, scope);
  await addSeams(context, batch.seams, scope);
  await addSignatures(context, batch.signatures);
  await addPairs(context, batch.pairs);
  await noteHealth(context, batch.health, scope.now);
  await noteTraffic(context, traffic, batch, scope.now);
  if (batch.writes !== undefined) await noteWrites(context, batch.writes, scope.now);
  return true;
}
