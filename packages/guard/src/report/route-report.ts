import {
  addTallies,
  compared,
  differing,
  EMPTY_TALLY,
  quantileMs,
  type RateInterval,
  rateInterval,
  type SignatureRecord,
  type Sketch,
  type Trials,
  trialsStillNeeded,
  type VerdictCounts,
} from '@falsework/core/evidence';
import type { Instant } from '@falsework/core/ports';
import type { Side } from '@falsework/core/routing';
import {
  type EngineCounters,
  NOTHING_SHED,
  type NoiseReport,
  type ShedCounts,
} from '@falsework/seam/engine';
import type { SeamSummary } from '@falsework/seam/plane';
import type { RouteCounts, UnprovenReason } from '../routes/route.ts';

/** What the row of one route is made from. */
export interface RouteFacts {
  readonly name: string;
  readonly unproven: UnprovenReason | null;
  readonly counts: Readonly<RouteCounts>;
  /** What was compared in the present epoch. */
  readonly summary: SeamSummary;
  /** `null` when nothing was ever chosen for comparing. */
  readonly engine: EngineCounters | null;
}

/** How long a side took, in milliseconds; `null` where nothing was measured. */
export interface LatencyReport {
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
}

/** One cause of differences. */
export interface CauseReport {
  readonly id: string;
  readonly count: number;
  readonly template: string;
  readonly kind: string;
  readonly firstAt: Instant;
  readonly lastAt: Instant;
  /** The latest example, redacted. */
  readonly path: string;
  readonly legacy: string;
  readonly candidate: string;
  readonly request: string | null;
}

/** What is known of one route that is compared. */
export interface RouteReport {
  readonly seam: string;
  readonly requests: number;
  readonly served: Readonly<Record<Side, number>>;
  readonly failed: Readonly<Record<Side, number>>;
  readonly fallbacks: number;
  /** Kept with legacy, because a write on their key had not reached the candidate. */
  readonly fenced: number;
  readonly compared: number;
  readonly differing: number;
  /**
   * The rates of difference that the counts do not exclude, with 95 % confidence, however often one
   * looks.
   */
  readonly rate: RateInterval;
  /**
   * The rate that is to be excluded, and how many more comparisons without a difference would do
   * so.
   */
  readonly claim: { readonly rateMax: number; readonly moreNeeded: number };
  readonly verdicts: VerdictCounts;
  /** Runs that were not compared, by reason, since the guard began. */
  readonly shed: ShedCounts;
  readonly faults: number;
  readonly latency: Readonly<Record<Side, LatencyReport>>;
  /** Most frequent first. */
  readonly causes: readonly CauseReport[];
  /** Legacy against itself. */
  readonly noise: NoiseReport;
  /** Chosen for comparing, but the answer depended on what the caller had already. */
  readonly conditional: number;
  /** Chosen for comparing, but asked before the path was known to be a route. */
  readonly early: number;
  /** Chosen for comparing, but with credentials that its shadow may not carry. */
  readonly credentials: number;
  readonly abandoned: number;
}

const ALPHA = 0.05;
// A confidence sequence is sharpest at one rate. One serves good candidates, the other a first,
// faulty attempt.
const FAULTY_RATE = 1e-2;

/** The row of one route. `rateMax` is the rate that is to be excluded. Pure. */
export function routeReport(
  { name, counts, summary, engine }: RouteFacts,
  rateMax: number,
): RouteReport {
  const tally = summary.strata.map((each) => each.tally).reduce(addTallies, EMPTY_TALLY);
  const trials: Trials = { trials: compared(tally.verdicts), hits: differing(tally.verdicts) };
  return {
    seam: name,
    requests: counts.legacy + counts.candidate - counts.fallbacks,
    served: { legacy: counts.legacy, candidate: counts.candidate },
    failed: { legacy: counts.legacyFailed, candidate: counts.candidateFailed },
    fallbacks: counts.fallbacks,
    fenced: counts.fenced,
    compared: trials.trials,
    differing: trials.hits,
    rate: intervalOf(trials, rateMax),
    claim: { rateMax, moreNeeded: trialsStillNeeded(trials, { rateMax, alpha: ALPHA }) },
    verdicts: tally.verdicts,
    shed: engine?.shed ?? NOTHING_SHED,
    faults: engine?.faults ?? 0,
    latency: {
      legacy: latencyOf(tally.legacyLatency),
      candidate: latencyOf(tally.candidateLatency),
    },
    causes: summary.signatures.map(causeOf),
    noise: { pairs: tally.noise.pairs, noisy: tally.noise.noisy, paths: summary.noise },
    conditional: counts.conditional,
    early: counts.early,
    credentials: counts.credentials,
    abandoned: counts.abandoned,
  };
}

/**
 * Each sequence may be wrong with half of the error probability, so both hold at once, and what
 * they share too.
 */
function intervalOf(trials: Trials, rateMax: number): RateInterval {
  const each = [rateMax, FAULTY_RATE].map((at) => rateInterval(trials, at, ALPHA / 2));
  return {
    low: Math.max(...each.map(({ low }) => low)),
    high: Math.min(...each.map(({ high }) => high)),
  };
}

function causeOf({
  samples,
  id,
  count,
  template,
  kind,
  firstAt,
  lastAt,
}: SignatureRecord): CauseReport {
  const { path = template, legacy = '', candidate = '', request = null } = samples.at(-1) ?? {};
  return { id, count, template, kind, firstAt, lastAt, path, legacy, candidate, request };
}

/** A sketch as two figures. */
export function latencyOf(sketch: Sketch): LatencyReport {
  return { p50Ms: quantileMs(sketch, 0.5), p99Ms: quantileMs(sketch, 0.99) };
}
