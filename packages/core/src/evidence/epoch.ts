import type { Instant } from '../ports/clock.ts';

/**
 * What evidence belongs to. A change in any part makes older evidence say nothing about the
 * present.
 */
export interface EpochTuple {
  readonly legacyBuild: string;
  readonly candidateBuild: string;
  /** The comparator's fingerprint: rules decide what a difference is. */
  readonly comparator: string;
  /** The data schema or mapping in force. */
  readonly schema: string;
}

/** One epoch of a migration. */
export interface Epoch extends EpochTuple {
  /** Counts from 1 and never repeats within a migration. */
  readonly ordinal: number;
  readonly openedAt: Instant;
  /** Why it was opened, in words for people. */
  readonly reason: string;
}

/** A build whose name no answer has told. */
export const UNKNOWN_BUILD = 'unknown';

/** The parts in which two tuples differ; none means the same epoch. */
export function changedParts(a: EpochTuple, b: EpochTuple): (keyof EpochTuple)[] {
  const parts = ['legacyBuild', 'candidateBuild', 'comparator', 'schema'] as const;
  return parts.filter((part) => a[part] !== b[part]);
}
