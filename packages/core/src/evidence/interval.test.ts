import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { logGamma, rateInterval } from './interval.ts';

describe('the interval shown to people', () => {
  it('says of 0 in 10,000 what the design says: at most 0.035 %', () => {
    const { low, high } = rateInterval({ trials: 10_000, hits: 0 }, 1e-4, 0.05);
    expect(low).toBe(0);
    expect(high * 100).toBeCloseTo(0.0354, 3);
  });

  it('excludes 0.01 % at 41,058 clean comparisons, and not one earlier', () => {
    expect(rateInterval({ trials: 41_058, hits: 0 }, 1e-4, 0.05).high).toBeLessThan(1e-4);
    expect(rateInterval({ trials: 41_057, hits: 0 }, 1e-4, 0.05).high).toBeGreaterThanOrEqual(1e-4);
  });

  it('knows nothing before the first comparison', () => {
    expect(rateInterval({ trials: 0, hits: 0 }, 1e-4, 0.05)).toEqual({ low: 0, high: 1 });
  });

  it('always holds the observed rate, and narrows when the same rate goes on', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5_000 }), fc.nat(5_000), (trials, some) => {
        const hits = Math.min(some, trials);
        const first = rateInterval({ trials, hits }, 1e-3, 0.05);
        const later = rateInterval({ trials: trials * 8, hits: hits * 8 }, 1e-3, 0.05);
        const rate = hits / trials;
        expect(first.low).toBeLessThanOrEqual(rate + 1e-12);
        expect(first.high).toBeGreaterThanOrEqual(rate - 1e-12);
        expect(later.high - later.low).toBeLessThan(first.high - first.low);
      }),
    );
  });

  it.each([
    { x: 0.5, expected: Math.log(Math.sqrt(Math.PI)) },
    { x: 1, expected: 0 },
    { x: 5, expected: Math.log(24) },
    { x: 171, expected: 706.573062245787 },
    { x: 1e6, expected: 12_815_504.56914761 },
  ])('knows the logarithm of gamma($x)', ({ x, expected }) => {
    expect(logGamma(x)).toBeCloseTo(expected, 6);
  });
});
