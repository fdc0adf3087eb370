import type { OutcomeKind } from '../journal/index.ts';

/** A write as it goes to one side. */
export interface WriteToSend {
  readonly method: string;
  readonly path: string;
  /** Raw: names and values in turn. */
  readonly headers: readonly string[];
  readonly body: Uint8Array;
}

/** What a side answered, whole. */
export interface SideAnswer {
  readonly status: number;
  readonly body: Uint8Array;
}

/**
 * Sends a write to one side. Resolves with its whole answer, or rejects when there is none: the
 * write may or may not have taken effect then. Implementations set their own time limit.
 */
export type SendWrite = (write: WriteToSend) => Promise<SideAnswer>;

// Statuses with which a service, or a balancer before it, says that it could not work now.
const NOT_NOW = new Set([408, 425, 429, 502, 503, 504]);

/**
 * What a first answer of the authority says about the write. Any failure on the server's side, and
 * a timeout, may come from behind the point at which the write took effect.
 */
export function outcomeOf(status: number): OutcomeKind {
  if (status >= 200 && status < 400) return 'applied';
  return status >= 500 || status === 408 ? 'unknown' : 'refused';
}

/**
 * What an answer to a repeated write says. Besides what a first answer leaves open, 409 may mean
 * that the first attempt is still under way, and 425 and 429 say nothing about it.
 */
export function replayOutcomeOf(status: number): OutcomeKind {
  return status === 409 || NOT_NOW.has(status) ? 'unknown' : outcomeOf(status);
}

/**
 * How the follower took a write that the authority has applied. `declined`: it understood, and did
 * not do it. `unavailable`: it could not work now.
 */
export type FollowerVerdict = 'fed' | 'declined' | 'unavailable';

export function followerVerdict(status: number): FollowerVerdict {
  if (status >= 200 && status < 400) return 'fed';
  return NOT_NOW.has(status) ? 'unavailable' : 'declined';
}
