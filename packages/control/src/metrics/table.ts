import { compared, differing, logPromoteEvidence, VERDICTS } from '@falsework/core/evidence';
import type { Instant } from '@falsework/core/ports';
import { stageRow } from '@falsework/core/stage';
import type { Known } from '../service/control-service.ts';

/** One value of a metric. */
export interface Reading {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** One metric: what it is called, what it means, and how it is read off what control knows. */
export interface Metric {
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
  readonly read: (known: Known, now: Instant) => readonly Reading[];
}

const DAY_MS = 86_400_000;
const one = (known: Known, value: number): readonly Reading[] => [
  { labels: { migration: known.state.name }, value },
];
const perStratum = (
  known: Known,
  value: (view: Known['evidence']['strata'][number]) => number,
): readonly Reading[] =>
  known.evidence.strata.map((view) => ({
    labels: { migration: known.state.name, seam: view.seam, stratum: view.stratum },
    value: value(view),
  }));

/**
 * Every metric of control. All are gauges read at scrape time from the store, so that they survive
 * restarts and agree between replicas. Cardinality is bounded by the limit on strata.
 */
export const METRICS: readonly Metric[] = [
  {
    name: 'falsework_stage',
    help: 'Ordinal of the stage in which the migration stands, 1 (inert) to 9 (strike).',
    labels: ['migration'],
    read: (known) => one(known, stageRow(known.state.stage).ordinal),
  },
  {
    name: 'falsework_share_percent',
    help: 'Share of keys served by the candidate, 0 to 100.',
    labels: ['migration'],
    read: (known) => one(known, known.state.share.percent),
  },
  {
    name: 'falsework_decisions',
    help: 'Decisions on record.',
    labels: ['migration'],
    read: (known) => one(known, known.state.version),
  },
  {
    name: 'falsework_retreats',
    help: 'Retreats that Falsework made by itself.',
    labels: ['migration'],
    read: (known) => one(known, known.state.retreats),
  },
  {
    name: 'falsework_epoch',
    help: 'Ordinal of the present epoch.',
    labels: ['migration'],
    read: (known) => one(known, known.state.epoch.ordinal),
  },
  {
    name: 'falsework_accepted_differences',
    help: 'Differences that somebody answers for, and that count as no mismatch.',
    labels: ['migration'],
    read: (known) => one(known, known.state.accepted.length),
  },
  {
    name: 'falsework_accepted_days_left',
    help: 'Days until an accepted difference opens again by itself; below 7 it wants renewing.',
    labels: ['migration', 'seam', 'cause', 'owner', 'reason'],
    read: ({ state }, now) =>
      state.accepted.map(({ seam, id, owner, reason, expiresAt }) => ({
        labels: { migration: state.name, seam, cause: id, owner, reason },
        value: (expiresAt - now) / DAY_MS,
      })),
  },
  {
    name: 'falsework_days_to_deletion',
    help: 'Days until everything old is to be gone; negative is an overrun.',
    labels: ['migration'],
    read: (known, now) => one(known, (known.state.deleteBy - now) / DAY_MS),
  },
  {
    name: 'falsework_planes_live',
    help: 'Planes that reported lately.',
    labels: ['migration'],
    read: (known, now) => {
      const { staleAfterMs } = known.managed.policy;
      const live = known.evidence.planes.filter((plane) => now - plane.seenAt <= staleAfterMs);
      return one(known, live.length);
    },
  },
  {
    name: 'falsework_writes',
    help: 'Writes to two stores that are not over: ready, in-doubt, and dead or listed, which need a person.',
    labels: ['migration', 'journal', 'state'],
    read: ({ state, evidence: { writes = [] } }) =>
      writes.flatMap(({ journal, ready, inDoubt, dead, listed }) =>
        Object.entries({ ready, 'in-doubt': inDoubt, dead, listed }).map(([name, value]) => ({
          labels: { migration: state.name, journal, state: name },
          value,
        })),
      ),
  },
  {
    name: 'falsework_writes_lag_seconds',
    help: 'Age of the oldest write that is on its way to the follower.',
    labels: ['migration', 'journal'],
    read: ({ state, evidence: { writes = [] } }) =>
      writes.map(({ journal, lagMs }) => ({
        labels: { migration: state.name, journal },
        value: lagMs / 1_000,
      })),
  },
  {
    name: 'falsework_dry_runs_stopped',
    help: '1 for a route whose shadows are stopped, because its candidate did not honour a dry run.',
    labels: ['migration', 'journal', 'route'],
    read: ({ state, evidence: { writes = [] } }) =>
      writes.flatMap(({ journal, stopped }) =>
        stopped.map(({ route }) => ({
          labels: { migration: state.name, journal, route },
          value: 1,
        })),
      ),
  },
  {
    name: 'falsework_reads_fenced',
    help: 'Reads of the present step that legacy answered, because the candidate’s store lacked a write on their key.',
    labels: ['migration', 'seam'],
    read: ({ state, evidence }) =>
      evidence.seams.map(({ seam, step }) => ({
        labels: { migration: state.name, seam },
        value: step.legacy.fenced ?? 0,
      })),
  },
  {
    name: 'falsework_verdicts',
    help: 'Paired runs of the present epoch by verdict.',
    labels: ['migration', 'seam', 'stratum', 'verdict'],
    read: (known) =>
      VERDICTS.flatMap((verdict) =>
        perStratum(known, (view) => view.epoch.verdicts[verdict]).map(({ labels, value }) => ({
          labels: { ...labels, verdict },
          value,
        })),
      ),
  },
  {
    name: 'falsework_mismatch_ratio',
    help: 'Share of comparisons of the present epoch that differ, 0 to 1.',
    labels: ['migration', 'seam', 'stratum'],
    read: (known) =>
      perStratum(known, ({ epoch }) => {
        const trials = compared(epoch.verdicts);
        return trials === 0 ? 0 : differing(epoch.verdicts) / trials;
      }),
  },
  {
    name: 'falsework_mismatch_log_e_value',
    help: 'Natural logarithm of the evidence that the mismatch rate is below its limit; 3 proves it at 95 % in round 1.',
    labels: ['migration', 'seam', 'stratum'],
    read: (known) =>
      perStratum(known, ({ epoch }) => {
        const counts = { trials: compared(epoch.verdicts), hits: differing(epoch.verdicts) };
        return logPromoteEvidence(counts, known.managed.policy.mismatch.rateMax);
      }),
  },
];
