import { stageRow } from '@falsework/core/stage';
import { ifKnown, type Metric, one, type Reading, type Subject, whether } from './metric.ts';

const DAY_MS = 86_400_000;
const STATUSES = ['pass', 'hold', 'fail', 'invalid'] as const;
// People who answer for differences are few; their rows are bounded all the same.
const OWNERS_MAX = 100;

/** Where a migration stands, and what its next step waits for. */
export const STAGE_METRICS: readonly Metric[] = [
  {
    name: 'falsework_stage',
    type: 'gauge',
    unit: 'number',
    from: ['control'],
    labels: [],
    help: 'Ordinal of the stage in which the migration stands, 1 (inert) to 9 (strike).',
    read: ({ known }) => one(stageRow(known.state.stage).ordinal),
  },
  {
    name: 'falsework_share_percent',
    type: 'gauge',
    unit: 'percent',
    from: ['control'],
    labels: [],
    help: 'Share of keys served by the candidate, 0 to 100.',
    read: ({ known }) => one(known.state.share.percent),
  },
  {
    name: 'falsework_held',
    type: 'gauge',
    unit: 'yes or no',
    from: ['control'],
    labels: [],
    help: '1 while somebody holds the migration where it is.',
    read: ({ known }) => whether(known.state.hold !== null),
  },
  {
    name: 'falsework_decisions_total',
    type: 'counter',
    unit: 'number',
    from: ['control'],
    labels: [],
    help: 'Decisions on record.',
    read: ({ known }) => one(known.state.version),
  },
  {
    name: 'falsework_retreats_total',
    type: 'counter',
    unit: 'number',
    from: ['control'],
    labels: [],
    help: 'Retreats that Falsework made by itself.',
    read: ({ known }) => one(known.state.retreats),
  },
  {
    name: 'falsework_epoch',
    type: 'gauge',
    unit: 'number',
    from: ['control'],
    labels: [],
    help: 'Ordinal of the present epoch; evidence begins anew with each.',
    read: ({ known }) => one(known.state.epoch.ordinal),
  },
  {
    name: 'falsework_days_to_deletion',
    type: 'gauge',
    unit: 'days',
    from: ['control'],
    labels: [],
    help: 'Days until everything old is to be gone; negative is an overrun.',
    read: ({ known, now }) => one((known.state.deleteBy - now) / DAY_MS),
  },
  {
    name: 'falsework_gate_status',
    type: 'gauge',
    unit: 'yes or no',
    from: ['control'],
    labels: ['gate', 'status'],
    help: '1 for the status that a gate before the next step has, 0 for the others.',
    read: ({ gates }) =>
      gates.flatMap(({ gate, status }) =>
        STATUSES.map((each) => ({
          labels: { gate, status: each },
          value: each === status ? 1 : 0,
        })),
      ),
  },
  {
    name: 'falsework_gates_open',
    type: 'gauge',
    unit: 'number',
    from: ['control'],
    labels: [],
    help: 'Gates before the next step that do not pass.',
    read: ({ gates }) => one(gates.filter(({ status }) => status !== 'pass').length),
  },
  {
    name: 'falsework_accepted_differences',
    type: 'gauge',
    unit: 'number',
    from: ['control'],
    labels: [],
    help: 'Differences that somebody answers for, and that count as no mismatch.',
    read: ({ known }) => one(known.state.accepted.length),
  },
  {
    name: 'falsework_accepted_days_left',
    type: 'gauge',
    unit: 'days',
    from: ['control'],
    labels: ['seam', 'owner'],
    help: 'Days until the first difference that this owner accepted opens again; below 7 it wants renewing.',
    read: acceptedDaysLeft,
  },
  {
    name: 'falsework_legacy_code_files',
    type: 'gauge',
    unit: 'number',
    from: ['control'],
    labels: [],
    help: 'Files of legacy code that the last scan of the source tree found.',
    read: ({ known }) => ifKnown(known.evidence.legacyCode, ({ files }) => files),
  },
  {
    name: 'falsework_loop_failures_total',
    type: 'counter',
    unit: 'number',
    from: ['control'],
    labels: [],
    isOfProcess: true,
    help: 'Looks of the control loop that failed in this process; the loop goes on.',
    read: ({ loopFailures }) => one(loopFailures),
  },
  {
    name: 'falsework_readings_left_out_total',
    type: 'counter',
    unit: 'number',
    from: ['control'],
    labels: [],
    isOfProcess: true,
    help: 'Readings that this process left out, because a metric had too many.',
    read: ({ leftOut }) => one(leftOut),
  },
];

/** The first to end of each owner at each seam: neither the cause nor the reason is a label. */
function acceptedDaysLeft({ known, now }: Subject): Reading[] {
  const byExpiry = [...known.state.accepted].sort((a, b) => a.expiresAt - b.expiresAt);
  const first = new Map<string, Reading>();
  for (const { seam, owner, expiresAt } of byExpiry) {
    const place = JSON.stringify([seam, owner]);
    if (first.has(place) || first.size >= OWNERS_MAX) continue;
    first.set(place, { labels: { seam, owner }, value: (expiresAt - now) / DAY_MS });
  }
  return [...first.values()];
}
