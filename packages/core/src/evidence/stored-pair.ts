import type { Instant } from '../ports/clock.ts';

/**
 * A request as it is kept for asking it again: redacted, and marked when redaction took something
 * away.
 */
export interface StoredRequest {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** False when a secret was taken out: asked again it would be another request. */
  readonly isComplete: boolean;
}

/**
 * Both answers to one request that differed, redacted, kept so that rules can be tried on them
 * before they are trusted. Equal values stay equal after redaction, and different ones different.
 */
export interface StoredPair {
  readonly seam: string;
  readonly epoch: number;
  /** The signatures of the differences between them. */
  readonly ids: readonly string[];
  readonly at: Instant;
  /** `null` where there is no request, as in a process. */
  readonly request: StoredRequest | null;
  /** How to read both texts. */
  readonly format: 'json' | 'text';
  readonly legacy: string;
  readonly candidate: string;
}

/** What a plane hands in of a pair; the rest is known where it is counted. */
export type KeptPair = Pick<StoredPair, 'request' | 'format' | 'legacy' | 'candidate'>;

/** Pairs kept per cause: enough to see whether a rule means what its author means. */
export const PAIRS_PER_CAUSE_MAX = 3;
/** The longest text of a pair, in UTF-16 units. Longer answers are compared, but not kept. */
export const PAIR_LENGTH_MAX = 32_768;
