import { EMPTY_SKETCH, mergeSketches, type Sketch } from './sketch.ts';
import { addVerdicts, NO_VERDICTS, type VerdictCounts } from './verdict.ts';

/**
 * The counts of one stratum that gates bet on. Mergeable by adding: across processes, and across
 * steps.
 */
export interface Counts {
  readonly verdicts: VerdictCounts;
  /** Differences in a critical class (money, authorisation, a lost write): one is too many. */
  readonly critical: number;
  /** Pairs with both latencies known, and those on which the candidate broke the latency goal. */
  readonly latency: { readonly pairs: number; readonly slow: number };
  readonly noise: NoiseCounts;
}

/** Runs on which legacy was compared with itself, beside the candidate, on the same request. */
export interface NoiseCounts {
  readonly pairs: number;
  /** Legacy differed from itself. */
  readonly noisy: number;
  /** Only the candidate differed. */
  readonly candidateOnly: number;
  /** Only legacy differed from itself: what the candidate is to be forgiven on average. */
  readonly noiseOnly: number;
}

/** Counts with what people are shown beside them: how long both sides took. */
export interface Tally extends Counts {
  readonly legacyLatency: Sketch;
  readonly candidateLatency: Sketch;
}

/** Counts of nothing. */
export const NO_COUNTS: Counts = Object.freeze({
  verdicts: NO_VERDICTS,
  critical: 0,
  latency: Object.freeze({ pairs: 0, slow: 0 }),
  noise: Object.freeze({ pairs: 0, noisy: 0, candidateOnly: 0, noiseOnly: 0 }),
});

/** A tally of nothing. */
export const EMPTY_TALLY: Tally = Object.freeze({
  ...NO_COUNTS,
  legacyLatency: EMPTY_SKETCH,
  candidateLatency: EMPTY_SKETCH,
});

/** Both counts together. */
export function addCounts(a: Counts, b: Counts): Counts {
  return {
    verdicts: addVerdicts(a.verdicts, b.verdicts),
    critical: a.critical + b.critical,
    latency: {
      pairs: a.latency.pairs + b.latency.pairs,
      slow: a.latency.slow + b.latency.slow,
    },
    noise: {
      pairs: a.noise.pairs + b.noise.pairs,
      noisy: a.noise.noisy + b.noise.noisy,
      candidateOnly: a.noise.candidateOnly + b.noise.candidateOnly,
      noiseOnly: a.noise.noiseOnly + b.noise.noiseOnly,
    },
  };
}

/** Both tallies together. */
export function addTallies(a: Tally, b: Tally): Tally {
  return {
    ...addCounts(a, b),
    legacyLatency: mergeSketches(a.legacyLatency, b.legacyLatency),
    candidateLatency: mergeSketches(a.candidateLatency, b.candidateLatency),
  };
}
