import type { Distribution } from '@falsework/client/contract';
import { type ReactNode, useMemo } from 'react';
import { latencyColumns } from '../view/latencies.ts';
import { Chart, type ChartProps } from './chart.tsx';
import { powersOfTen } from './powers-of-ten.ts';
import { type Theme, useTheme } from './theme.ts';

const LOGARITHMIC = 3;

/** How long both sides took, as the part of all calls that took at most so long. */
export function LatencyChart({ distribution }: { readonly distribution: Distribution }): ReactNode {
  const theme = useTheme();
  const columns = useMemo(() => latencyColumns(distribution), [distribution]);
  const options = useMemo(() => optionsOf(theme), [theme]);
  const at = (side: 'legacy' | 'candidate', part: number): string => {
    const found = distribution[side].find(([, of]) => of >= part);
    return found ? millisecondsOf(found[0]) : '–';
  };
  const summary = `p50 ${at('legacy', 0.5)} → ${at('candidate', 0.5)}, p99 ${at('legacy', 0.99)} → ${at('candidate', 0.99)} (legacy → candidate)`;
  return <Chart title="Latency" {...{ summary, columns, options, theme }} />;
}

function optionsOf(theme: Theme): ChartProps['options'] {
  const value = (_: unknown, part: number | null): string =>
    part === null || part === undefined ? '–' : `${part.toPrecision(3)} %`;
  const line = { width: 2, points: { show: false }, spanGaps: true, value };
  return {
    cursor: { drag: { x: false, y: false } },
    scales: { x: { time: false, distr: LOGARITHMIC }, y: { range: [0, 100] } },
    axes: [
      {
        values: (_, ticks) => ticks.map((ms) => (ms === null ? '' : millisecondsOf(ms))),
        grid: { filter: powersOfTen },
      },
      { values: (_, ticks) => ticks.map((part) => `${part} %`), size: 56 },
    ],
    series: [
      { label: 'at most', value: (_, ms) => (ms === null ? '–' : millisecondsOf(ms)) },
      { label: 'legacy', stroke: theme.legacy, ...line },
      { label: 'candidate', stroke: theme.candidate, ...line },
    ],
  };
}

/** Two digits are what a sketch knows; more would be made up. */
function millisecondsOf(ms: number): string {
  return `${ms < 100 ? Number(ms.toPrecision(2)) : Math.round(ms)} ms`;
}
