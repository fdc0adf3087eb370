import type { Stage } from '../stage/stages.ts';

/** One rung of the ramp: everybody in these cohorts, and this share of everybody else. */
export interface ShareStep {
  /** 0 to 100. */
  readonly percent: number;
  /** Names of cohorts served by the candidate whatever their bucket says. */
  readonly cohorts: readonly string[];
}

/**
 * A stratum judged by its own rule, because its traffic is too rare for the common one. Always with
 * a reason.
 */
export interface StratumRule {
  readonly seam: string;
  readonly stratum: string;
  /** Its own limit on the mismatch rate; `null` waives the proof. */
  readonly rateMax: number | null;
  /** Who allows it and why, shown in every report. */
  readonly reason: string;
}

/**
 * What must be proven before a migration moves, and how fast it may. All durations in milliseconds.
 */
export interface Policy {
  readonly mismatch: { readonly rateMax: number; readonly confidence: number };
  readonly coverage: { readonly rateMin: number };
  /**
   * Differences that did not repeat: bounded too, so that a race in the candidate cannot hide among
   * them.
   */
  readonly transient: { readonly rateMax: number };
  readonly window: { readonly comparisons: number; readonly cycleMs: number };
  readonly latency: {
    readonly slowerRatioMax: number;
    readonly slowerMsMax: number;
    readonly pairsRateMin: number;
  };
  readonly errors: { readonly ratioMax: number; readonly perHourMax: number };
  readonly alarm: { readonly threshold: number };
  readonly shadow: ShadowPolicy;
  readonly ramp: { readonly steps: readonly ShareStep[]; readonly holdMs: number };
  /** How long `shadow` must last, so that a full cycle of the business is seen. */
  readonly soakMs: number;
  /** How long 100 % must last before the step after it. */
  readonly burnInMs: number;
  /** How long legacy must have been silent before `strike`. */
  readonly legacySilenceMs: number;
  /** Evidence, health and planes older than this are no evidence. */
  readonly staleAfterMs: number;
  /** Stages that the loop may enter by itself; every other one waits for a person. */
  readonly automatic: readonly Stage[];
  /** Names needed before these stages may be entered. */
  readonly approvals: Readonly<Partial<Record<Stage, number>>>;
  readonly strata: readonly StratumRule[];
  /** Strict: no tolerance, not one mismatch, two names. */
  readonly money: boolean;
}

/** How shadows behave as guests of the process that serves. */
export interface ShadowPolicy {
  /** Share of calls compared, 0 to 1. */
  readonly sample: number;
  readonly timeoutMs: number;
  readonly queueMax: number;
  readonly concurrency: number;
  /** Share of compared runs on which legacy is also compared with itself, 0 to 1. */
  readonly noiseSample: number;
  /** Pause before a difference is looked at once more; 0 means no second look. */
  readonly recheckAfterMs: number;
}
