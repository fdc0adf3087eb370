import { SeededRandom } from '@falsework/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ALARM_AT_REST, alarmStatistic, isAlarming, observeBatch } from './alarm.ts';

const SETTINGS = { rateOk: 1e-4, threshold: 1e9 };

/**
 * Comparisons until the alarm, one by one; runs of matches are taken at once, which gives the same
 * statistic.
 */
function delay(rate: number, random: SeededRandom): number {
  let [state, seen] = [ALARM_AT_REST, 0];
  for (;;) {
    const quiet = rate >= 1 ? 0 : Math.floor(Math.log(1 - random.next()) / Math.log1p(-rate));
    if (quiet > 0) state = observeBatch(state, { trials: quiet, hits: 0 }, SETTINGS.rateOk);
    state = observeBatch(state, { trials: 1, hits: 1 }, SETTINGS.rateOk);
    seen += quiet + 1;
    if (isAlarming(state, SETTINGS)) return seen;
  }
}

describe('the regression alarm', () => {
  // EVIDENCE D3, medians of 300 runs at p_ok = 1e-4 and c = 1e9.
  it.each([
    { rate: 1, expected: 4 },
    { rate: 0.1, expected: 37 },
    { rate: 0.01, expected: 537 },
    { rate: 0.003, expected: 3_205 },
    { rate: 0.001, expected: 14_344 },
    { rate: 0.0003, expected: 154_402 },
  ])(
    'sounds after about $expected comparisons when a share of $rate is wrong',
    ({ rate, expected }) => {
      const random = new SeededRandom(11);
      const delays = Array.from({ length: 900 }, () => delay(rate, random)).sort((a, b) => a - b);
      const median = delays[450] as number;
      expect(median / expected).toBeGreaterThan(0.85);
      expect(median / expected).toBeLessThan(1.15);
    },
  );

  it('stays silent for ten million comparisons at the rate that is fine', () => {
    const random = new SeededRandom(3);
    let [state, seen] = [ALARM_AT_REST, 0];
    while (seen < 10_000_000) {
      const quiet = Math.floor(Math.log(1 - random.next()) / Math.log1p(-SETTINGS.rateOk));
      state = observeBatch(state, { trials: quiet + 1, hits: 1 }, SETTINGS.rateOk);
      expect(isAlarming(state, SETTINGS)).toBe(false);
      seen += quiet + 1;
    }
  });

  it('never rates a batch higher than the same comparisons one by one, in any order', () => {
    const comparisons = fc.array(fc.boolean(), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(comparisons, fc.constantFrom(1e-4, 1e-2, 0.3), (stream, rateOk) => {
        let one = ALARM_AT_REST;
        for (const hit of stream) one = observeBatch(one, { trials: 1, hits: hit ? 1 : 0 }, rateOk);
        const hits = stream.filter(Boolean).length;
        const batch = observeBatch(ALARM_AT_REST, { trials: stream.length, hits }, rateOk);
        // The margin is for rounding: the same product taken as a power and step by step.
        expect(alarmStatistic(batch)).toBeLessThanOrEqual(alarmStatistic(one) * (1 + 1e-9));
      }),
    );
  });

  it('stays a finite number through any outage, so that it survives being stored', () => {
    const state = observeBatch(ALARM_AT_REST, { trials: 1e6, hits: 1e6 }, 1e-4);
    expect(Number.isFinite(alarmStatistic(state))).toBe(true);
    expect(JSON.parse(JSON.stringify(state))).toEqual(state);
    expect(isAlarming(state, SETTINGS)).toBe(true);
  });

  it('forgets a past fault once matches have outweighed it', () => {
    let state = observeBatch(ALARM_AT_REST, { trials: 2, hits: 2 }, 1e-4);
    state = observeBatch(state, { trials: 1_000_000, hits: 0 }, 1e-4);
    expect(alarmStatistic(state)).toBeLessThan(1);
  });
});
