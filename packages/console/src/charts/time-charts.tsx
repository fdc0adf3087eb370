import type { DecisionLine, History } from '@falsework/client/contract';
import { formatCounted, formatRate } from '@falsework/core/text';
import { type ReactNode, useMemo } from 'react';
import uPlot from 'uplot';
import { type Mark, shareSteps } from '../view/marks.ts';
import { floorOf, rateColumns } from '../view/rates.ts';
import { Chart, type ChartProps } from './chart.tsx';
import { powersOfTen } from './powers-of-ten.ts';
import { steppedPaths } from './stepped.ts';
import { type Theme, useTheme } from './theme.ts';

/** What all charts over time share, so that a moment stands at the same place in each. */
export interface TimeFrame {
  readonly marks: readonly Mark[];
  /** In seconds, as the charts count. */
  readonly range: readonly [from: number, to: number];
}

const LOGARITHMIC = 3;
const percentTicks: NonNullable<NonNullable<ChartProps['options']['axes']>[number]['values']> = (
  _,
  ticks,
) => ticks.map((tick) => (tick === null ? '' : formatRate(tick / 100)));
const percentOf = (_: unknown, value: number | null): string =>
  value === null || value === undefined ? '–' : formatRate(value / 100);
const CURSOR = { sync: { key: 'time' }, drag: { x: false, y: false } };
const TIME_AXIS = { space: 70 };
const VALUE_AXIS = { values: percentTicks, size: 64 };

/** The rate of differences, the band of what is not excluded, and the limit. */
export function RateChart({
  history,
  frame,
}: {
  readonly history: History;
  readonly frame: TimeFrame;
}): ReactNode {
  const theme = useTheme();
  const columns = useMemo(() => rateColumns(history, frame.range), [history, frame.range]);
  const floor = floorOf(history) * 100;
  const options = useMemo(() => rateOptions(theme, floor), [theme, floor]);
  const last = history.points.at(-1);
  const { rateMax, confidence } = history;
  const summary = last
    ? `at most ${formatRate(last.rateHigh)} with ${formatRate(confidence)} confidence, against a limit of ${formatRate(rateMax)}`
    : 'nothing was compared yet';
  return <Chart title="Rate of differences" {...{ summary, columns, options, theme, ...frame }} />;
}

function rateOptions(theme: Theme, floor: number): ChartProps['options'] {
  const edge = { stroke: theme.candidate, width: 1, points: { show: false }, value: percentOf };
  return {
    cursor: CURSOR,
    scales: {
      y: {
        distr: LOGARITHMIC,
        range: (_, __, high) => uPlot.rangeLog(floor, Math.max(high, floor * 1_000), 10, false),
      },
    },
    axes: [TIME_AXIS, { ...VALUE_AXIS, grid: { filter: powersOfTen } }],
    series: [
      {},
      {
        label: 'seen',
        stroke: theme.legacy,
        // Points alone: each is a stretch of its own, and a line would say that they go on.
        paths: () => null,
        points: { show: true, size: 4, fill: theme.legacy },
        value: percentOf,
      },
      { ...edge, label: 'at least' },
      { ...edge, label: 'at most' },
      {
        label: 'limit',
        stroke: theme.limit,
        width: 2,
        dash: [6, 4],
        points: { show: false },
        value: percentOf,
      },
    ],
    bands: [{ series: [3, 2], fill: theme.band }],
  };
}

/** The share that the candidate serves. */
export function ShareChart({
  decisions,
  frame,
}: {
  readonly decisions: readonly DecisionLine[];
  readonly frame: TimeFrame;
}): ReactNode {
  const theme = useTheme();
  const until = frame.range[1] * 1_000;
  const columns = useMemo(() => {
    const [at, percent] = shareSteps(decisions, until);
    return [at.map((ms) => ms / 1_000), percent.slice()] as [number[], number[]];
  }, [decisions, until]);
  const options = useMemo(() => shareOptions(theme), [theme]);
  const backs = frame.marks.filter(({ kind }) => kind === 'back').length;
  const now = formatRate((columns[1].at(-1) ?? 0) / 100);
  const summary = `${now} now, ${formatCounted(decisions.length, 'decision')}, ${formatCounted(backs, 'way')} back`;
  return (
    <Chart
      title="Share served by the candidate"
      {...{ summary, columns, options, theme, ...frame }}
    />
  );
}

function shareOptions(theme: Theme): ChartProps['options'] {
  return {
    cursor: CURSOR,
    scales: { y: { range: [0, 100] } },
    axes: [TIME_AXIS, VALUE_AXIS],
    series: [
      {},
      {
        label: 'candidate',
        stroke: theme.candidate,
        fill: theme.band,
        width: 2,
        paths: steppedPaths(),
        points: { show: false },
        value: percentOf,
      },
    ],
  };
}
