import { alarmStatistic, isAlarming } from '../evidence/alarm.ts';
import { changedParts } from '../evidence/epoch.ts';
import type { Instant } from '../ports/clock.ts';
import { formatCount } from '../text/format.ts';
import type { DecisionInput, Outcome } from './decision.ts';
import { FALSEWORK, type MigrationEvent } from './event.ts';
import { stratumName } from './gates/strata.ts';
import { refuse } from './refusal.ts';
import { isBefore, type Stage, walk } from './stages.ts';
import type { MigrationState } from './state.ts';
import { decided, FULL_SHARE, freshEpoch, moveTo, NO_SHARE } from './transition.ts';
import { undoCost } from './undo.ts';

/**
 * Where a retreat leads: the last stage in which legacy serves everything and the candidate is
 * still watched.
 */
const RETREAT_TO: Stage = 'shadow';

/** Why the present evidence demands a retreat, in words; `null` when it does not. */
export function dangerOf(
  state: MigrationState,
  { evidence, policy, now }: DecisionInput,
): string | null {
  // While nobody is served by the candidate, its faults hold the next step; there is nothing to
  // retreat from.
  if (state.stage !== 'shift') return null;
  const settings = { rateOk: policy.mismatch.rateMax, threshold: policy.alarm.threshold };
  for (const view of evidence.strata) {
    if (view.step.critical > 0) return `critical mismatch on ${stratumName(view)}`;
    if (isAlarming(view.alarm, settings)) {
      const statistic = formatCount(alarmStatistic(view.alarm));
      return `regression alarm on ${stratumName(view)} (statistic ${statistic}, limit ${formatCount(policy.alarm.threshold)})`;
    }
  }
  const failing = evidence.seams.find((seam) => isAlarming(seam.alarm, settings));
  if (failing) return `callers of the candidate get errors on ${failing.seam}`;
  const health = evidence.health.candidate;
  const isFresh = health !== undefined && now - health.at <= policy.staleAfterMs;
  if (isFresh && !health.isHealthy)
    return `candidate unhealthy: ${health.because ?? 'no reason given'}`;
  return null;
}

/**
 * Takes all traffic back to legacy. Needs no person and no proof. The evidence starts again: what
 * was proven before was proven of a candidate that has since shown itself different.
 */
export function retreat(
  state: MigrationState,
  event: MigrationEvent,
  because: string,
  input: DecisionInput,
): Outcome {
  if (state.stage !== 'shift') {
    const action = 'Nothing to do: no caller is served by the candidate on a share.';
    return refuse('nothing-changed', `${state.name} is in ${state.stage}, not in shift.`, action);
  }
  const reason = `retreat: ${because}`;
  const back = returned(state, RETREAT_TO, input.now);
  const next = {
    ...freshEpoch(back, back.epoch, reason, input.now),
    retreats: state.retreats + 1,
  };
  const text = `retreated from ${state.share.percent} % to legacy: ${because}`;
  return decided(
    state,
    next,
    { event, by: FALSEWORK, action: 'retreat', because: text, gates: [] },
    input,
  );
}

/** A person goes back to an earlier stage. */
export function rollBack(
  state: MigrationState,
  event: Extract<MigrationEvent, { type: 'rollback' }>,
  input: DecisionInput,
): Outcome {
  const { to } = event;
  const isOnWalk = walk(state.topology).some((row) => row.stage === to);
  if (!isOnWalk || !isBefore(to, state.stage)) {
    const message = `${to} is not an earlier stage of ${state.name}, which is in ${state.stage}.`;
    const earlier = walk(state.topology).filter((row) => isBefore(row.stage, state.stage));
    const action = `Name one of: ${earlier.map((row) => row.stage).join(', ') || 'none is left'}.`;
    return refuse('not-earlier', message, action);
  }
  const cost = undoCost(state, to);
  if (cost.undo === 'none') {
    return refuse(
      'undo-impossible',
      `${state.name} cannot go back: ${cost.words}.`,
      'Restore legacy from version control and start a new migration.',
    );
  }
  const legacy = input.evidence.health.legacy;
  if (!isBefore(state.stage, 'turnover') && !(legacy?.isHealthy ?? false)) {
    const action = 'Deploy legacy again and wait for its health check.';
    return refuse(
      'legacy-unhealthy',
      'Legacy was not seen healthy, so it cannot take over.',
      action,
    );
  }
  if (cost.undo !== 'free' && !areStoresBack(to, input)) {
    const action = 'Roll the data back first: `falsework data rollback`.';
    return refuse(
      'undo-needs-data',
      `Going back from ${state.stage} is not a flag: ${cost.words}.`,
      action,
    );
  }
  const next = returned(state, to, input.now);
  const because = `rolled back from ${state.stage} to ${to}: ${event.reason}`;
  return decided(
    state,
    next,
    { event, by: event.by, action: 'rollback', because, gates: [] },
    input,
  );
}

/**
 * True when the stores are where the earlier stage wants them, as the data side said just now:
 * before turnover legacy takes the writes; in turnover the candidate does and legacy is fed.
 */
function areStoresBack(to: Stage, { evidence: { data }, policy, now }: DecisionInput): boolean {
  if (data === null || now - data.reportedAt > policy.staleAfterMs) return false;
  if (isBefore(to, 'turnover')) return data.authority === 'legacy';
  const { reverse } = data;
  return data.authority === 'candidate' && reverse !== null && reverse.deadBecause === null;
}

/** Another build, comparator or schema answers. Evidence starts again, and with it the share. */
export function changeEpoch(
  state: MigrationState,
  event: Extract<MigrationEvent, { type: 'epoch' }>,
  input: DecisionInput,
): Outcome {
  const parts = changedParts(state.epoch, event.tuple);
  if (parts.length === 0) {
    return refuse('nothing-changed', 'The epoch is the present one.', 'Nothing to do.');
  }
  const reason = parts
    .map((part) => `${part} ${state.epoch[part]} → ${event.tuple[part]}`)
    .join(', ');
  const isServing = state.stage === 'shift';
  const back = isServing ? returned(state, RETREAT_TO, input.now) : state;
  const next = freshEpoch(back, event.tuple, reason, input.now);
  const because = isServing
    ? `new epoch, unproven: ${state.share.percent} % back to legacy (${reason})`
    : `new epoch: ${reason}`;
  return decided(
    state,
    next,
    { event, by: FALSEWORK, action: 'epoch', because, gates: null },
    input,
  );
}

function returned(state: MigrationState, to: Stage, now: Instant): MigrationState {
  const hadTraffic = state.share.percent > 0 || state.share.cohorts.length > 0;
  // In turnover the candidate still serves everybody, so nothing has gone back to legacy.
  const isServed = !isBefore(to, 'turnover');
  const share = isServed ? FULL_SHARE : NO_SHARE;
  const moved = moveTo(state, { stage: to, share, rung: -1 }, now);
  return { ...moved, rolledBackAt: hadTraffic && !isServed ? now : state.rolledBackAt };
}
