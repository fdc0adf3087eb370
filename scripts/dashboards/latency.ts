import { all, type Dashboard, lines, max, type Query, quantile, rate } from './panel.ts';

const SEAMS = 'migration, seam, side';
const ofSides = (q: number): Query[] => [
  { expr: quantile(q, 'falsework_latency_seconds', SEAMS), legend: '{{seam}} {{side}}' },
];
const quantiles = (metric: string): Query[] =>
  [0.5, 0.99].map((q) => ({
    expr: quantile(q, metric, 'migration'),
    legend: `{{migration}} p${q * 100}`,
  }));
const p99 = (side: string): string =>
  quantile(0.99, 'falsework_latency_seconds', 'migration, seam', `side="${side}"`);

/** How long both sides take, and what Falsework itself adds. */
export const LATENCY: Dashboard = {
  file: 'latency',
  title: 'Falsework: latency',
  about: 'How long both sides take on the same calls, and what Falsework itself adds to a call.',
  rows: [
    {
      title: 'Both sides on the same calls',
      panels: [
        lines('Half of the answers came within', ofSides(0.5)),
        lines('99 of 100 answers came within', ofSides(0.99)),
        lines(
          'The candidate’s p99 in parts of legacy’s',
          [{ expr: `${p99('candidate')} / ${p99('legacy')}`, legend: '{{seam}}' }],
          { unit: 'percentunit', bad: { is: 'above', at: 1.2 } },
        ),
        lines(
          'Pairs in a second',
          [
            {
              expr: rate('falsework_latency_seconds_count', SEAMS),
              legend: '{{seam}} {{side}}',
            },
          ],
          { unit: 'ops' },
        ),
      ],
    },
    {
      title: 'What Falsework adds',
      panels: [
        lines('The guard’s own time on the way in', quantiles('falsework_guard_own_seconds'), {
          bad: { is: 'above', at: 0.001 },
        }),
        lines(
          'Copying input and answer at seams',
          quantiles('falsework_context_snapshot_seconds'),
          { bad: { is: 'above', at: 0.001 } },
        ),
        lines('Shadow runs that wait', [
          { expr: all('falsework_queue_runs'), legend: '{{migration}}' },
          { expr: max('falsework_queue_longest_runs'), legend: '{{migration}} longest queue' },
        ]),
        lines('Shadow runs under way', [
          { expr: all('falsework_shadow_runs'), legend: '{{migration}}' },
        ]),
      ],
    },
  ],
};
