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
  type VerdictCounts,
} from '@falsework/core/evidence';
import type { Instant } from '@falsework/core/ports';
import type { Stage } from '@falsework/core/stage';
import type { ShedCounts } from '../engine/shed.ts';
import type { Plane } from '../plane/plane.ts';
import type { Plan } from './plan.ts';
import { reportText } from './report-text.ts';

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

/** Verdicts of one stratum. */
export interface SeamStratum {
  readonly stratum: string;
  readonly verdicts: VerdictCounts;
}

/** What a seam has seen in the present epoch. Plain data; printed, it is text for people. */
export class SeamReport {
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
  /** Runs that were not compared, by reason, since the process began. */
  readonly shed: ShedCounts;
  /** Failures of ours, or of functions given to us, that were kept from callers. */
  readonly faults: number;
  /** Calls that the candidate failed and legacy answered after all. */
  readonly fallbacks: number;
  readonly latency: { readonly legacy: LatencySummary; readonly candidate: LatencySummary };
  /** What sampling added to sampled calls. */
  readonly added: LatencySummary;
  /** Why this process went back to legacy by itself; `null` when it did not. */
  readonly retreat: string | null;

  private constructor(plan: Plan, plane: Plane) {
    const { core } = plan;
    const { strata, signatures } = plan.seam.summary();
    const tally = strata.map((each) => each.tally).reduce(addTallies, EMPTY_TALLY);
    const counters = core.engine.counters();
    const counts = { trials: compared(tally.verdicts), hits: differing(tally.verdicts) };
    this.seam = core.name;
    this.stage = plane.snapshot.stage;
    this.idleBecause = idleBecause(plan, plane);
    this.verdicts = tally.verdicts;
    this.compared = counts.trials;
    this.differing = counts.hits;
    this.rate = intervalOf(counts);
    this.causes = signatures.map(causeOf);
    this.strata = strata.map(({ stratum, tally: { verdicts } }) => ({ stratum, verdicts }));
    this.shed = counters.shed;
    this.faults = counters.faults;
    this.fallbacks = core.fallbacks;
    this.latency = {
      legacy: latencyOf(tally.legacyLatency),
      candidate: latencyOf(tally.candidateLatency),
    };
    this.added = latencyOf(core.addedMs.read());
    this.retreat = plane.retreat?.because ?? null;
  }

  /** @internal */
  static of(plan: Plan, plane: Plane): SeamReport {
    return new SeamReport(plan, plane);
  }

  toString(): string {
    return reportText(this);
  }

  /** What `console.log` shows. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return reportText(this);
  }
}

function idleBecause({ core, sample }: Plan, plane: Plane): string | null {
  if (!core.isReadOnly) {
    const remedy = "declare effects: 'none' if it only reads";
    return `effects are not declared, so the candidate is not run; ${remedy}`;
  }
  if (sample > 0) return null;
  const { stage, shadow } = plane.snapshot;
  return core.sampleMax > 0 && shadow.sample > 0 ? `the stage is ${stage}` : 'the sample is 0';
}

const ALPHA = 0.05;
// A confidence sequence is sharpest at one rate: a gate's for good candidates, and one of a first,
// faulty attempt.
const SHARPEST_RATES = [1e-4, 1e-2] as const;

/**
 * Each sequence may be wrong with half of the error probability, so both hold at once, and with
 * them what they share.
 */
function intervalOf(counts: Trials): RateInterval {
  const each = SHARPEST_RATES.map((at) => rateInterval(counts, at, ALPHA / SHARPEST_RATES.length));
  return {
    low: Math.max(...each.map(({ low }) => low)),
    high: Math.min(...each.map(({ high }) => high)),
  };
}

function causeOf({
  id,
  count,
  template,
  kind,
  firstAt,
  lastAt,
  samples,
}: SignatureRecord): SeamCause {
  const { legacy = '', candidate = '' } = samples.at(-1) ?? {};
  return { id, count, template, kind, legacy, candidate, firstAt, lastAt };
}

function latencyOf(sketch: Sketch): LatencySummary {
  return { p50Ms: quantileMs(sketch, 0.5), p99Ms: quantileMs(sketch, 0.99) };
}
