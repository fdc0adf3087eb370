import { LABELS, METRIC_GROUPS, type Metric, type MetricGroup } from '@falsework/control/metrics';

/** The page that lists every metric. */
export function metricsPage(): string {
  const labels = Object.entries(LABELS).map(
    ([name, { meaning, bound }]) => `| \`${name}\` | ${meaning} | ${bound} |`,
  );
  return `# Metrics

Control answers at \`/metrics\`, to anybody with a token of a viewer, in Prometheus' text format.
Guards, seams and the data worker report to control and need not be scraped themselves: a plane that
comes and goes would make new series with each start.

Every metric has the label \`migration\`. Counters of an epoch or of a step begin anew with it, which
Prometheus takes for a restart; those "of this process" begin anew with control. What is not known
has no series: a gap means that nobody said anything, never that all is well.

How to scrape them, and the alerts and dashboards made of them:
[Prometheus and Grafana](../operating/prometheus.md). What to do about an alert:
[the runbooks](../operating/alerts.md).

${METRIC_GROUPS.map(groupText).join('\n')}
## Labels

None of them can grow without end: nothing that callers, builds or restarts make more of is a label.
Causes of differences are never one; \`falsework diffs\` lists them. Of one metric at most 20,000
series of a migration are shown, and what is left out is counted.

| label | meaning | at most |
|---|---|---|
${labels.join('\n')}
`;
}

function groupText({ title, metrics }: MetricGroup): string {
  return `## ${title}

| metric | type | unit | labels | meaning | measured by |
|---|---|---|---|---|---|
${metrics.map(line).join('\n')}
`;
}

function line({ name, type, unit, labels, help, from }: Metric): string {
  const named = labels.map((label) => `\`${label}\``).join(' ');
  return `| \`${name}\` | ${type} | ${unit} | ${named} | ${help} | ${from.join(', ')} |`;
}
