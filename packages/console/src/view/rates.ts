import type { History } from '@falsework/client/contract';

/** Columns of the chart of rates, as uPlot wants them: seconds first, then a line each. */
export type RateColumns = [
  at: number[],
  seen: (number | null)[],
  low: (number | null)[],
  high: (number | null)[],
  limit: number[],
];

// A logarithmic axis has no zero. What is below a hundredth of the limit is drawn at its foot.
const FLOOR = 0.01;

/** The lowest rate that is drawn. */
export function floorOf({ rateMax }: Pick<History, 'rateMax'>): number {
  return rateMax * FLOOR;
}

/**
 * The history as columns of percentages: what was seen in each stretch, and the band of rates that
 * everything up to there does not exclude. Between two epochs stands a gap: no line may join
 * evidence of one build to that of another. The limit goes from end to end of `range` (in seconds):
 * it holds before the first comparison, too.
 */
export function rateColumns(
  history: History,
  [from, to]: readonly [from: number, to: number],
): RateColumns {
  const { points, rateMax } = history;
  const columns: RateColumns = [[], [], [], [], []];
  const floor = floorOf(history);
  const percent = (rate: number): number => Math.max(rate, floor) * 100;
  const push = (at: number, values: readonly (number | null)[]): void => {
    columns[0].push(at / 1_000);
    for (const [i, value] of values.entries()) (columns[i + 1] as (number | null)[]).push(value);
  };
  const limitAlone = [null, null, null, rateMax * 100];
  let epoch = points[0]?.epoch;
  let lastAt = Math.min(from * 1_000, (points[0]?.toAt ?? Number.POSITIVE_INFINITY) - 1);
  push(lastAt, limitAlone);
  for (const point of points) {
    // Times have to rise, also where two strata were reported at once.
    let at = Math.max(point.toAt, lastAt + 1);
    if (point.epoch !== epoch) {
      push(at, limitAlone);
      at += 1;
      epoch = point.epoch;
    }
    const seen = point.trials === 0 ? null : percent(point.hits / point.trials);
    push(at, [seen, percent(point.rateLow), percent(point.rateHigh), rateMax * 100]);
    lastAt = at;
  }
  push(Math.max(to * 1_000, lastAt + 1), limitAlone);
  return columns;
}
