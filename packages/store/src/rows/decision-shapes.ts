import type { Acceptance, Epoch } from '@falsework/core/evidence';
import type { Policy, ShareStep } from '@falsework/core/policy';
import type { Snapshot, StratumNeed } from '@falsework/core/routing';
import {
  type Action,
  type Approval,
  type Decision,
  type GateResult,
  type Hold,
  type MigrationEvent,
  type MigrationState,
  STAGES,
  type Stage,
  type Standing,
  type Topology,
} from '@falsework/core/stage';
import {
  anyObject,
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
  whole,
} from './shape.ts';

const stage: Shape<Stage> = oneOf(STAGES.map((row) => row.stage));
const topology: Shape<Topology> = oneOf(['shared', 'separate']);
const share: Shape<ShareStep> = object({ percent: number, cohorts: listOf(text) });

const epoch: Shape<Epoch> = object({
  legacyBuild: text,
  candidateBuild: text,
  comparator: text,
  schema: text,
  ordinal: count,
  openedAt: number,
  reason: text,
});

/** The state of a migration. Checked to the last key: what it says is what traffic does. */
export const STATE: Shape<MigrationState> = object({
  name: text,
  owner: text,
  topology,
  startedAt: number,
  deleteBy: number,
  stage,
  stageSince: number,
  share,
  rung: whole,
  step: count,
  stepSince: number,
  epoch,
  rounds: mapOf(count),
  approvals: listOf(object<Approval>({ by: text, for: stage, at: number })),
  hold: orNull(object<Hold>({ by: text, reason: text, at: number })),
  accepted: listOf(
    object<Acceptance>({
      seam: text,
      id: text,
      template: text,
      kind: text,
      shapes: listOf(text),
      owner: text,
      reason: text,
      acceptedBy: text,
      acceptedAt: number,
      expiresAt: number,
    }),
  ),
  rolledBackAt: orNull(number),
  retreats: count,
  version: count,
});

/** The routing state that planes take over. */
export const SNAPSHOT: Shape<Snapshot> = object({
  migration: text,
  version: count,
  issuedAt: number,
  stage,
  topology,
  percent: number,
  cohortKeys: listOf(text),
  salt: text,
  epoch: count,
  step: count,
  accepted: listOf(
    object<Snapshot['accepted'][number]>({ seam: text, id: text, shapes: listOf(text) }),
  ),
  shadow: object<Snapshot['shadow']>({
    sample: number,
    noiseSample: number,
    timeoutMs: number,
    queueMax: number,
    concurrency: number,
    recheckAfterMs: number,
  }),
  latency: object<Snapshot['latency']>({
    slowerRatioMax: number,
    slowerMsMax: number,
    pairsRateMin: number,
  }),
  strata: orAbsent(
    listOf(
      object<StratumNeed>({
        seam: text,
        stratum: text,
        sample: orNull(number),
        comparisons: count,
      }),
    ),
  ),
  alarm: object<Snapshot['alarm']>({ rateOk: number, threshold: number }),
});

const standing: Shape<Standing> = object({ stage, share });
const ACTIONS: readonly Action[] = [
  'kickoff',
  'enter',
  'ramp',
  'retreat',
  'rollback',
  'epoch',
  'approve',
  'hold',
  'resume',
  'accept',
  'reopen',
];

/**
 * One line of the decision log. What it rested on is only known to be there: a log is kept for
 * years, and an older version's policy or evidence may have had other keys. Whether it still leads
 * to the state is `replay`'s to say.
 */
export const DECISION: Shape<Decision> = object({
  migration: text,
  sequence: count,
  at: number,
  by: text,
  action: oneOf(ACTIONS),
  from: orNull(standing),
  to: standing,
  because: text,
  gates: listOf(anyObject as Shape<GateResult>),
  event: anyObject as Shape<MigrationEvent>,
  evidence: orNull(anyObject as Shape<NonNullable<Decision['evidence']>>),
  policy: anyObject as Shape<Policy>,
});
