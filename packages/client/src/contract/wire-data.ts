import type { DataReport } from '@falsework/core/evidence';
import { z } from 'zod';
import { count, instant, name, shortText, side } from './wire-values.ts';

// More invariants than anyone writes; beyond it a report is not one of ours.
const INVARIANTS_MAX = 1_000;
const lengthMs = z.number().nonnegative();

/** What the data side knows. What it leaves out as `null` is not known. */
export const dataReport = z.object({
  authority: side.nullable(),
  capture: z.object({ provenAt: instant.nullable(), bypassed: count }).nullable(),
  drain: z.object({ lagMs: lengthMs, lagRows: count, deadLetters: count }).nullable(),
  backfill: z
    .object({
      cutoffAt: instant,
      rowsCopied: count,
      rowsTotal: count,
      isComplete: z.boolean(),
      isDrainedPastCutoff: z.boolean(),
    })
    .nullable(),
  divergence: z
    .object({
      rows: count,
      zeroSince: instant.nullable(),
      verifiedThrough: instant.nullable(),
      canariesPlanted: count,
      canariesFound: count,
      byKind: z.record(name, count).optional(),
      coverage: z.object({ rowsCompared: count, tablesWhole: count, tables: count }).optional(),
    })
    .nullable(),
  reverse: z.object({ lagRows: count, deadBecause: shortText.nullable() }).nullable(),
  rehearsal: z
    .object({
      at: instant,
      rollbackMs: lengthMs,
      expiresAt: instant,
      voidBecause: shortText.nullable(),
    })
    .nullable(),
  workflows: z.object({ inFlight: count, countedAt: instant }).nullable(),
  invariants: z
    .object({ total: count, unequal: z.array(name).max(INVARIANTS_MAX), evaluatedAt: instant })
    .nullable(),
  seal: z.object({ sealedAt: instant, retainUntil: instant }).nullable().optional(),
}) satisfies z.ZodType<DataReport>;

/** Where the stores stand, as status shows it. */
export const dataStanding = z.object({
  reportedAt: instant,
  authority: side.nullable(),
  /** Why the way back is not safe at present; `null` when it is. */
  rollbackUnsafe: z.string().nullable(),
});
