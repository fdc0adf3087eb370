import type { Side } from '@falsework/core/routing';
import type { SideFailure } from '../../sides/side-failure.ts';
import type { GrpcCode } from '../rest/status.ts';

/** What happened to the calls of one method. */
export interface MethodCounts {
  legacy: number;
  legacyFailed: number;
  candidate: number;
  candidateFailed: number;
  /** Answered by legacy after the candidate had failed. */
  fallbacks: number;
  /** Kept with legacy, because a write on their key had not reached the candidate. */
  fenced: number;
  /** Callers that left before they had their answer. */
  abandoned: number;
  sampled: number;
  /** Chosen for comparing, but with credentials that its shadow may not carry. */
  credentials: number;
}

/** How often callers were told each status, by the side that served. */
export type StatusCounts = Record<Side, Partial<Record<GrpcCode, number>>>;

/** How a call ended: what its caller was told, and how the side did. */
export interface CallEnd {
  /** `null` when its caller was told nothing: another side answers. */
  readonly code: GrpcCode | null;
  readonly failure: SideFailure | null;
}

/** Counts of a method that nobody has called. */
export function newCounts(): MethodCounts {
  return {
    legacy: 0,
    legacyFailed: 0,
    candidate: 0,
    candidateFailed: 0,
    fallbacks: 0,
    fenced: 0,
    abandoned: 0,
    sampled: 0,
    credentials: 0,
  };
}

/** Counts one call at its end; `null` is one whose caller left. */
export function countEnd(
  { counts, statuses }: { readonly counts: MethodCounts; readonly statuses: StatusCounts },
  side: Side,
  end: CallEnd | null,
): void {
  if (end === null) {
    counts.abandoned += 1;
    return;
  }
  counts[side] += 1;
  if (end.failure !== null) counts[`${side}Failed`] += 1;
  if (end.code !== null) statuses[side][end.code] = (statuses[side][end.code] ?? 0) + 1;
}
