import type { RateInterval, VerdictCounts } from '@falsework/core/evidence';
import type { Instant } from '@falsework/core/ports';
import type { FenceCounts } from '@falsework/core/routing';
import type { Stage } from '@falsework/core/stage';
import type { BlockCounts } from '../engine/block-watch.ts';
import type { NoiseReport } from '../engine/noise-words.ts';
import type { ShedCounts } from '../engine/shed.ts';

/** How long calls took, in milliseconds; `null` where nothing was measured. */
export interface LatencySummary {
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
}

/** One cause of differences. */
export interface SeamCause {
  readonly id: string;
  readonly count: number;
  readonly template: string;
  readonly kind: string;
  /** The latest example, redacted. */
  readonly legacy: string;
  readonly candidate: string;
  readonly firstAt: Instant;
  readonly lastAt: Instant;
}

/** How often the candidate's store was too far behind for a call. */
export interface FenceSummary {
  /** Calls that the candidate answered. */
  readonly passed: number;
  /** Calls that legacy answered instead, by reason. */
  readonly fenced: FenceCounts;
  /** How long callers waited to be told which. */
  readonly waited: LatencySummary;
}

/** Verdicts of one stratum. */
export interface SeamStratum {
  readonly stratum: string;
  readonly verdicts: VerdictCounts;
}

/** What a seam has seen in the present epoch, as data. */
export interface ReportData {
  readonly seam: string;
  readonly stage: Stage;
  /** Why nothing is compared now; `null` when calls are. */
  readonly idleBecause: string | null;
  readonly verdicts: VerdictCounts;
  readonly compared: number;
  readonly differing: number;
  /**
   * The rates of difference that the counts do not exclude, with 95 % confidence, however often one
   * looks.
   */
  readonly rate: RateInterval;
  /** Most frequent first. */
  readonly causes: readonly SeamCause[];
  readonly strata: readonly SeamStratum[];
  /** Legacy against itself. */
  readonly noise: NoiseReport;
  /** Runs that were not compared, by reason, since the process began. */
  readonly shed: ShedCounts;
  /** Failures of ours, or of functions given to us, that were kept from callers. */
  readonly faults: number;
  /** Calls that the candidate failed and legacy answered after all. */
  readonly fallbacks: number;
  /** What became of calls in the candidate's share; `null` where there is no fence. */
  readonly fence: FenceSummary | null;
  /** What shadow runs did to the event loop of the process. */
  readonly blocks: BlockCounts;
  readonly latency: { readonly legacy: LatencySummary; readonly candidate: LatencySummary };
  /** What sampling added to sampled calls. */
  readonly added: LatencySummary;
  /** Why this process went back to legacy by itself; `null` when it did not. */
  readonly retreat: string | null;
}
