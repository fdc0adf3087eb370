import type { Sketch } from '@falsework/core/evidence';
import type { Instant, LatencyView } from '@falsework/core/ports';
import type { GateResult } from '@falsework/core/stage';
import type { Known } from '../service/control-service.ts';
import type { LabelName } from './labels.ts';
import type { LoadTotals } from './plane-loads.ts';

/** What a metric is read off: one migration, with everything that is known of it now. */
export interface Subject {
  readonly known: Known;
  /** The gates before the next step; none when there is no next step. */
  readonly gates: readonly GateResult[];
  /** Latency of both sides in the present epoch, by stratum. */
  readonly latency: readonly LatencyView[];
  readonly load: LoadTotals;
  /** Looks of the control loop that failed, in this process. */
  readonly loopFailures: number;
  /** Readings that were one too many, in this process. */
  readonly leftOut: number;
  readonly now: Instant;
}

/** One value of a metric; a sketch becomes a histogram. `migration` is added to the labels. */
export interface Reading {
  readonly labels?: Readonly<Partial<Record<LabelName, string>>>;
  readonly value: number | Sketch;
}

/** What Prometheus takes a metric for. A counter may begin anew, and does with each epoch. */
export type MetricType = 'gauge' | 'counter' | 'histogram';

/** What a metric counts in. */
export type Unit =
  | 'seconds'
  | 'days'
  | 'ratio'
  | 'percent'
  | 'rows'
  | 'runs'
  | 'calls'
  | 'writes'
  | 'yes or no'
  | 'number';

/** Who measures it. All of it is shown by control, to which everybody reports. */
export type Source = 'control' | 'guard' | 'seam' | 'data worker';

/** One metric: what it is called, what it means, and how it is read. */
export interface Metric {
  readonly name: string;
  readonly type: MetricType;
  readonly unit: Unit;
  readonly from: readonly Source[];
  /** Beside `migration`, which every metric has. */
  readonly labels: readonly LabelName[];
  /**
   * True for what a process of control counts by itself: several of them are added up. All others
   * say the same, so one of them is enough.
   */
  readonly isOfProcess?: true;
  /** One sentence. */
  readonly help: string;
  readonly read: (subject: Subject) => readonly Reading[];
}

/** The one value of a metric that has no other label. */
export const one = (value: number | Sketch): readonly Reading[] => [{ value }];

/** The one value of a metric of yes or no. */
export const whether = (isSo: boolean): readonly Reading[] => one(isSo ? 1 : 0);

/** Of a whole that is not known there is no reading; zero would say that it is. */
export const ifKnown = <Part>(
  part: Part | null | undefined,
  read: (part: Part) => number | readonly Reading[],
): readonly Reading[] => {
  if (part === null || part === undefined) return [];
  const value = read(part);
  return typeof value === 'number' ? one(value) : value;
};
