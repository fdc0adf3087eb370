import { verdictRate } from '@falsework/control/metrics';
import { type Dashboard, lines, max, of, rate, stat } from './panel.ts';

const CHOSEN = 'migration=~"$migration",';
const PLACE = 'migration, seam, stratum';
const BY_PLACE = '{{seam}} {{stratum}}';
const failing = (side: string): string =>
  `${rate('falsework_served_failures_total', 'migration, seam', `side="${side}"`)} / ${rate('falsework_served_total', 'migration, seam', `side="${side}"`)}`;

/** How often answers differ, how much of that is allowed, and how far the proof is. */
export const BUDGET: Dashboard = {
  file: 'error-budget',
  title: 'Falsework: error budget',
  about: 'How often answers differ or fail, how much of that is allowed, and how far the proof is.',
  rows: [
    {
      title: 'Differences',
      panels: [
        lines(
          'Differing comparisons of the last five minutes',
          [
            {
              expr: `${verdictRate('differing', CHOSEN)} / ${verdictRate('compared', CHOSEN)}`,
              legend: '{{seam}}',
            },
            { expr: max('falsework_mismatch_budget_ratio'), legend: '{{migration}} budget' },
          ],
          { unit: 'percentunit' },
        ),
        lines('Differing comparisons of the epoch', [
          { expr: max('falsework_mismatch_ratio', PLACE), legend: BY_PLACE },
          { expr: max('falsework_mismatch_limit_ratio'), legend: '{{migration}} limit' },
        ]),
        lines(
          'Verdicts in a second',
          [
            {
              expr: rate('falsework_verdicts_total', 'migration, verdict'),
              legend: '{{migration}} {{verdict}}',
            },
          ],
          { unit: 'ops' },
        ),
        stat('Critical differences', 'falsework_critical_differences_total', {
          width: 6,
          bad: { is: 'above', at: 1 },
          queries: [
            {
              expr: `sum by (migration) (${max('falsework_critical_differences_total', PLACE)})`,
              legend: '{{migration}}',
            },
          ],
        }),
        stat('Last comparison', 'falsework_evidence_age_seconds', {
          width: 6,
          bad: { is: 'above', at: 300 },
          queries: [
            {
              expr: `min by (migration) (${of('falsework_evidence_age_seconds')})`,
              legend: '{{migration}}',
            },
          ],
        }),
      ],
    },
    {
      title: 'The proof',
      panels: [
        lines(
          'Evidence, as a logarithm',
          [
            { expr: max('falsework_mismatch_log_e_value', PLACE), legend: BY_PLACE },
            { expr: max('falsework_mismatch_log_e_value_goal'), legend: '{{migration}} goal' },
          ],
          {
            about: 'A stratum above the goal has proven that it differs less often than its limit.',
          },
        ),
        lines('Comparisons that are still needed', [
          { expr: max('falsework_comparisons_needed', PLACE), legend: BY_PLACE },
        ]),
      ],
    },
    {
      title: 'What callers got',
      panels: [
        lines(
          'Calls in a second',
          [
            {
              expr: rate('falsework_served_total', 'migration, seam, side'),
              legend: '{{seam}} {{side}}',
            },
          ],
          { unit: 'reqps' },
        ),
        lines(
          'Calls that failed',
          [
            { expr: failing('legacy'), legend: '{{seam}} legacy' },
            { expr: failing('candidate'), legend: '{{seam}} candidate' },
          ],
          { unit: 'percentunit' },
        ),
      ],
    },
  ],
};
