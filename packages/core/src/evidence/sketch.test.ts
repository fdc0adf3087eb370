import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countsAtMost, EMPTY_SKETCH, mergeSketches, quantileMs, SketchRecorder } from './sketch.ts';

const durations = fc.array(fc.double({ min: 0.01, max: 1e6, noNaN: true }), {
  minLength: 1,
  maxLength: 200,
});

const sketchOf = (values: readonly number[]) => {
  const recorder = new SketchRecorder();
  for (const value of values) recorder.record(value);
  return recorder.read();
};

describe('the latency sketch', () => {
  it('is off by at most 1 % at any quantile', () => {
    fc.assert(
      fc.property(durations, fc.double({ min: 0, max: 1, noNaN: true }), (values, q) => {
        const sorted = [...values].sort((a, b) => a - b);
        const exact = sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] as number;
        const shown = quantileMs(sketchOf(values), q) as number;
        expect(Math.abs(shown - exact) / exact).toBeLessThan(0.0101);
      }),
    );
  });

  it('is the same merged from parts as recorded whole, in any order', () => {
    fc.assert(
      fc.property(durations, durations, (a, b) => {
        const whole = sketchOf([...a, ...b]);
        for (const merged of [
          mergeSketches(sketchOf(a), sketchOf(b)),
          mergeSketches(sketchOf(b), sketchOf(a)),
        ]) {
          expect(merged.buckets).toEqual(whole.buckets);
          expect(merged.count).toBe(whole.count);
          expect(merged.maxMs).toBe(whole.maxMs);
        }
      }),
    );
  });

  it('survives what no clock should say', () => {
    const sketch = sketchOf([Number.NaN, -5, Number.POSITIVE_INFINITY, 0, 1e300, 1e-300]);
    expect(sketch.count).toBe(6);
    expect(Number.isFinite(quantileMs(sketch, 0.99) as number)).toBe(true);
    expect(JSON.parse(JSON.stringify(sketch))).toEqual(sketch);
  });

  it('has no quantile of nothing', () => {
    expect(quantileMs(EMPTY_SKETCH, 0.5)).toBeNull();
    expect(mergeSketches(EMPTY_SKETCH, sketchOf([3])).count).toBe(1);
  });

  it('counts what is at most a limit, within one percent of the limit', () => {
    fc.assert(
      fc.property(durations, fc.double({ min: 0.002, max: 1e7, noNaN: true }), (all, limit) => {
        const [counted] = countsAtMost(sketchOf(all), [limit]);
        const atMost = (most: number): number => all.filter((ms) => ms <= most).length;
        expect(counted).toBeGreaterThanOrEqual(atMost(limit / 1.0202));
        expect(counted).toBeLessThanOrEqual(atMost(limit * 1.0202));
      }),
    );
  });

  it('counts more with a higher limit, and everything at the end', () => {
    const sketch = sketchOf([1, 2, 3, 400]);
    const limits = [0, 1.5, 2.5, 2.6, 3.5, 400, Number.POSITIVE_INFINITY];
    expect(countsAtMost(sketch, limits)).toEqual([0, 1, 2, 2, 3, 4, 4]);
    expect(countsAtMost(EMPTY_SKETCH, [0, 5])).toEqual([0, 0]);
  });

  it('starts again from nothing when cleared', () => {
    const recorder = new SketchRecorder();
    recorder.record(3);
    recorder.clear();
    expect(recorder.read()).toEqual(EMPTY_SKETCH);
  });
});
