import type { DecisionInput, Outcome } from './decision.ts';
import type { MigrationEvent } from './event.ts';
import { refuse } from './refusal.ts';
import type { MigrationState } from './state.ts';
import { decided, NO_SHARE } from './transition.ts';

/**
 * Begins a migration in `inert`, with its owner and its end named from the first line of the log.
 */
export function kickOff(
  state: MigrationState | null,
  event: Extract<MigrationEvent, { type: 'kickoff' }>,
  input: DecisionInput,
): Outcome {
  if (state !== null) {
    return refuse(
      'started-already',
      `${state.name} was started before.`,
      'See where it stands: `falsework status`.',
    );
  }
  const { now } = input;
  const { tuple, ...named } = event.kickoff;
  const first: MigrationState = {
    ...named,
    startedAt: now,
    stage: 'inert',
    stageSince: now,
    share: NO_SHARE,
    rung: -1,
    step: 1,
    stepSince: now,
    epoch: { ...tuple, ordinal: 1, openedAt: now, reason: 'kickoff' },
    rounds: { inert: 1 },
    approvals: [],
    hold: null,
    accepted: [],
    rolledBackAt: null,
    retreats: 0,
    version: 0,
  };
  const because = `started by ${event.by}, owner ${named.owner}`;
  return decided(
    null,
    first,
    { event, by: event.by, action: 'kickoff', because, gates: null },
    input,
  );
}
