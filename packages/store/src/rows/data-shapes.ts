import type {
  BackfillEvidence,
  CaptureEvidence,
  CoverageEvidence,
  DataEvidence,
  DivergenceEvidence,
  DrainEvidence,
  InvariantEvidence,
  RehearsalEvidence,
  ReverseEvidence,
  SealEvidence,
  WorkflowEvidence,
} from '@falsework/core/evidence';
import type { Side } from '@falsework/core/routing';
import {
  bool,
  count,
  listOf,
  mapOf,
  number,
  object,
  oneOf,
  orAbsent,
  orNull,
  type Shape,
  text,
} from './shape.ts';

/**
 * What the data side says. Checked to the last key: a gate that reads a number which is none would
 * compare with it and pass.
 */
export const DATA: Shape<DataEvidence> = object({
  reportedAt: number,
  authority: orNull(oneOf<Side>(['legacy', 'candidate'])),
  capture: orNull(object<CaptureEvidence>({ provenAt: orNull(number), bypassed: count })),
  drain: orNull(object<DrainEvidence>({ lagMs: number, lagRows: count, deadLetters: count })),
  backfill: orNull(
    object<BackfillEvidence>({
      cutoffAt: number,
      rowsCopied: count,
      rowsTotal: count,
      isComplete: bool,
      isDrainedPastCutoff: bool,
    }),
  ),
  divergence: orNull(
    object<DivergenceEvidence>({
      rows: count,
      zeroSince: orNull(number),
      verifiedThrough: orNull(number),
      canariesPlanted: count,
      canariesFound: count,
      byKind: orAbsent(mapOf(count)),
      coverage: orAbsent(
        object<CoverageEvidence>({ rowsCompared: count, tablesWhole: count, tables: count }),
      ),
    }),
  ),
  reverse: orNull(object<ReverseEvidence>({ lagRows: count, deadBecause: orNull(text) })),
  rehearsal: orNull(
    object<RehearsalEvidence>({
      at: number,
      rollbackMs: number,
      expiresAt: number,
      voidBecause: orNull(text),
    }),
  ),
  workflows: orNull(object<WorkflowEvidence>({ inFlight: count, countedAt: number })),
  invariants: orNull(
    object<InvariantEvidence>({ total: count, unequal: listOf(text), evaluatedAt: number }),
  ),
  seal: orAbsent(orNull(object<SealEvidence>({ sealedAt: number, retainUntil: number }))),
});
