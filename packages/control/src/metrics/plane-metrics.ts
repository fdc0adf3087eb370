import type { WritesStanding } from '@falsework/core/evidence';
import { ifKnown, type Metric, one, type Reading, type Subject } from './metric.ts';

const sum = ({ known }: Subject, count: (standing: WritesStanding) => number): number =>
  (known.evidence.writes ?? []).reduce((total, standing) => total + count(standing), 0);

// Journals come and go with guards, so they are added up; `falsework writes` tells them apart.
const perState = (subject: Subject): readonly Reading[] => [
  { labels: { state: 'ready' }, value: sum(subject, ({ ready }) => ready) },
  { labels: { state: 'in-doubt' }, value: sum(subject, ({ inDoubt }) => inDoubt) },
  { labels: { state: 'dead' }, value: sum(subject, ({ dead }) => dead) },
  { labels: { state: 'listed' }, value: sum(subject, ({ listed }) => listed) },
];

/** Routes that are stopped by at least one guard. */
function stoppedRoutes({ known }: Subject): number {
  const writes = known.evidence.writes ?? [];
  return new Set(writes.flatMap(({ stopped }) => stopped.map(({ route }) => route))).size;
}

/** Guards and seams: how they bear their shadows, and what they see of legacy. */
export const PLANE_METRICS: readonly Metric[] = [
  {
    name: 'falsework_planes_live',
    type: 'gauge',
    unit: 'number',
    from: ['guard', 'seam'],
    labels: [],
    help: 'Planes that reported lately.',
    read: ({ known, now }) => {
      const { staleAfterMs } = known.managed.policy;
      return one(known.evidence.planes.filter(({ seenAt }) => now - seenAt <= staleAfterMs).length);
    },
  },
  {
    name: 'falsework_side_healthy',
    type: 'gauge',
    unit: 'yes or no',
    from: ['guard', 'seam'],
    labels: ['side'],
    help: '1 for a side that was healthy when it was last looked at.',
    read: ({ known }) =>
      Object.values(known.evidence.health).map(({ side, isHealthy }) => ({
        labels: { side },
        value: isHealthy ? 1 : 0,
      })),
  },
  {
    name: 'falsework_queue_runs',
    type: 'gauge',
    unit: 'runs',
    from: ['guard', 'seam'],
    labels: [],
    isOfProcess: true,
    help: 'Shadow runs that wait for their turn, in all live planes.',
    read: ({ load }) => one(load.queued),
  },
  {
    name: 'falsework_queue_longest_runs',
    type: 'gauge',
    unit: 'runs',
    from: ['guard', 'seam'],
    labels: [],
    isOfProcess: true,
    help: 'The longest queue of one seam in one plane.',
    read: ({ load }) => one(load.queuedLongest),
  },
  {
    name: 'falsework_queue_limit_runs',
    type: 'gauge',
    unit: 'runs',
    from: ['control'],
    labels: [],
    help: 'How long the queue of one seam may be before runs are shed.',
    read: ({ known }) => one(known.managed.policy.shadow.queueMax),
  },
  {
    name: 'falsework_shadow_runs',
    type: 'gauge',
    unit: 'runs',
    from: ['guard', 'seam'],
    labels: [],
    isOfProcess: true,
    help: 'Shadow runs under way, in all live planes.',
    read: ({ load }) => one(load.running),
  },
  {
    name: 'falsework_shed_total',
    type: 'counter',
    unit: 'runs',
    from: ['guard', 'seam'],
    labels: ['reason'],
    isOfProcess: true,
    help: 'Sampled runs that were not compared, by reason, as reported to this process.',
    read: ({ load }) =>
      Object.entries(load.shed).map(([reason, value]) => ({ labels: { reason }, value })),
  },
  {
    name: 'falsework_plane_faults_total',
    type: 'counter',
    unit: 'number',
    from: ['guard', 'seam'],
    labels: [],
    isOfProcess: true,
    help: 'Failures of Falsework, or of functions given to it, that were kept from callers.',
    read: ({ load }) => one(load.faults),
  },
  {
    name: 'falsework_guard_own_seconds',
    type: 'histogram',
    unit: 'seconds',
    from: ['guard'],
    labels: [],
    isOfProcess: true,
    help: 'How long the guard took to read a request, choose its side and send it on; one request in 16.',
    read: ({ load }) => one(load.ownTime),
  },
  {
    name: 'falsework_context_snapshot_seconds',
    type: 'histogram',
    unit: 'seconds',
    from: ['seam'],
    labels: [],
    isOfProcess: true,
    help: 'What a sampled call waited for the copy of its input and answer, one call in 16.',
    read: ({ load }) => one(load.snapshotTime),
  },
  {
    name: 'falsework_interlocks_tripped',
    type: 'gauge',
    unit: 'number',
    from: ['guard'],
    labels: [],
    help: 'Routes whose shadows are stopped, because the candidate did not honour a dry run.',
    read: (subject) => one(stoppedRoutes(subject)),
  },
  {
    name: 'falsework_writes',
    type: 'gauge',
    unit: 'writes',
    from: ['guard'],
    labels: ['state'],
    help: 'Writes to two stores that are not over: ready, in-doubt, and dead or listed, which need a person.',
    read: (subject) => (subject.known.evidence.writes === undefined ? [] : perState(subject)),
  },
  {
    name: 'falsework_writes_lag_seconds',
    type: 'gauge',
    unit: 'seconds',
    from: ['guard'],
    labels: [],
    help: 'Age of the oldest write of a journal that is on its way to the follower.',
    read: ({ known }) =>
      ifKnown(
        known.evidence.writes,
        (writes) => Math.max(0, ...writes.map(({ lagMs }) => lagMs)) / 1_000,
      ),
  },
  {
    name: 'falsework_legacy_hits_total',
    type: 'counter',
    unit: 'calls',
    from: ['guard', 'seam'],
    labels: [],
    isOfProcess: true,
    help: 'Calls that reached legacy for real, shadows included, as reported to this process.',
    read: ({ load }) => one(load.legacyHits),
  },
  {
    name: 'falsework_legacy_probes_total',
    type: 'counter',
    unit: 'calls',
    from: ['guard', 'seam'],
    labels: [],
    isOfProcess: true,
    help: 'Marked calls that prove the counter of legacy hits alive, as reported to this process.',
    read: ({ load }) => one(load.legacyProbes),
  },
  {
    name: 'falsework_legacy_silent_seconds',
    type: 'gauge',
    unit: 'seconds',
    from: ['guard', 'seam'],
    labels: [],
    help: 'Time since the last call that reached legacy, or since calls are counted.',
    read: ({ known, now }) =>
      ifKnown(known.evidence.legacyTraffic, ({ lastHitAt, countingSince }) => {
        return Math.max(0, now - (lastHitAt ?? countingSince)) / 1_000;
      }),
  },
];
