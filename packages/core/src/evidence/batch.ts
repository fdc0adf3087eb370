import type { Instant } from '../ports/clock.ts';
import type { Side } from '../routing/side.ts';
import type { Position } from './observation.ts';
import type { PlaneLoad } from './plane-load.ts';
import type { SignatureRecord } from './signature-record.ts';
import type { StoredPair } from './stored-pair.ts';
import type { Tally } from './tally.ts';
import type { WritesStanding } from './writes-standing.ts';

/** Calls that one side answered to callers, and those that failed. */
export interface ServedCounts {
  readonly requests: number;
  readonly failures: number;
  /**
   * Of legacy's: reads that the candidate's share had, and that a fence kept from its store. Left
   * out when there were none.
   */
  readonly fenced?: number | undefined;
}

/** What one plane saw at one stratum since its last batch. */
export interface StratumDelta {
  readonly seam: string;
  readonly stratum: string;
  readonly position: Position;
  readonly tally: Tally;
}

/** What one plane served at one seam since its last batch, sampled or not. */
export interface SeamDelta {
  readonly seam: string;
  readonly step: number;
  readonly served: Readonly<Record<Side, ServedCounts>>;
}

/** The last look at one side's health. */
export interface HealthReport {
  readonly side: Side;
  readonly at: Instant;
  readonly isHealthy: boolean;
  /** The build that answered, when it says. */
  readonly build: string | null;
  /** Why it is not healthy; `null` when it is. */
  readonly because: string | null;
}

/**
 * A plane's own retreat to legacy, made before control knew. It lasts, and is repeated in every
 * batch, until a snapshot of another step comes: a newer version of the same step (a mere approval,
 * say) does not answer it.
 */
export interface PlaneRetreat {
  readonly at: Instant;
  /** The step that was retreated from. */
  readonly step: number;
  readonly seam: string;
  readonly stratum: string;
  readonly because: string;
}

/**
 * What a plane tells control. Batches of one plane are numbered from 1 without gaps, so that one
 * sent twice is counted once; a plane that restarts takes a new id.
 */
export interface EvidenceBatch {
  readonly plane: string;
  readonly sequence: number;
  readonly sentAt: Instant;
  /** The version of the snapshot that the plane routes by; 0 before the first. */
  readonly snapshotVersion: number;
  readonly strata: readonly StratumDelta[];
  readonly seams: readonly SeamDelta[];
  readonly signatures: readonly SignatureRecord[];
  readonly pairs: readonly StoredPair[];
  readonly health: readonly HealthReport[];
  /** Calls that reached the legacy side for real, shadows included. */
  readonly legacyHits: number;
  /** Marked calls to the legacy side that prove the counter above is alive. */
  readonly legacyProbes: number;
  readonly retreat: PlaneRetreat | null;
  /** Of a guard that keeps writes in a journal; left out by all others. */
  readonly writes?: WritesStanding | undefined;
  /** Left out by planes of an earlier version. */
  readonly load?: PlaneLoad | undefined;
}
