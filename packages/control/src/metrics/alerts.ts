/** When somebody is to be told, in Prometheus' terms. */
export interface Alert {
  readonly name: string;
  /** `critical`: somebody is woken. `warning`: somebody looks today. */
  readonly severity: 'critical' | 'warning';
  /** A query that gives a series for each place that is bad; the value is the one described. */
  readonly expr: string;
  /** How long it has to be so before anybody is told. */
  readonly for: string;
  readonly summary: string;
  /** With the value. */
  readonly description: string;
}

const DIFFERING = 'mismatch|candidate_error|legacy_error';
const COMPARED = `match|accepted|transient|${DIFFERING}`;
// What practice calls an alarm; DESIGN section 8.
const SHADOW_P99_SECONDS = 0.05;
// A candidate is no slower than that policy by default allows it to be; where legacy takes a
// second, 50 ms are no goal.
const SLOWER_RATIO = 1.2;
// The bound of the gate on the drain.
const DRAIN_LAG_SECONDS = 5;
const STALE_SECONDS = 300;

/** The rate of runs with these verdicts at each seam. */
export const verdictRate = (verdicts: 'differing' | 'compared', where = ''): string => {
  const names = verdicts === 'differing' ? DIFFERING : COMPARED;
  return `sum by (migration, seam) (rate(falsework_verdicts_total{${where}verdict=~"${names}"}[5m]))`;
};

const p99 = (side: string): string =>
  `histogram_quantile(0.99, sum by (migration, seam, le) (rate(falsework_latency_seconds_bucket{side="${side}"}[5m])))`;

const between = (first: number, last: number): string =>
  `and on (migration) (falsework_stage >= ${first} <= ${last})`;

/**
 * Every alert. Several processes of control show the same, so each query first makes one series of
 * theirs.
 */
export const ALERTS: readonly Alert[] = [
  {
    name: 'FalseworkMismatchOverBudget',
    severity: 'critical',
    expr: `${verdictRate('differing')}
/
${verdictRate('compared')}
> on (migration) group_left ()
max by (migration) (falsework_mismatch_budget_ratio)`,
    for: '5m',
    summary: 'Answers of {{ $labels.migration }} differ more often than they may',
    description:
      '{{ $value | humanizePercentage }} of the comparisons at {{ $labels.seam }} differed over the last five minutes.',
  },
  {
    name: 'FalseworkShadowSlow',
    severity: 'warning',
    expr: `${p99('candidate')} > ${SHADOW_P99_SECONDS}
and
${p99('candidate')} > ${SLOWER_RATIO} * ${p99('legacy')}`,
    for: '5m',
    summary: 'The candidate of {{ $labels.migration }} is slow',
    description:
      'One answer in a hundred of the candidate at {{ $labels.seam }} took longer than {{ $value | humanizeDuration }}, and legacy was at least a fifth faster.',
  },
  {
    name: 'FalseworkDivergence',
    severity: 'critical',
    expr: 'max by (migration) (falsework_divergence_rows) > 0',
    for: '0m',
    summary: 'The stores of {{ $labels.migration }} disagree',
    description: 'Rows that differ between the two stores after the recheck: {{ $value }}.',
  },
  {
    name: 'FalseworkDrainLag',
    severity: 'warning',
    expr: `max by (migration) (falsework_drain_lag_seconds) > ${DRAIN_LAG_SECONDS}`,
    for: '5m',
    summary: 'The follower of {{ $labels.migration }} does not keep up',
    description:
      'The oldest change that the follower lacks is {{ $value | humanizeDuration }} old.',
  },
  {
    name: 'FalseworkReverseFeedDead',
    severity: 'critical',
    expr: 'min by (migration) (falsework_reverse_feed_alive) == 0',
    for: '1m',
    summary: 'The way back of {{ $labels.migration }} is not fed',
    description:
      'The candidate takes writes and they do not reach legacy (alive: {{ $value }}): going back now would lose them.',
  },
  {
    name: 'FalseworkDeadLetters',
    severity: 'critical',
    expr: `max by (migration) (falsework_dead_letters) > 0
or
sum by (migration) (max by (migration, state) (falsework_writes{state=~"dead|listed"})) > 0`,
    for: '0m',
    summary: 'Writes of {{ $labels.migration }} need a person',
    description: 'Writes that are missing on one side until somebody looks at them: {{ $value }}.',
  },
  {
    name: 'FalseworkGateInvalid',
    severity: 'warning',
    expr: `max by (migration, gate) (falsework_gate_status{status="invalid"}) == 1
and on (migration) (falsework_stage > 1)`,
    for: '15m',
    summary: 'The gate {{ $labels.gate }} of {{ $labels.migration }} has nothing to judge by',
    description:
      'The gate {{ $labels.gate }} is invalid (status: {{ $value }}): there is no evidence, so nothing will move forward.',
  },
  {
    name: 'FalseworkEvidenceStale',
    severity: 'warning',
    expr: `(min by (migration) (falsework_evidence_age_seconds) > ${STALE_SECONDS} ${between(5, 6)})
or
(min by (migration) (falsework_data_report_age_seconds) > ${STALE_SECONDS} ${between(2, 7)})`,
    for: '5m',
    summary: 'Nothing new is known of {{ $labels.migration }}',
    description: 'The last evidence is {{ $value | humanizeDuration }} old.',
  },
  {
    name: 'FalseworkCoexistenceOverrun',
    severity: 'critical',
    expr: 'min by (migration) (falsework_days_to_deletion) < 0',
    for: '0m',
    summary: '{{ $labels.migration }} is past its deletion date',
    description:
      'Everything old was to be gone by now: {{ printf "%.1f" $value }} days are left, and a minus is an overrun.',
  },
  {
    name: 'FalseworkInterlockTripped',
    severity: 'critical',
    expr: `max by (migration) (falsework_interlocks_tripped) > 0
or
sum by (migration) (increase(falsework_shed_total{reason="stopped"}[5m])) > 0`,
    for: '0m',
    summary: 'Shadows of {{ $labels.migration }} are stopped',
    description:
      'A shadow did what its declared effects do not allow. Routes that are stopped, or runs of a seam that were refused since: {{ printf "%.0f" $value }}.',
  },
  {
    name: 'FalseworkControlDown',
    severity: 'critical',
    expr: 'max by (job) (up{job="falsework"}) == 0',
    for: '2m',
    summary: 'Control cannot be scraped',
    description:
      'No process of control answers (up: {{ $value }}). Callers are served as before, and nothing moves forward.',
  },
];

/** The section of the runbook that is about an alert. */
export const runbookOf = ({ name }: Alert): string =>
  `docs/operating/alerts.md#${name.toLowerCase()}`;
