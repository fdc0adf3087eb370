import { COMPARISON_METRICS } from './comparison-metrics.ts';
import { DATA_METRICS } from './data-metrics.ts';
import type { Metric } from './metric.ts';
import { PLANE_METRICS } from './plane-metrics.ts';
import { STAGE_METRICS } from './stage-metrics.ts';

/** A part of the table, as people look for it. */
export interface MetricGroup {
  readonly title: string;
  readonly metrics: readonly Metric[];
}

/**
 * Every metric that Falsework shows: what control answers at `/metrics`, the reference, the alerts
 * and the dashboards are all made of these rows. Read at scrape time from the store, so that they
 * survive restarts and agree between replicas, but for what is said to be of this process.
 */
export const METRIC_GROUPS: readonly MetricGroup[] = [
  { title: 'Where it stands', metrics: STAGE_METRICS },
  { title: 'What comparing found', metrics: COMPARISON_METRICS },
  { title: 'Guards and seams', metrics: PLANE_METRICS },
  { title: 'Two stores', metrics: DATA_METRICS },
];

/** All of them in one list. */
export const METRICS: readonly Metric[] = METRIC_GROUPS.flatMap(({ metrics }) => metrics);
