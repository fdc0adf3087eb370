/**
 * The state of the regression alarm: one CUSUM statistic per design rate. Plain data, kept with the
 * evidence, so that a restart of whoever watches does not forget how close the alarm was.
 */
export type AlarmState = readonly number[];

/** What the alarm is tuned to. */
export interface AlarmSettings {
  /** Rate of hits that is fine for ever, between 0 and 1. */
  readonly rateOk: number;
  /**
   * Comparisons between two false alarms, on average, at that rate: 1e9 is 100 a second for 100
   * days.
   */
  readonly threshold: number;
}

// A single design rate is blind to others: one tuned to 1 % needs 333,626 comparisons for a 0.1 %
// fault. The mixture needs 14,344 for it and still only 4 when every answer is wrong.
const MULTIPLES = [3, 10, 100, 1000] as const;
// A design rate of 1 would make a single match decisive; with a large rateOk the multiples stop
// here.
const RATE_CEILING = 0.9;
// Statistics above this say the same thing, and stay finite so that they survive JSON.
const STATISTIC_CEILING = 1e100;

/** The alarm before any observation. */
export const ALARM_AT_REST: AlarmState = Object.freeze(MULTIPLES.map(() => 1));

/**
 * Takes a batch of comparisons whose order is not known, as if its hits had come first: that order
 * gives the lowest statistic, so merging evidence from many processes never raises a false alarm. A
 * batch of one is exact. O(1).
 *
 * M ← max(M, 1) · (hit ? r/p : (1-r)/(1-p)), a mixture e-CUSUM. Source: Shin, Ramdas, Rinaldo,
 * "E-detectors: a nonparametric framework for sequential change detection".
 */
export function observeBatch(
  state: AlarmState,
  batch: { readonly trials: number; readonly hits: number },
  rateOk: number,
): AlarmState {
  const misses = batch.trials - batch.hits;
  return MULTIPLES.map((multiple, j) => {
    const rate = Math.min(multiple * rateOk, RATE_CEILING);
    let m = state[j] ?? 1;
    if (batch.hits > 0) {
      m = Math.min(Math.max(m, 1) * (rate / rateOk) ** batch.hits, STATISTIC_CEILING);
    }
    if (misses > 0) {
      const fall = (1 - rate) / (1 - rateOk);
      // Once below 1 the statistic starts again from 1 at every miss, so it never falls under one
      // step.
      m = Math.max(Math.max(m, 1) * fall ** misses, fall);
    }
    return m;
  });
}

/** The mixture statistic, compared with the threshold. */
export function alarmStatistic(state: AlarmState): number {
  return state.reduce((sum, m) => sum + m, 0) / MULTIPLES.length;
}

/** True when the rate has risen beyond doubt and the planes must retreat. */
export function isAlarming(state: AlarmState, settings: AlarmSettings): boolean {
  return alarmStatistic(state) >= settings.threshold;
}
