import { z } from 'zod';
import { dataStanding } from './wire-data.ts';
import { verdictCounts } from './wire-evidence.ts';
import { count, instant, name, share, stage } from './wire-values.ts';

/** A gate's answer. */
const gateResult = z.object({
  gate: z.string(),
  status: z.enum(['pass', 'hold', 'fail', 'invalid']),
  title: z.string(),
  detail: z.string(),
  needs: z.string().nullable(),
});

/** A step that was not taken, and what is missing for it. */
export const refusal = z.object({
  code: z.string(),
  message: z.string(),
  action: z.string(),
  missing: z.array(gateResult),
});

const standing = z.object({ stage, share });

/** One line of the decision log, without the evidence that it rested on. */
export const decisionLine = z.object({
  sequence: count,
  at: instant,
  by: name,
  action: z.string(),
  from: standing.nullable(),
  to: standing,
  because: z.string(),
  gates: z.array(gateResult),
  /**
   * Comparisons of the step that it rested on, and those that differed; `null` when it rested on
   * none.
   */
  comparisons: count.nullable(),
  differing: count.nullable(),
});

const latency = z.object({ p50Ms: z.number().nullable(), p99Ms: z.number().nullable() });

const stratum = z.object({
  seam: z.string(),
  stratum: z.string(),
  verdicts: verdictCounts,
  /** Since the epoch began. */
  compared: count,
  differing: count,
  /** Since the present step began. */
  step: z.object({ compared: count, differing: count }),
  /** The rates that the counts do not exclude. */
  rateLow: z.number(),
  rateHigh: z.number(),
  /** Comparisons still needed for the policy's claim if none of them differs. */
  stillNeeded: count,
  legacy: latency,
  candidate: latency,
});

/** Calls answered to callers at one seam since the present step began, compared or not. */
const served = z.object({ seam: z.string(), legacy: count, candidate: count });

/** A difference that somebody answers for. */
const acceptedDifference = z.object({
  seam: z.string(),
  id: z.string(),
  template: z.string(),
  kind: z.string(),
  owner: z.string(),
  reason: z.string(),
  acceptedBy: z.string(),
  acceptedAt: instant,
  expiresAt: instant,
  /** Whole days until it opens again, begun ones counted. */
  daysLeft: z.number().int(),
  /** True in the last week: time to renew it, or to fix what it is about. */
  isExpiring: z.boolean(),
});

/** Where a migration stands, why, what is missing for the next step, and what undo costs. */
export const migrationStatus = z.object({
  name,
  owner: z.string(),
  topology: z.enum(['shared', 'separate']),
  version: count,
  stage,
  share,
  stageSince: instant,
  stepSince: instant,
  startedAt: instant,
  deleteBy: instant,
  daysLeft: z.number().int(),
  walk: z.array(stage),
  epoch: z.object({
    ordinal: count,
    legacyBuild: z.string(),
    candidateBuild: z.string(),
    openedAt: instant,
    reason: z.string(),
  }),
  hold: z.object({ by: z.string(), reason: z.string(), at: instant }).nullable(),
  retreats: count,
  /** Differences that somebody answers for, the next to expire first. */
  accepted: z.array(acceptedDifference),
  approvals: z.array(z.object({ by: z.string(), for: stage, at: instant })),
  next: z.object({ stage, share, isAutomatic: z.boolean(), gates: z.array(gateResult) }).nullable(),
  undo: z.array(z.object({ to: stage, words: z.string() })),
  strata: z.array(stratum),
  served: z.array(served),
  planes: z.array(z.object({ id: z.string(), seenAt: instant, snapshotVersion: count })),
  /** `null` while the data side has said nothing, as over a shared store. */
  data: dataStanding.nullable(),
});

/** A migration's status, as a type. */
export type MigrationStatus = z.output<typeof migrationStatus>;
/** One line of the decision log, as a type. */
export type DecisionLine = z.output<typeof decisionLine>;
/** A difference that somebody answers for, as a type. */
export type AcceptedDifference = z.output<typeof acceptedDifference>;
/** A gate's answer, as a type. */
export type WireGateResult = z.output<typeof gateResult>;
/** A refusal, as a type. */
export type WireRefusal = z.output<typeof refusal>;
