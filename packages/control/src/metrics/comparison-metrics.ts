import {
  alphaForRound,
  type Counts,
  compared,
  differing,
  EMPTY_SKETCH,
  logPromoteEvidence,
  mergeSketches,
  type Sketch,
  type StratumView,
  trialsStillNeeded,
  VERDICTS,
} from '@falsework/core/evidence';
import { type Metric, one, type Reading, type Subject } from './metric.ts';

// What practice calls an alarm; DESIGN section 8. A policy that allows more is not alarmed by less.
const ALARM_RATIO = 0.005;

const trialsOf = ({ verdicts }: Counts) => ({
  trials: compared(verdicts),
  hits: differing(verdicts),
});

const alphaOf = ({ known: { managed, state } }: Subject): number =>
  alphaForRound(1 - managed.policy.mismatch.confidence, state.rounds[state.stage] ?? 1);

const perStratum = ({ known }: Subject, value: (view: StratumView) => number): readonly Reading[] =>
  known.evidence.strata.map((view) => ({
    labels: { seam: view.seam, stratum: view.stratum },
    value: value(view),
  }));

const perSide = ({ known }: Subject, count: 'requests' | 'failures'): readonly Reading[] =>
  known.evidence.seams.flatMap(({ seam, step }) => [
    { labels: { seam, side: 'legacy' }, value: step.legacy[count] },
    { labels: { seam, side: 'candidate' }, value: step.candidate[count] },
  ]);

/** What comparing found, and how far it is from a proof. */
export const COMPARISON_METRICS: readonly Metric[] = [
  {
    name: 'falsework_verdicts_total',
    type: 'counter',
    unit: 'runs',
    from: ['guard', 'seam'],
    labels: ['seam', 'stratum', 'verdict'],
    help: 'Paired runs of the present epoch by verdict.',
    read: (subject) =>
      VERDICTS.flatMap((verdict) =>
        perStratum(subject, (view) => view.epoch.verdicts[verdict]).map(({ labels, value }) => ({
          labels: { ...labels, verdict },
          value,
        })),
      ),
  },
  {
    name: 'falsework_critical_differences_total',
    type: 'counter',
    unit: 'runs',
    from: ['guard', 'seam'],
    labels: ['seam', 'stratum'],
    help: 'Differences of the present epoch in a critical class, of which one is too many.',
    read: (subject) => perStratum(subject, ({ epoch }) => epoch.critical),
  },
  {
    name: 'falsework_mismatch_ratio',
    type: 'gauge',
    unit: 'ratio',
    from: ['guard', 'seam'],
    labels: ['seam', 'stratum'],
    help: 'Share of comparisons of the present epoch that differ, 0 to 1.',
    read: (subject) =>
      perStratum(subject, ({ epoch }) => {
        const { trials, hits } = trialsOf(epoch);
        return trials === 0 ? 0 : hits / trials;
      }),
  },
  {
    name: 'falsework_mismatch_limit_ratio',
    type: 'gauge',
    unit: 'ratio',
    from: ['control'],
    labels: [],
    help: 'The share of differing comparisons that the policy wants excluded before a step.',
    read: ({ known }) => one(known.managed.policy.mismatch.rateMax),
  },
  {
    name: 'falsework_mismatch_budget_ratio',
    type: 'gauge',
    unit: 'ratio',
    from: ['control'],
    labels: [],
    help: 'The share of differing comparisons above which people are woken: 0.5 %, or what the policy allows if that is more; 0 where money is at stake.',
    read: ({ known: { managed } }) => {
      const { money, mismatch } = managed.policy;
      return one(money ? 0 : Math.max(ALARM_RATIO, mismatch.rateMax));
    },
  },
  {
    name: 'falsework_mismatch_log_e_value',
    type: 'gauge',
    unit: 'number',
    from: ['guard', 'seam'],
    labels: ['seam', 'stratum'],
    help: 'Natural logarithm of the evidence that the mismatch rate is below its limit, in the present epoch.',
    read: (subject) => {
      const { rateMax } = subject.known.managed.policy.mismatch;
      return perStratum(subject, ({ epoch }) => logPromoteEvidence(trialsOf(epoch), rateMax));
    },
  },
  {
    name: 'falsework_mismatch_log_e_value_goal',
    type: 'gauge',
    unit: 'number',
    from: ['control'],
    labels: [],
    help: 'The logarithm that proves it in this round; 3 at 95 % in the first, more in each later one.',
    read: (subject) => one(-Math.log(alphaOf(subject))),
  },
  {
    name: 'falsework_comparisons_needed',
    type: 'gauge',
    unit: 'runs',
    from: ['guard', 'seam'],
    labels: ['seam', 'stratum'],
    help: 'Comparisons that would prove it if none of them differed.',
    read: (subject) => {
      const { rateMax } = subject.known.managed.policy.mismatch;
      const claim = { rateMax, alpha: alphaOf(subject) };
      return perStratum(subject, ({ epoch }) => trialsStillNeeded(trialsOf(epoch), claim));
    },
  },
  {
    name: 'falsework_evidence_age_seconds',
    type: 'gauge',
    unit: 'seconds',
    from: ['guard', 'seam'],
    labels: ['seam'],
    help: 'Time since the last comparison at the seam.',
    read: evidenceAge,
  },
  {
    name: 'falsework_latency_seconds',
    type: 'histogram',
    unit: 'seconds',
    from: ['guard', 'seam'],
    labels: ['seam', 'side'],
    help: 'How long each side took to answer sampled calls of the present epoch, whichever served them.',
    read: latencies,
  },
  {
    name: 'falsework_served_total',
    type: 'counter',
    unit: 'calls',
    from: ['guard', 'seam'],
    labels: ['seam', 'side'],
    help: 'Calls that a side answered to callers in the present step, compared or not.',
    read: (subject) => perSide(subject, 'requests'),
  },
  {
    name: 'falsework_served_failures_total',
    type: 'counter',
    unit: 'calls',
    from: ['guard', 'seam'],
    labels: ['seam', 'side'],
    help: 'Those of them that failed.',
    read: (subject) => perSide(subject, 'failures'),
  },
  {
    name: 'falsework_reads_fenced_total',
    type: 'counter',
    unit: 'calls',
    from: ['guard', 'seam'],
    labels: ['seam'],
    help: 'Reads of the present step that legacy answered, because the candidate’s store lacked a write on their key.',
    read: ({ known }) =>
      known.evidence.seams.map(({ seam, step }) => ({
        labels: { seam },
        value: step.legacy.fenced ?? 0,
      })),
  },
];

function evidenceAge({ known, now }: Subject): Reading[] {
  const latest = new Map<string, number>();
  for (const { seam, lastAt } of known.evidence.strata) {
    latest.set(seam, Math.max(latest.get(seam) ?? 0, lastAt));
  }
  // A plane's clock may be ahead of ours; evidence of the future is fresh.
  return Array.from(latest, ([seam, at]) => ({
    labels: { seam },
    value: Math.max(0, now - at) / 1_000,
  }));
}

function latencies({ latency }: Subject): Reading[] {
  const seams = new Map<string, { legacy: Sketch; candidate: Sketch }>();
  for (const { seam, legacy, candidate } of latency) {
    const known = seams.get(seam) ?? { legacy: EMPTY_SKETCH, candidate: EMPTY_SKETCH };
    seams.set(seam, {
      legacy: mergeSketches(known.legacy, legacy),
      candidate: mergeSketches(known.candidate, candidate),
    });
  }
  return [...seams].flatMap(([seam, { legacy, candidate }]) => [
    { labels: { seam, side: 'legacy' }, value: legacy },
    { labels: { seam, side: 'candidate' }, value: candidate },
  ]);
}
