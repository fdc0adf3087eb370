import { type Dashboard, lines, max, of, rate, stat } from './panel.ts';

const NO_IS_BAD = { bad: { is: 'below', at: 1 }, words: { 0: 'no', 1: 'yes' } } as const;
const ANY_IS_BAD = { bad: { is: 'above', at: 1 } } as const;

/** Two stores: copied, fed, equal, and whether going back is safe. */
export const DATA: Dashboard = {
  file: 'data',
  title: 'Falsework: two stores',
  about:
    'What is copied, how far behind the follower is, where the stores disagree, and whether going back is safe.',
  rows: [
    {
      title: 'In one look',
      panels: [
        stat('Rows that differ', 'falsework_divergence_rows', ANY_IS_BAD),
        stat('Dead letters', 'falsework_dead_letters', ANY_IS_BAD),
        stat('Going back is safe', 'falsework_rollback_safe', NO_IS_BAD),
        stat('The way back is fed', 'falsework_reverse_feed_alive', NO_IS_BAD),
        stat('Writes that passed capture by', 'falsework_capture_bypassed_writes', ANY_IS_BAD),
        stat('Unequal invariants', 'falsework_invariants_unequal', ANY_IS_BAD),
        stat('Takes writes', 'falsework_authority', {
          width: 8,
          words: { 0: 'no', 1: 'yes' },
          queries: [
            {
              expr: max('falsework_authority', 'migration, side'),
              legend: '{{migration}} {{side}}',
            },
          ],
        }),
        stat('Last report', 'falsework_data_report_age_seconds', {
          width: 8,
          bad: { is: 'above', at: 60 },
        }),
        stat('Compared up to', 'falsework_verified_through_timestamp_seconds', {
          width: 8,
          unit: 'dateTimeFromNow',
          queries: [
            {
              expr: `${max('falsework_verified_through_timestamp_seconds')} * 1000`,
              legend: '{{migration}}',
            },
          ],
        }),
      ],
    },
    {
      title: 'Copied and fed',
      panels: [
        lines('Backfill', [
          {
            expr: max('falsework_backfill_rows', 'migration, state'),
            legend: '{{migration}} {{state}}',
          },
        ]),
        lines(
          'Drain lag',
          [{ expr: max('falsework_drain_lag_seconds'), legend: '{{migration}}' }],
          {
            bad: { is: 'above', at: 5 },
          },
        ),
        lines('Changes that the follower lacks', [
          { expr: max('falsework_drain_lag_rows'), legend: '{{migration}}' },
          { expr: max('falsework_reverse_lag_rows'), legend: '{{migration}} way back' },
        ]),
        lines('Writes of guards that are not over', [
          { expr: max('falsework_writes', 'migration, state'), legend: '{{migration}} {{state}}' },
        ]),
        lines('Age of the oldest such write', [
          { expr: max('falsework_writes_lag_seconds'), legend: '{{migration}}' },
        ]),
        lines(
          'Reads that waited for a write, in a second',
          [
            {
              expr: rate('falsework_reads_fenced_total', 'migration, seam'),
              legend: '{{migration}} {{seam}}',
            },
          ],
          { unit: 'reqps' },
        ),
      ],
    },
    {
      title: 'Equal',
      panels: [
        lines('Rows that differ', [
          { expr: max('falsework_divergence_rows'), legend: '{{migration}}' },
        ]),
        lines('Canaries', [
          {
            expr: max('falsework_canaries', 'migration, state'),
            legend: '{{migration}} {{state}}',
          },
        ]),
      ],
    },
    {
      title: 'The way back',
      panels: [
        stat('Rehearsed', 'falsework_rehearsal_age_seconds', { width: 6 }),
        stat('Rehearsal holds', 'falsework_rehearsal_valid', { ...NO_IS_BAD, width: 6 }),
        stat('It took', 'falsework_rehearsed_rollback_seconds', { width: 6 }),
        stat('Workflows in flight', 'falsework_workflows_in_flight', {
          width: 6,
          queries: [
            {
              expr: `max by (migration) (${of('falsework_workflows_in_flight')})`,
              legend: '{{migration}}',
            },
          ],
        }),
      ],
    },
  ],
};
