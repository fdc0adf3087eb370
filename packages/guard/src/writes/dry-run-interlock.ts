import type { Instant } from '@falsework/core/ports';

/** What goes with a shadow write of the effect `dry-run`. */
export const DRY_RUN_HEADER = 'Falsework-Dry-Run';
/** What the request says with it, and what the answer has to say. */
export const DRY_RUN_ASKED = '1';
export const DRY_RUN_HONOURED = 'honoured';

/** Why the shadows of a route stand still, and since when. */
export interface Stop {
  readonly at: Instant;
  readonly because: string;
}

/** A person's word that the candidate now honours dry runs on a route. */
export interface Resumption {
  readonly at: Instant;
  readonly by: string;
  readonly reason: string;
}

/** Where the interlock of one route stands. Plain data: it is stored as it is. */
export interface InterlockState {
  /** `null` while shadows may run. */
  readonly stop: Stop | null;
  /** The last one; `null` when there was none. */
  readonly resumed: Resumption | null;
  /** Counts resumptions. A shadow sent before one is judged, but cannot undo it. */
  readonly round: number;
}

/** What happened on a route. */
export type InterlockEvent =
  /** A shadow was answered; `said` is its `Falsework-Dry-Run`, joined if repeated, or `null`. */
  | {
      readonly type: 'answered';
      readonly at: Instant;
      readonly round: number;
      readonly said: string | null;
    }
  /** A shadow was not answered: whether it honoured the dry run, nobody knows. */
  | { readonly type: 'unanswered'; readonly at: Instant; readonly round: number }
  | {
      readonly type: 'resume';
      readonly at: Instant;
      readonly by: string;
      readonly reason: string;
    };

/** What follows from an event. `alarm` is raised once per stop. */
export interface InterlockStep {
  readonly state: InterlockState;
  /** True when the state is another one, and has to be stored before anything else is done. */
  readonly isChanged: boolean;
  readonly alarm: string | null;
  /** Why a person's word was not taken. */
  readonly refused: string | null;
}

/** Where every route begins: nothing is known against its candidate. */
export const OPEN_INTERLOCK: InterlockState = Object.freeze({
  stop: null,
  resumed: null,
  round: 0,
});

/**
 * The interlock of one route: a shadow write is safe only as long as the candidate says that it
 * changed nothing. The first answer that does not say so stops the route's shadows at once, and
 * they stay stopped until a person resumes them. Pure.
 *
 * A shadow that was not answered stops nothing by itself, because a candidate that is down would
 * otherwise need a person for each outage; but it proves nothing either, and it is no observation.
 */
export function stepInterlock(state: InterlockState, event: InterlockEvent): InterlockStep {
  switch (event.type) {
    case 'unanswered':
      return same(state);
    case 'answered':
      return answered(state, event);
    case 'resume':
      return resume(state, event);
  }
}

/** True when a shadow may be sent on this route. */
export function mayShadow(state: InterlockState): boolean {
  return state.stop === null;
}

function answered(
  state: InterlockState,
  { at, said, round }: Extract<InterlockEvent, { type: 'answered' }>,
): InterlockStep {
  if (state.stop !== null || said?.trim().toLowerCase() === DRY_RUN_HONOURED) return same(state);
  // Sent before a person looked and resumed: that person's word is about what is deployed now.
  if (round < state.round) return same(state);
  const because =
    said === null
      ? `the candidate answered without ${DRY_RUN_HEADER}: it may have carried the write out`
      : `the candidate answered ${DRY_RUN_HEADER} with something other than ${DRY_RUN_HONOURED}`;
  return {
    state: { ...state, stop: { at, because } },
    isChanged: true,
    alarm: because,
    refused: null,
  };
}

function resume(
  state: InterlockState,
  { at, by, reason }: Extract<InterlockEvent, { type: 'resume' }>,
): InterlockStep {
  if (state.stop === null) return refuse(state, 'The shadows of this route are not stopped.');
  if (by.trim() === '') return refuse(state, 'Shadows are resumed by a person; no name was given.');
  if (reason.trim() === '') {
    return refuse(state, 'Shadows are resumed for a reason; none was given.');
  }
  const resumed = { at, by, reason };
  const next = { stop: null, resumed, round: state.round + 1 };
  return { state: next, isChanged: true, alarm: null, refused: null };
}

function same(state: InterlockState): InterlockStep {
  return { state, isChanged: false, alarm: null, refused: null };
}

function refuse(state: InterlockState, refused: string): InterlockStep {
  return { ...same(state), refused };
}
