import type { Side } from '../routing/side.ts';
import type { KeptPair } from './stored-pair.ts';
import type { Verdict } from './verdict.ts';

/**
 * Where a plane stood when it sampled a run: the epoch and step of the snapshot, and the builds
 * that answered.
 */
export interface Position {
  /** The ordinal of the epoch named by the snapshot. */
  readonly epoch: number;
  /** The ordinal of the migration's step: it grows with every change of stage or share. */
  readonly step: number;
  readonly legacyBuild: string;
  readonly candidateBuild: string;
}

/** One cause seen in one run, with an example that is already redacted and cut. */
export interface Finding {
  /** The signature, 16 hex digits. */
  readonly id: string;
  /** The generalised path, for example `$.lines[*].tax`. */
  readonly template: string;
  /** The kind of difference, for example `number`. */
  readonly kind: string;
  /** The exact path and both values, as short redacted text. */
  readonly example: { readonly path: string; readonly legacy: string; readonly candidate: string };
}

/** Legacy run twice on one request: what differs is nobody's fault. */
export interface NoiseLook {
  readonly differs: boolean;
  /** Empty unless it differs. */
  readonly findings: readonly Finding[];
}

/** One paired run, as the shadow engine reports it. */
export interface Observation {
  readonly position: Position;
  readonly stratum: string;
  /** The side whose answer the caller got. */
  readonly served: Side;
  readonly verdict: Verdict;
  /** True when the difference is of a class of which one is too many. */
  readonly isCritical: boolean;
  /** How long each side took, in milliseconds; `null` when it did not answer. */
  readonly legacyMs: number | null;
  readonly candidateMs: number | null;
  /** Empty unless the sides differ. */
  readonly findings: readonly Finding[];
  /**
   * What legacy said against itself, when this run was chosen for that; `null` when it was not.
   */
  readonly noise: NoiseLook | null;
  /** Both answers, redacted, when they differ and are worth keeping; `null` otherwise. */
  readonly pair: KeptPair | null;
  /**
   * What was asked, in a few redacted words such as `GET /orders/{id}`; `null` when there is
   * nothing to say.
   */
  readonly request: string | null;
}
