import { inspect } from 'node:util';
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
} from '@falsework/core/evidence';
import type { CountedFence } from '../engine/counted-fence.ts';
import type { Plane } from '../plane/plane.ts';
import type { Plan } from './plan.ts';
import type { FenceSummary, LatencySummary, ReportData, SeamCause } from './report-data.ts';
import { reportText } from './report-text.ts';

/** What a seam has seen in the present epoch. Plain data; printed, it is text for people. */
export interface SeamReport extends ReportData {
  toString(): string;
}

/** The report of a seam under its present plan. O(strata + causes). */
export function reportOf(plan: Plan, plane: Plane): SeamReport {
  const { core } = plan;
  const { strata, signatures, noise } = plan.seam.summary();
  const tally = strata.map((each) => each.tally).reduce(addTallies, EMPTY_TALLY);
  const counts = { trials: compared(tally.verdicts), hits: differing(tally.verdicts) };
  const { shed, faults } = core.engine.counters();
  const data: ReportData = {
    seam: core.name,
    stage: plane.snapshot.stage,
    idleBecause: idleBecause(plan, plane),
    verdicts: tally.verdicts,
    compared: counts.trials,
    differing: counts.hits,
    rate: intervalOf(counts),
    causes: signatures.map(causeOf),
    noise: { pairs: tally.noise.pairs, noisy: tally.noise.noisy, paths: noise },
    strata: strata.map(({ stratum, tally: { verdicts } }) => ({ stratum, verdicts })),
    shed,
    faults,
    fallbacks: core.fallbacks,
    fence: fenceOf(core.fence),
    blocks: core.blocks.counts(),
    latency: {
      legacy: latencyOf(tally.legacyLatency),
      candidate: latencyOf(tally.candidateLatency),
    },
    added: latencyOf(core.addedMs.read()),
    retreat: plane.retreat?.because ?? null,
  };
  const value = (): string => reportText(data);
  // Not enumerable, so that the report stays data to whoever spreads or serialises it.
  return Object.defineProperties(data, { toString: { value }, [inspect.custom]: { value } });
}

function idleBecause({ core, sample }: Plan, plane: Plane): string | null {
  if (core.effects === undefined) {
    const remedy = "declare effects: 'none' if it only reads";
    return `effects are not declared, so the candidate is not run; ${remedy}`;
  }
  if (core.effects === 'follow') {
    return "effects are 'follow': each side has its own store, so neither is run for the other";
  }
  if (core.stoppedBecause !== null) return `stopped, ${core.stoppedBecause}`;
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

function fenceOf(fence: CountedFence | null): FenceSummary | null {
  if (fence === null) return null;
  const { passed, fenced, waitedMs } = fence.use();
  return { passed, fenced, waited: latencyOf(waitedMs) };
}

function latencyOf(sketch: Sketch): LatencySummary {
  return { p50Ms: quantileMs(sketch, 0.5), p99Ms: quantileMs(sketch, 0.99) };
}
