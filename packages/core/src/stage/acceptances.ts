import type { Acceptance } from '../evidence/acceptance.ts';
import type { DecisionInput, Outcome } from './decision.ts';
import { FALSEWORK, type MigrationEvent } from './event.ts';
import { refuse } from './refusal.ts';
import type { MigrationState } from './state.ts';
import { decided, freshEpoch } from './transition.ts';

// An acceptance that outlives the migration is a rule that nobody wrote down. A year is the longest
// that a migration is likely to last; whoever still means it then can say so again.
const DAYS_MAX = 366;
const DAY_MS = 86_400_000;

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
  if (expiresAt > input.now + DAYS_MAX * DAY_MS) {
    return refuse(
      'expiry-too-far',
      `An acceptance of ${short} has to expire within ${DAYS_MAX} days.`,
      'Name an earlier date, or write a rule: a rule is for good.',
    );
  }
  const known = state.accepted.find((each) => isSame(each, cause));
  const acceptance: Acceptance = {
    ...cause,
    // What was accepted before stays accepted, seen again by now or not.
    shapes: [...new Set([...(known?.shapes ?? []), ...cause.shapes])],
    owner,
    reason,
    expiresAt,
    acceptedBy: by,
    acceptedAt: input.now,
  };
  const others = state.accepted.filter((each) => each !== known);
  const accepted = [...others, acceptance];
  const words = `${short} ${cause.template}: ${reason} (${owner} owns it)`;
  if (known === undefined || !coversShapes(known, cause)) {
    const because = `${by} accepted ${words}`;
    return withAccepted(state, accepted, { event, by, action: 'accept', because }, input);
  }
  if (known.owner === owner && known.reason === reason && known.expiresAt === expiresAt) {
    return refuse('accepted-already', `${short} is accepted already.`, 'Nothing to do.');
  }
  // What counts as a difference stays what it was, and so does the evidence of it.
  const because = `${by} renewed the acceptance of ${words}`;
  const saying = { event, by, action: 'accept', because, gates: null } as const;
  return decided(state, { ...state, accepted }, saying, input);
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

function coversShapes(
  known: Pick<Acceptance, 'shapes'>,
  wanted: Pick<Acceptance, 'shapes'>,
): boolean {
  return wanted.shapes.every((shape) => known.shapes.includes(shape));
}

function shortOf(id: string): string {
  return `#${id.slice(0, 4)}`;
}
