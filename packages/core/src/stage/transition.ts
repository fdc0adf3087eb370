import type { EpochTuple } from '../evidence/epoch.ts';
import type { ShareStep } from '../policy/policy.ts';
import type { Instant } from '../ports/clock.ts';
import type { Action, Decision, DecisionInput, Effect, Outcome } from './decision.ts';
import type { MigrationEvent } from './event.ts';
import type { GateResult } from './gate.ts';
import { isBefore, type Stage } from './stages.ts';
import type { MigrationState } from './state.ts';

/** Nobody is served by the candidate. */
export const NO_SHARE: ShareStep = Object.freeze({ percent: 0, cohorts: [] });
/** Everybody is served by the candidate. */
export const FULL_SHARE: ShareStep = Object.freeze({ percent: 100, cohorts: [] });

/** Where to go. `rung` counts from 0 inside `shift` and is -1 elsewhere. */
export interface Destination {
  readonly stage: Stage;
  readonly share: ShareStep;
  readonly rung: number;
}

/**
 * The state after moving: a new step begins, and on the way forward a new round of the stage's
 * alpha. The way back spends nothing: either the evidence is kept, or it starts again with an
 * epoch, which is the round.
 */
export function moveTo(state: MigrationState, to: Destination, now: Instant): MigrationState {
  const isNewStage = to.stage !== state.stage;
  return {
    ...state,
    ...to,
    stageSince: isNewStage ? now : state.stageSince,
    step: state.step + 1,
    stepSince: now,
    rounds: isBefore(state.stage, to.stage) ? nextRound(state.rounds, to.stage) : state.rounds,
    // A yes was said to one step, seen from where the migration stood; it does not outlive either.
    approvals: isNewStage ? [] : state.approvals,
  };
}

/**
 * The state with its evidence starting again, in the stage where it stands: a new epoch, a new
 * round.
 */
export function freshEpoch(
  state: MigrationState,
  tuple: EpochTuple,
  reason: string,
  now: Instant,
): MigrationState {
  const { legacyBuild, candidateBuild, comparator, schema } = tuple;
  const ordinal = state.epoch.ordinal + 1;
  return {
    ...state,
    epoch: { legacyBuild, candidateBuild, comparator, schema, ordinal, openedAt: now, reason },
    step: state.step + 1,
    stepSince: now,
    rounds: nextRound(state.rounds, state.stage),
  };
}

function nextRound(rounds: MigrationState['rounds'], stage: Stage): MigrationState['rounds'] {
  return { ...rounds, [stage]: (rounds[stage] ?? 0) + 1 };
}

/** What a decision says of itself. */
export interface Saying {
  readonly event: MigrationEvent;
  readonly by: string;
  readonly action: Action;
  readonly because: string;
  /** The gates it rested on; `null` when it did not look at evidence. */
  readonly gates: readonly GateResult[] | null;
}

/**
 * Makes the new state, its line in the log and its effects one thing. Every decision publishes a
 * snapshot, also one that does not change routing: planes prove by its version that they hear us.
 */
export function decided(
  before: MigrationState | null,
  after: MigrationState,
  saying: Saying,
  input: DecisionInput,
): Outcome {
  const next = { ...after, version: (before?.version ?? 0) + 1 };
  const decision: Decision = {
    migration: next.name,
    sequence: next.version,
    at: input.now,
    by: saying.by,
    action: saying.action,
    from: before && { stage: before.stage, share: before.share },
    to: { stage: next.stage, share: next.share },
    because: saying.because,
    gates: saying.gates ?? [],
    event: saying.event,
    evidence: saying.gates === null ? null : input.evidence,
    policy: input.policy,
  };
  const effects: Effect[] = [{ effect: 'publish-snapshot', version: next.version }];
  const isIncident = saying.action === 'retreat';
  const text = `${next.name}: ${saying.because}`;
  effects.push({ effect: 'notify', severity: isIncident ? 'incident' : 'info', text });
  return { next, decision, effects };
}
