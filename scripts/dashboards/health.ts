import { STAGES } from '@falsework/core/stage';
import { all, type Dashboard, lines, max, of, rate, stat } from './panel.ts';

const STAGE_WORDS = Object.fromEntries(STAGES.map(({ ordinal, stage }) => [ordinal, stage]));
const YES_IS_BAD = { bad: { is: 'above', at: 1 }, words: { 0: 'no', 1: 'yes' } } as const;
const NO_IS_BAD = { bad: { is: 'below', at: 1 }, words: { 0: 'no', 1: 'yes' } } as const;

/** Where every migration stands, and what it waits for. */
export const HEALTH: Dashboard = {
  file: 'migration-health',
  title: 'Falsework: migrations',
  about: 'Where every migration stands, what its next step waits for, and how long it has left.',
  rows: [
    {
      title: 'Where it stands',
      panels: [
        stat('Stage', 'falsework_stage', { words: STAGE_WORDS }),
        stat('Share of the candidate', 'falsework_share_percent'),
        stat('Days to deletion', 'falsework_days_to_deletion', { bad: { is: 'below', at: 0 } }),
        stat('Open gates', 'falsework_gates_open'),
        stat('Held by somebody', 'falsework_held', YES_IS_BAD),
        stat('Planes', 'falsework_planes_live', { bad: { is: 'below', at: 1 } }),
        lines('Share of the candidate', [
          { expr: max('falsework_share_percent'), legend: '{{migration}}' },
        ]),
        lines('Stage', [{ expr: max('falsework_stage'), legend: '{{migration}}' }], {
          words: STAGE_WORDS,
        }),
      ],
    },
    {
      title: 'What the next step waits for',
      panels: [
        {
          title: 'Gates',
          kind: 'table',
          width: 12,
          about:
            'Gates before the next step, and what they say. `falsework explain` says what is missing.',
          queries: [
            {
              expr: `${max('falsework_gate_status', 'migration, gate, status')} == 1`,
              legend: '{{gate}}',
            },
          ],
        },
        lines('Comparisons that are still needed', [
          {
            expr: max('falsework_comparisons_needed', 'migration, seam, stratum'),
            legend: '{{migration}} {{seam}} {{stratum}}',
          },
        ]),
        lines(
          'Decisions and retreats in an hour',
          [
            {
              expr: `max by (migration) (increase(${of('falsework_decisions_total')}[1h]))`,
              legend: '{{migration}} decisions',
            },
            {
              expr: `max by (migration) (increase(${of('falsework_retreats_total')}[1h]))`,
              legend: '{{migration}} retreats',
            },
          ],
          { unit: 'short' },
        ),
        lines('Epoch', [{ expr: max('falsework_epoch'), legend: '{{migration}}' }]),
      ],
    },
    {
      title: 'Guards and seams',
      panels: [
        stat('Side is healthy', 'falsework_side_healthy', {
          ...NO_IS_BAD,
          width: 6,
          queries: [
            {
              expr: `min by (migration, side) (${of('falsework_side_healthy')})`,
              legend: '{{migration}} {{side}}',
            },
          ],
        }),
        stat('Interlocks tripped', 'falsework_interlocks_tripped', {
          width: 6,
          bad: { is: 'above', at: 1 },
        }),
        lines('Shadow runs that wait', [
          { expr: all('falsework_queue_runs'), legend: '{{migration}} waiting' },
          { expr: all('falsework_shadow_runs'), legend: '{{migration}} under way' },
          { expr: max('falsework_queue_longest_runs'), legend: '{{migration}} longest queue' },
          { expr: max('falsework_queue_limit_runs'), legend: '{{migration}} limit of a queue' },
        ]),
        lines(
          'Shed in a second, by reason',
          [
            {
              expr: rate('falsework_shed_total', 'migration, reason'),
              legend: '{{migration}} {{reason}}',
            },
          ],
          {
            unit: 'ops',
            about: 'Sampled runs that were not compared. None of them counts as equal.',
          },
        ),
        lines(
          'Faults of ours in a second',
          [
            { expr: rate('falsework_plane_faults_total'), legend: '{{migration}} planes' },
            { expr: rate('falsework_loop_failures_total'), legend: '{{migration}} control loop' },
            { expr: rate('falsework_readings_left_out_total'), legend: '{{migration}} left out' },
          ],
          { unit: 'ops' },
        ),
      ],
    },
    {
      title: 'The end',
      panels: [
        lines(
          'Calls that reach legacy in a second',
          [
            { expr: rate('falsework_legacy_hits_total'), legend: '{{migration}}' },
            { expr: rate('falsework_legacy_probes_total'), legend: '{{migration}} probes' },
          ],
          { unit: 'reqps' },
        ),
        stat('Legacy is silent for', 'falsework_legacy_silent_seconds'),
        stat('Files of legacy code', 'falsework_legacy_code_files'),
        stat('Accepted differences', 'falsework_accepted_differences'),
        {
          title: 'Accepted differences that end first',
          kind: 'table',
          width: 12,
          bad: { is: 'below', at: 7 },
          queries: [
            {
              expr: `min by (migration, seam, owner) (${of('falsework_accepted_days_left')})`,
              legend: '{{owner}}',
            },
          ],
        },
      ],
    },
  ],
};
