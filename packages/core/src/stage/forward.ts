import { formatRate } from '../text/format.ts';
import type { DecisionInput, Outcome } from './decision.ts';
import { FALSEWORK, type MigrationEvent } from './event.ts';
import type { GateResult } from './gate.ts';
import { evaluateGates, gatesBefore } from './gates/registry.ts';
import { refuse } from './refusal.ts';
import { isBefore, RAMP_GATES, type Stage, stageAfter } from './stages.ts';
import type { MigrationState } from './state.ts';
import { type Destination, decided, FULL_SHARE, moveTo, NO_SHARE } from './transition.ts';

/** The step that comes next, and every gate before it. */
export interface NextStep {
  readonly to: Destination;
  readonly gates: readonly GateResult[];
}

/**
 * The next step of a migration with the gates before it; `null` at the end of the walk. For
 * explaining and deciding.
 */
export function nextStep(state: MigrationState, input: DecisionInput): NextStep | null {
  const rungs = input.policy.ramp.steps;
  const higher = state.stage === 'shift' ? rungs[state.rung + 1] : undefined;
  if (higher) {
    const gates = evaluateGates(RAMP_GATES, { ...input, state, target: 'shift' });
    return { to: { stage: 'shift', share: higher, rung: state.rung + 1 }, gates };
  }
  const stage = stageAfter(state.stage, state.topology);
  return stage === null ? null : entry(state, stage, input);
}

/** The gates before one stage, whichever it is, and where entering it would lead. */
function entry(state: MigrationState, stage: Stage, input: DecisionInput): NextStep {
  const names = gatesBefore(stage, state.topology);
  const gates = evaluateGates(names, { ...input, state, target: stage });
  const first = input.policy.ramp.steps[0] ?? FULL_SHARE;
  if (stage === 'shift') return { to: { stage, share: first, rung: 0 }, gates };
  const share = isBefore(stage, 'shift') ? NO_SHARE : FULL_SHARE;
  return { to: { stage, share, rung: -1 }, gates };
}

type Forward = Extract<MigrationEvent, { type: 'tick' | 'advance' }>;

/** Takes the next step if everything before it is proven. */
export function stepForward(state: MigrationState, event: Forward, input: DecisionInput): Outcome {
  if (state.hold !== null) {
    const { by, reason } = state.hold;
    return refuse(
      'on-hold',
      `${by} holds ${state.name}: ${reason}.`,
      'Resume it first: `falsework hold --resume`.',
    );
  }
  const step = nextStep(state, input);
  if (step === null)
    return refuse('finished', `${state.name} is at its end.`, 'There is nothing left to do.');
  const order =
    event.type === 'advance' && event.to ? checkOrder(state, event.to, step, input) : null;
  if (order) return order;
  const { to, gates } = step;
  if (event.type === 'tick' && !input.policy.automatic.includes(to.stage)) {
    const missing = notPassed(gates);
    const wait = `${to.stage} waits for a person.`;
    return refuse(
      'waits-for-person',
      wait,
      `Ask for it: \`falsework advance --to ${to.stage}\`.`,
      missing,
    );
  }
  const missing = notPassed(gates);
  if (missing.length > 0) return refuseUnproven(state, to.stage, missing);
  const next = moveTo(state, to, input.now);
  const isRung = to.stage === state.stage;
  const because = `${isRung ? 'share raised to' : `entered ${to.stage}, share`} ${describeShare(to)}: ${gates.length} gates passed`;
  const by = event.type === 'advance' ? event.by : FALSEWORK;
  const action = isRung ? 'ramp' : 'enter';
  return decided(state, next, { event, by, action, because, gates }, input);
}

/**
 * A person named a stage: it must be the one that comes next. Skipping and reordering are refusals.
 */
function checkOrder(
  state: MigrationState,
  wanted: Stage,
  next: NextStep,
  input: DecisionInput,
): Outcome | null {
  if (wanted === next.to.stage) return null;
  if (wanted === state.stage || isBefore(wanted, state.stage)) {
    const action = `Going back is \`falsework rollback ${wanted}\`.`;
    return refuse(
      'not-forward',
      `${state.name} is in ${state.stage}; ${wanted} is not ahead.`,
      action,
    );
  }
  const after = stageAfter(state.stage, state.topology);
  if (wanted === after) {
    // The stage is the right one, but the ramp before it is not finished: its own gates say so.
    return refuseUnproven(state, wanted, notPassed(entry(state, wanted, input).gates));
  }
  const skipped = `${wanted} cannot be entered from ${state.stage}: ${after ?? 'nothing'} comes next.`;
  const action = `Enter ${next.to.stage} first; what it still needs is listed.`;
  return refuse('stage-skipped', skipped, action, notPassed(next.gates));
}

function refuseUnproven(
  state: MigrationState,
  target: Stage,
  missing: readonly GateResult[],
): Outcome {
  const names = missing.map((gate) => gate.gate).join(', ');
  const message = `${state.name} may not move on to ${target}: ${names} did not pass.`;
  return refuse('gates-not-passed', message, 'See what is missing: `falsework explain`.', missing);
}

function notPassed(gates: readonly GateResult[]): GateResult[] {
  return gates.filter((gate) => gate.status !== 'pass');
}

function describeShare({ share }: Destination): string {
  const cohorts = share.cohorts.length > 0 ? `${share.cohorts.join(', ')} and ` : '';
  return `${cohorts}${formatRate(share.percent / 100)}`;
}
