import type { DecisionInput, Outcome } from './decision.ts';
import type { MigrationEvent } from './event.ts';
import { gatesBefore } from './gates/registry.ts';
import { refuse } from './refusal.ts';
import { stageAfter } from './stages.ts';
import type { MigrationState } from './state.ts';
import { decided } from './transition.ts';

type EventOf<Type extends MigrationEvent['type']> = Extract<MigrationEvent, { type: Type }>;

/** Notes a person's yes to the stage that comes next. It moves nothing by itself. */
export function approve(
  state: MigrationState,
  event: EventOf<'approve'>,
  input: DecisionInput,
): Outcome {
  const next = stageAfter(state.stage, state.topology);
  const needsApproval = next !== null && gatesBefore(next, state.topology).includes('approval');
  if (next === null || !needsApproval || (event.for !== null && event.for !== next)) {
    const message = `${event.for ?? next ?? 'nothing'} needs no approval while ${state.name} is in ${state.stage}.`;
    return refuse('nothing-to-approve', message, 'See what comes next: `falsework explain`.');
  }
  if (state.approvals.some((given) => given.by === event.by && given.for === next)) {
    return refuse(
      'approved-already',
      `${event.by} has approved ${next} before.`,
      'Another name has to approve.',
    );
  }
  const given = { by: event.by, for: next, at: input.now };
  const after = { ...state, approvals: [...state.approvals, given] };
  const because = `${event.by} approved ${next}`;
  return decided(
    state,
    after,
    { event, by: event.by, action: 'approve', because, gates: null },
    input,
  );
}

/** Stops every step forward until it is resumed. Retreat and rollback stay possible. */
export function putOnHold(
  state: MigrationState,
  event: EventOf<'hold'>,
  input: DecisionInput,
): Outcome {
  if (state.hold !== null) {
    return refuse('on-hold', `${state.hold.by} holds ${state.name} already.`, 'Nothing to do.');
  }
  const after = { ...state, hold: { by: event.by, reason: event.reason, at: input.now } };
  const because = `${event.by} put it on hold: ${event.reason}`;
  return decided(
    state,
    after,
    { event, by: event.by, action: 'hold', because, gates: null },
    input,
  );
}

/** Ends a hold. */
export function resume(
  state: MigrationState,
  event: EventOf<'resume'>,
  input: DecisionInput,
): Outcome {
  if (state.hold === null) {
    return refuse('not-on-hold', `${state.name} is not on hold.`, 'Nothing to do.');
  }
  const because = `${event.by} resumed it`;
  const after = { ...state, hold: null };
  return decided(
    state,
    after,
    { event, by: event.by, action: 'resume', because, gates: null },
    input,
  );
}
