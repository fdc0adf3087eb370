import type { Distribution, History, HistoryPoint } from '@falsework/client/contract';
import {
  addVerdicts,
  NO_VERDICTS,
  quantileMs,
  rateInterval,
  type Sketch,
  type Slice,
} from '@falsework/core/evidence';
import type { Policy } from '@falsework/core/policy';
import type { LatencyView, StratumHistory } from '@falsework/core/ports';

/**
 * Rows of the store that one history is made of: a busy one has 2,000 slices, and more rows than
 * this would take longer than a page may.
 */
export const HISTORY_ROWS_MAX = 400;
// A chart on a wide screen has about a thousand columns; more points than half of them are not
// seen.
const POINTS_MAX = 500;
// Even steps for the body, and the tail that people ask for.
const QUANTILES = [
  0.001,
  ...Array.from({ length: 49 }, (_, i) => (i + 1) / 50),
  0.99,
  0.995,
  0.999,
  1,
];

interface Stretch extends Slice {
  readonly epoch: number;
  readonly step: number;
}

/**
 * Comparisons over time as a chart shows them, with the rates that are not excluded at the end of
 * each stretch: within an epoch evidence adds up, and a new one begins with none. Pure.
 */
export function historyOf(
  rows: readonly StratumHistory[],
  { mismatch }: Pick<Policy, 'mismatch'>,
): History {
  const { rateMax, confidence } = mismatch;
  const stretches = rows.flatMap(({ epoch, step, slices }) =>
    slices.map((slice): Stretch => ({ ...slice, epoch, step })),
  );
  stretches.sort((a, b) => a.epoch - b.epoch || a.step - b.step || a.toAt - b.toAt);
  const points: HistoryPoint[] = [];
  let sum = { epoch: 0, trials: 0, hits: 0 };
  for (const { fromAt, toAt, epoch, step, trials, hits } of thinned(stretches)) {
    const before = sum.epoch === epoch ? sum : { trials: 0, hits: 0 };
    sum = { epoch, trials: before.trials + trials, hits: before.hits + hits };
    const { low, high } = rateInterval(sum, rateMax, 1 - confidence);
    points.push({ fromAt, toAt, epoch, step, trials, hits, rateLow: low, rateHigh: high });
  }
  const byEpoch = Map.groupBy(rows, ({ epoch }) => epoch);
  const epochs = [...byEpoch]
    .sort(([a], [b]) => a - b)
    .map(([epoch, ofEpoch]) => {
      const verdicts = ofEpoch.reduce((all, row) => addVerdicts(all, row.verdicts), NO_VERDICTS);
      return { epoch, verdicts };
    });
  return { rateMax, confidence, points, epochs, isPartial: rows.length >= HISTORY_ROWS_MAX };
}

/** Neighbours of one step put together until a chart can hold them. */
function thinned(stretches: readonly Stretch[]): Stretch[] {
  const most = Math.ceil(stretches.length / POINTS_MAX);
  const kept: { stretch: Stretch; of: number }[] = [];
  for (const stretch of stretches) {
    const last = kept.at(-1);
    const isSame = last?.stretch.epoch === stretch.epoch && last.stretch.step === stretch.step;
    if (last && isSame && last.of < most) {
      const { fromAt, trials, hits } = last.stretch;
      const together = {
        fromAt: Math.min(fromAt, stretch.fromAt),
        trials: trials + stretch.trials,
      };
      last.stretch = { ...stretch, ...together, hits: hits + stretch.hits };
      last.of += 1;
    } else kept.push({ stretch, of: 1 });
  }
  return kept.map(({ stretch }) => stretch);
}

/** Both sides' latencies as curves: which part of all took at most so long. */
export function distributionOf({ seam, stratum, legacy, candidate }: LatencyView): Distribution {
  const count = candidate.count;
  return { seam, stratum, count, legacy: curveOf(legacy), candidate: curveOf(candidate) };
}

function curveOf(sketch: Sketch): [ms: number, part: number][] {
  return QUANTILES.flatMap((part) => {
    const ms = quantileMs(sketch, part);
    return ms === null ? [] : [[ms, part] as [number, number]];
  });
}
