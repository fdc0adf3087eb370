import type { AcceptedDifference, DecisionLine, MigrationStatus } from '@falsework/client/contract';
import {
  compared,
  differing,
  type EvidenceView,
  quantileMs,
  rateInterval,
  rollbackUnsafe,
  type Sketch,
  type StratumView,
  trialsStillNeeded,
  type VerdictCounts,
} from '@falsework/core/evidence';
import type { Policy } from '@falsework/core/policy';
import type { Instant, LatencyView } from '@falsework/core/ports';
import {
  type Decision,
  isBefore,
  type MigrationState,
  nextStep,
  undoCost,
  walk,
} from '@falsework/core/stage';
import type { Known } from './control-service.ts';

const DAY_MS = 86_400_000;
// A week: time enough for whoever answers for a difference to renew it, or to have it fixed.
const EXPIRING_WITHIN_MS = 7 * DAY_MS;

/** Everything that a person or a script is told about a migration. Pure. */
export function statusOf(
  { managed, state, evidence }: Known,
  latencies: readonly LatencyView[],
  now: Instant,
): MigrationStatus {
  const { policy } = managed;
  const next = nextStep(state, { now, evidence, policy });
  const { ordinal, legacyBuild, candidateBuild, openedAt, reason } = state.epoch;
  return {
    name: state.name,
    owner: state.owner,
    topology: state.topology,
    version: state.version,
    stage: state.stage,
    share: shareOf(state),
    stageSince: state.stageSince,
    stepSince: state.stepSince,
    startedAt: state.startedAt,
    deleteBy: state.deleteBy,
    daysLeft: Math.ceil((state.deleteBy - now) / DAY_MS),
    walk: walk(state.topology).map((row) => row.stage),
    epoch: { ordinal, legacyBuild, candidateBuild, openedAt, reason },
    hold: state.hold,
    retreats: state.retreats,
    accepted: acceptedDifferences(state, now),
    approvals: [...state.approvals],
    next: next && {
      stage: next.to.stage,
      share: { percent: next.to.share.percent, cohorts: [...next.to.share.cohorts] },
      isAutomatic: policy.automatic.includes(next.to.stage),
      gates: [...next.gates],
    },
    undo: undoOptions(state, evidence),
    strata: evidence.strata.map((view) => stratumOf(view, policy, latencies)),
    served: evidence.seams.map(({ seam, step: { legacy, candidate } }) => {
      return { seam, legacy: legacy.requests, candidate: candidate.requests };
    }),
    planes: [...evidence.planes],
    data: dataStanding(evidence),
  };
}

/** Differences that somebody answers for, with the days that are left, the next to expire first. */
export function acceptedDifferences(
  { accepted }: Pick<MigrationState, 'accepted'>,
  now: Instant,
): AcceptedDifference[] {
  const byExpiry = [...accepted].sort((a, b) => a.expiresAt - b.expiresAt);
  return byExpiry.map((acceptance) => {
    const { seam, id, template, kind, owner, reason } = acceptance;
    const { acceptedBy, acceptedAt, expiresAt } = acceptance;
    const daysLeft = Math.ceil((expiresAt - now) / DAY_MS);
    const isExpiring = expiresAt - now <= EXPIRING_WITHIN_MS;
    const what = { seam, id, template, kind, owner, reason };
    return { ...what, acceptedBy, acceptedAt, expiresAt, daysLeft, isExpiring };
  });
}

function dataStanding({ data }: EvidenceView): MigrationStatus['data'] {
  if (data === null) return null;
  const { reportedAt, authority } = data;
  return { reportedAt, authority, rollbackUnsafe: rollbackUnsafe(data) };
}

function undoOptions(state: MigrationState, { data }: EvidenceView): MigrationStatus['undo'] {
  return walk(state.topology)
    .filter((row) => isBefore(row.stage, state.stage))
    .map((row) => ({ to: row.stage, words: undoCost(state, row.stage, data).words }));
}

function stratumOf(
  view: StratumView,
  policy: Policy,
  latencies: readonly LatencyView[],
): MigrationStatus['strata'][number] {
  const { verdicts } = view.epoch;
  const counts = { trials: compared(verdicts), hits: differing(verdicts) };
  const { rateMax, confidence } = policy.mismatch;
  const { low, high } = rateInterval(counts, rateMax, 1 - confidence);
  const latency = latencies.find((l) => l.seam === view.seam && l.stratum === view.stratum);
  return {
    seam: view.seam,
    stratum: view.stratum,
    verdicts,
    compared: counts.trials,
    differing: counts.hits,
    step: { compared: compared(view.step.verdicts), differing: differing(view.step.verdicts) },
    rateLow: low,
    rateHigh: high,
    stillNeeded: trialsStillNeeded(counts, { rateMax, alpha: 1 - confidence }),
    legacy: quantiles(latency?.legacy),
    candidate: quantiles(latency?.candidate),
  };
}

function quantiles(sketch: Sketch | undefined): { p50Ms: number | null; p99Ms: number | null } {
  if (!sketch) return { p50Ms: null, p99Ms: null };
  return { p50Ms: quantileMs(sketch, 0.5), p99Ms: quantileMs(sketch, 0.99) };
}

function shareOf({ share }: Pick<MigrationState, 'share'>): MigrationStatus['share'] {
  return { percent: share.percent, cohorts: [...share.cohorts] };
}

/**
 * A decision as it is shown: without the evidence that it rested on, which only replaying needs.
 */
export function decisionLine(decision: Decision): DecisionLine {
  const { sequence, at, by, action, because, gates, from, to, evidence } = decision;
  return {
    sequence,
    at,
    by,
    action,
    because,
    gates: [...gates],
    from: from && { stage: from.stage, share: shareOf(from) },
    to: { stage: to.stage, share: shareOf(to) },
    comparisons: total(evidence, compared),
    differing: total(evidence, differing),
  };
}

function total(
  evidence: EvidenceView | null,
  of: (counts: VerdictCounts) => number,
): number | null {
  return evidence && evidence.strata.reduce((sum, view) => sum + of(view.step.verdicts), 0);
}
