import type { Instant } from '../ports/clock.ts';
import type { Side } from '../routing/side.ts';
import type { AlarmState } from './alarm.ts';
import type { HealthReport, ServedCounts } from './batch.ts';
import type { DataEvidence } from './data-evidence.ts';
import { proposeRule } from './propose-rule.ts';
import type { SignatureRecord } from './signature-record.ts';
import type { Counts } from './tally.ts';
import type { Slice } from './window.ts';
import type { WritesStanding } from './writes-standing.ts';

/** A plane as control last saw it. */
export interface PlaneView {
  readonly id: string;
  readonly seenAt: Instant;
  readonly snapshotVersion: number;
}

/** The evidence of one stratum of one seam in the present epoch. */
export interface StratumView {
  readonly seam: string;
  readonly stratum: string;
  /** Since the epoch began. */
  readonly epoch: Counts;
  /** Since the present step began. */
  readonly step: Counts;
  /** The worst sustained window of the policy's cycle; `null` before there is a whole one. */
  readonly worstWindow: Slice | null;
  /** True when differences become more frequent. */
  readonly isRising: boolean;
  readonly alarm: AlarmState;
  readonly lastAt: Instant;
}

/**
 * What was served at one seam in the present step, sampled or not, and the failures of the last
 * hour.
 */
export interface SeamView {
  readonly seam: string;
  readonly step: Readonly<Record<Side, ServedCounts>>;
  readonly candidateFailuresLastHour: number;
  /**
   * Watches the failures that callers of the candidate got; writes have no pair to be compared
   * with.
   */
  readonly alarm: AlarmState;
}

/** Calls that still reach legacy. */
export interface LegacyTraffic {
  /** The last real call; `null` when there was none since counting began. */
  readonly lastHitAt: Instant | null;
  readonly countingSince: Instant;
  /** Probes sent to prove that the counter is alive, and the last one counted. */
  readonly probes: number;
  readonly lastProbeAt: Instant | null;
}

/** Legacy code left in the source tree, as the last scan found it. */
export interface LegacyCode {
  readonly files: number;
  readonly scannedAt: Instant;
}

/**
 * Everything that is known when a decision is made. Bounded, and kept with the decision that rested
 * on it.
 */
export interface EvidenceView {
  readonly planes: readonly PlaneView[];
  readonly health: Readonly<Partial<Record<Side, HealthReport>>>;
  readonly strata: readonly StratumView[];
  readonly seams: readonly SeamView[];
  /** Where legacy differs from itself, most frequent first, at most {@link NOISY_PATHS_MAX}. */
  readonly noise: readonly NoisyPath[];
  readonly legacyTraffic: LegacyTraffic | null;
  readonly legacyCode: LegacyCode | null;
  readonly data: DataEvidence | null;
  /** Of every guard that keeps writes in a journal; left out where there is none. */
  readonly writes?: readonly WritesStanding[] | undefined;
}

/** One place where legacy does not agree with itself, and the rule that would settle it. */
export interface NoisyPath {
  readonly seam: string;
  readonly template: string;
  readonly kind: string;
  readonly count: number;
  /** The rule as JSON; `null` when none is narrow enough to be proposed. */
  readonly rule: string | null;
}

/** Noisy paths kept in a view: enough to begin with, and the rest is in the signatures. */
export const NOISY_PATHS_MAX = 10;

/** The noisy paths of these causes, most frequent first. */
export function noisyPaths(records: readonly SignatureRecord[]): NoisyPath[] {
  const noisy = records.filter((record) => record.isNoise).sort((a, b) => b.count - a.count);
  return noisy.slice(0, NOISY_PATHS_MAX).map((record) => {
    const { seam, template, kind, count } = record;
    const proposed = proposeRule(record);
    return { seam, template, kind, count, rule: proposed && JSON.stringify(proposed.rule) };
  });
}

/** No evidence of anything. */
export const NO_EVIDENCE: EvidenceView = Object.freeze({
  planes: [],
  health: {},
  strata: [],
  seams: [],
  noise: [],
  legacyTraffic: null,
  legacyCode: null,
  data: null,
});
