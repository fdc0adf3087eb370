import type { Acceptance } from '../evidence/acceptance.ts';
import type { DecisionInput, Outcome } from './decision.ts';
import { FALSEWORK, type MigrationEvent } from './event.ts';
import { refuse } from './refusal.ts';
import type { MigrationState } from './state.ts';
import { decided, freshEpoch } from './transition.ts';

type EventOf<Type extends MigrationEvent['type']> = Extract<MigrationEvent, { type: Type }>;

/**
 * Takes note that somebody answers for a cause of differences. It acts forward only: what was
 * counted as a mismatch stays one, and the evidence starts again. Whoever is served by the
 * candidate stays there: nothing about the candidate has changed.
 */
export function accept(
  state: MigrationState,
  event: EventOf<'accept'>,
  input: DecisionInput,
): Outcome {
  const { cause, owner, reason, expiresAt, by } = event;
  const short = shortOf(cause.id);
  if (input.policy.money) {
    const why = `${state.name} is about money: no difference is accepted.`;
    return refuse(
      'never-accepted',
      why,
      'Fix the candidate, or write a rule that says why both are right.',
    );
  }
  if (expiresAt <= input.now) {
    return refuse(
      'expiry-past',
      `An acceptance of ${short} has to expire in the future.`,
      'Name a later date.',
    );
  }
  if (state.accepted.some((known) => isSame(known, cause) && sameShapes(known, cause))) {
    return refuse('accepted-already', `${short} is accepted already.`, 'Nothing to do.');
  }
  const acceptance: Acceptance = {
    ...cause,
    owner,
    reason,
    expiresAt,
    acceptedBy: by,
    acceptedAt: input.now,
  };
  const others = state.accepted.filter((known) => !isSame(known, cause));
  const because = `${by} accepted ${short} ${cause.template}: ${reason} (${owner} owns it)`;
  return withAccepted(
    state,
    [...others, acceptance],
    { event, by, action: 'accept', because },
    input,
  );
}

/** Takes an acceptance back, by a person or because it has expired. */
export function reopen(
  state: MigrationState,
  event: EventOf<'reopen'>,
  input: DecisionInput,
): Outcome {
  const kept = state.accepted.filter((known) => !isSame(known, event));
  if (kept.length === state.accepted.length) {
    return refuse(
      'not-accepted',
      `${shortOf(event.id)} is not accepted.`,
      'See `falsework diffs`.',
    );
  }
  const because = `${event.by} reopened ${shortOf(event.id)}`;
  return withAccepted(state, kept, { event, by: event.by, action: 'reopen', because }, input);
}

/** Ends acceptances whose time is over; `null` when there are none. */
export function expire(
  state: MigrationState,
  event: EventOf<'tick'>,
  input: DecisionInput,
): Outcome | null {
  const kept = state.accepted.filter((known) => known.expiresAt > input.now);
  if (kept.length === state.accepted.length) return null;
  const ended = state.accepted.filter((known) => known.expiresAt <= input.now);
  const because = `acceptance of ${ended.map(({ id }) => shortOf(id)).join(', ')} has expired`;
  return withAccepted(state, kept, { event, by: FALSEWORK, action: 'reopen', because }, input);
}

function withAccepted(
  state: MigrationState,
  accepted: readonly Acceptance[],
  saying: {
    readonly event: MigrationEvent;
    readonly by: string;
    readonly action: 'accept' | 'reopen';
    readonly because: string;
  },
  input: DecisionInput,
): Outcome {
  const next = { ...freshEpoch(state, state.epoch, saying.because, input.now), accepted };
  return decided(state, next, { ...saying, gates: null }, input);
}

function isSame(
  known: Pick<Acceptance, 'seam' | 'id'>,
  other: Pick<Acceptance, 'seam' | 'id'>,
): boolean {
  return known.seam === other.seam && known.id === other.id;
}

function sameShapes(a: Pick<Acceptance, 'shapes'>, b: Pick<Acceptance, 'shapes'>): boolean {
  return b.shapes.every((shape) => a.shapes.includes(shape));
}

function shortOf(id: string): string {
  return `#${id.slice(0, 4)}`;
}
