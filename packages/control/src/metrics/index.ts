export { ALERTS, type Alert, runbookOf, verdictRate } from './alerts.ts';
export { LABELS, type Label, type LabelName } from './labels.ts';
export type { Metric, MetricType, Reading, Source, Subject, Unit } from './metric.ts';
export { METRIC_GROUPS, METRICS, type MetricGroup } from './table.ts';
