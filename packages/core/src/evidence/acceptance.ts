import type { Instant } from '../ports/clock.ts';
import { differenceShape } from './difference-shape.ts';
import type { Finding, Observation } from './observation.ts';

/**
 * A cause of differences that somebody answers for: known, wanted, and no mismatch from now on.
 * What was counted before stays counted.
 */
export interface Acceptance {
  readonly seam: string;
  /** The signature. */
  readonly id: string;
  readonly template: string;
  readonly kind: string;
  /**
   * The shapes that were seen when it was accepted; a difference of another shape is not accepted.
   */
  readonly shapes: readonly string[];
  /** Who answers for it. */
  readonly owner: string;
  readonly reason: string;
  readonly acceptedBy: string;
  readonly acceptedAt: Instant;
  readonly expiresAt: Instant;
}

/** What a plane needs to know of an acceptance. */
export type AcceptedCause = Pick<Acceptance, 'seam' | 'id' | 'shapes'>;

/** True when one of the acceptances covers this finding at this seam, in its shape. */
export function isAccepted(
  seam: string,
  finding: Finding,
  accepted: readonly AcceptedCause[],
): boolean {
  const cause = accepted.find((each) => each.seam === seam && each.id === finding.id);
  return cause?.shapes.includes(differenceShape(finding)) ?? false;
}

/**
 * The observation as it counts: `accepted` when every one of its causes is. One cause that is not
 * leaves it the mismatch that it is. A failure of one side is never accepted.
 */
export function withAcceptances(
  seam: string,
  observation: Observation,
  accepted: readonly AcceptedCause[],
): Observation {
  const { verdict, findings } = observation;
  if (accepted.length === 0 || verdict !== 'mismatch' || findings.length === 0) return observation;
  const isCovered = findings.every((finding) => isAccepted(seam, finding, accepted));
  return isCovered ? { ...observation, verdict: 'accepted', isCritical: false } : observation;
}
