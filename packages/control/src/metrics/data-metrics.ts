import { type DataEvidence, rollbackUnsafe } from '@falsework/core/evidence';
import { isBefore } from '@falsework/core/stage';
import { ifKnown, type Metric, one, type Reading, type Subject, whether } from './metric.ts';

type ReadData = (data: DataEvidence, subject: Subject) => number | readonly Reading[];

/** Nothing is said where the data side has said nothing, as over a shared store. */
const ofData =
  (read: ReadData): Metric['read'] =>
  (subject) =>
    ifKnown(subject.known.evidence.data, (data) => read(data, subject));

/** From `seal` on there is no way back that could be fed, and its silence is no fault. */
const isReturnOpen = ({ known }: Subject): boolean => isBefore(known.state.stage, 'seal');

const seconds = (instant: number): number => instant / 1_000;

/** Two stores: what is copied, how far behind, how equal, and whether the way back is safe. */
export const DATA_METRICS: readonly Metric[] = [
  {
    name: 'falsework_data_report_age_seconds',
    type: 'gauge',
    unit: 'seconds',
    from: ['data worker'],
    labels: [],
    help: 'Time since the data side last said where it stands.',
    read: ofData(({ reportedAt }, { now }) => Math.max(0, seconds(now - reportedAt))),
  },
  {
    name: 'falsework_authority',
    type: 'gauge',
    unit: 'yes or no',
    from: ['data worker'],
    labels: ['side'],
    help: '1 for the side whose store takes writes; 0 for both while a switch is under way.',
    read: ofData(({ authority }) =>
      (['legacy', 'candidate'] as const).map((side) => ({
        labels: { side },
        value: authority === side ? 1 : 0,
      })),
    ),
  },
  {
    name: 'falsework_capture_bypassed_writes',
    type: 'gauge',
    unit: 'writes',
    from: ['data worker'],
    labels: [],
    help: 'Writes that the server counted and capture did not report.',
    read: ofData(({ capture }) => ifKnown(capture, ({ bypassed }) => bypassed)),
  },
  {
    name: 'falsework_drain_lag_rows',
    type: 'gauge',
    unit: 'rows',
    from: ['data worker'],
    labels: [],
    help: 'Changes that the follower does not have yet.',
    read: ofData(({ drain }) => ifKnown(drain, ({ lagRows }) => lagRows)),
  },
  {
    name: 'falsework_drain_lag_seconds',
    type: 'gauge',
    unit: 'seconds',
    from: ['data worker'],
    labels: [],
    help: 'Age of the oldest change that the follower does not have yet.',
    read: ofData(({ drain }) => ifKnown(drain, ({ lagMs }) => seconds(lagMs))),
  },
  {
    name: 'falsework_dead_letters',
    type: 'gauge',
    unit: 'rows',
    from: ['data worker'],
    labels: [],
    help: 'Rows that the follower refused, and that are missing there until somebody looks at them.',
    read: ofData(({ drain }) => ifKnown(drain, ({ deadLetters }) => deadLetters)),
  },
  {
    name: 'falsework_backfill_rows',
    type: 'gauge',
    unit: 'rows',
    from: ['data worker'],
    labels: ['state'],
    help: 'Rows of the backfill: copied, and in total, which is an estimate until it is complete.',
    read: ofData(({ backfill }) =>
      ifKnown(backfill, ({ rowsCopied, rowsTotal }) => [
        { labels: { state: 'copied' }, value: rowsCopied },
        { labels: { state: 'total' }, value: rowsTotal },
      ]),
    ),
  },
  {
    name: 'falsework_divergence_rows',
    type: 'gauge',
    unit: 'rows',
    from: ['data worker'],
    labels: [],
    help: 'Rows on which the two stores disagree after the lag-aware recheck.',
    read: ofData(({ divergence }) => ifKnown(divergence, ({ rows }) => rows)),
  },
  {
    name: 'falsework_verified_through_timestamp_seconds',
    type: 'gauge',
    unit: 'seconds',
    from: ['data worker'],
    labels: [],
    help: 'The instant of the source up to which every row has been compared, since 1970.',
    read: ofData(({ divergence }) => ifKnown(divergence?.verifiedThrough, seconds)),
  },
  {
    name: 'falsework_canaries',
    type: 'gauge',
    unit: 'rows',
    from: ['data worker'],
    labels: ['state'],
    help: 'Faults planted in the last pass of comparing, and those of them that it found.',
    read: ofData(({ divergence }) =>
      ifKnown(divergence, ({ canariesPlanted, canariesFound }) => [
        { labels: { state: 'planted' }, value: canariesPlanted },
        { labels: { state: 'found' }, value: canariesFound },
      ]),
    ),
  },
  {
    name: 'falsework_invariants_unequal',
    type: 'gauge',
    unit: 'number',
    from: ['data worker'],
    labels: [],
    help: 'Invariants that did not give the same on both stores.',
    read: ofData(({ invariants }) => ifKnown(invariants, ({ unequal }) => unequal.length)),
  },
  {
    name: 'falsework_workflows_in_flight',
    type: 'gauge',
    unit: 'number',
    from: ['data worker'],
    labels: [],
    help: 'Workflows that began on the old side and have not ended.',
    read: ofData(({ workflows }) => ifKnown(workflows, ({ inFlight }) => inFlight)),
  },
  {
    name: 'falsework_reverse_feed_alive',
    type: 'gauge',
    unit: 'yes or no',
    from: ['data worker'],
    labels: [],
    help: '1 while the way back is fed; said while the candidate is the authority and the way back is open.',
    read: ofData(({ authority, reverse }, subject) => {
      if (!isReturnOpen(subject)) return [];
      if (reverse !== null) return whether(reverse.deadBecause === null);
      return authority === 'candidate' ? whether(false) : [];
    }),
  },
  {
    name: 'falsework_reverse_lag_rows',
    type: 'gauge',
    unit: 'rows',
    from: ['data worker'],
    labels: [],
    help: 'Changes that wait on the way back.',
    read: ofData(({ reverse }) => ifKnown(reverse, ({ lagRows }) => lagRows)),
  },
  {
    name: 'falsework_rollback_safe',
    type: 'gauge',
    unit: 'yes or no',
    from: ['data worker'],
    labels: [],
    help: '1 while going back would lose nothing; not said any more once it is sealed.',
    read: ofData((data, subject) =>
      isReturnOpen(subject) ? whether(rollbackUnsafe(data) === null) : [],
    ),
  },
  {
    name: 'falsework_rehearsal_age_seconds',
    type: 'gauge',
    unit: 'seconds',
    from: ['data worker'],
    labels: [],
    help: 'Time since the way back was last tried on the stores themselves.',
    read: ofData(({ rehearsal }, { now }) => ifKnown(rehearsal, ({ at }) => seconds(now - at))),
  },
  {
    name: 'falsework_rehearsal_valid',
    type: 'gauge',
    unit: 'yes or no',
    from: ['data worker'],
    labels: [],
    help: '1 while the last rehearsal says something of the present.',
    read: ofData(({ rehearsal }, { now }) =>
      ifKnown(rehearsal, ({ expiresAt, voidBecause }) =>
        whether(voidBecause === null && now < expiresAt),
      ),
    ),
  },
  {
    name: 'falsework_rehearsed_rollback_seconds',
    type: 'gauge',
    unit: 'seconds',
    from: ['data worker'],
    labels: [],
    help: 'How long the way back took in the last rehearsal, fenced writers waiting.',
    read: ofData(({ rehearsal }) =>
      ifKnown(rehearsal, ({ rollbackMs }) => one(seconds(rollbackMs))),
    ),
  },
];
