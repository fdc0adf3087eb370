import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { finished, ProgressMeter } from './progress.ts';

const START = { at: 0, rows: 0, bytes: 0, keyShare: null };

describe('progress', () => {
  it('goes by what the statistics remember as long as nothing else is known', () => {
    const meter = new ProgressMeter(10_000, START);
    const progress = meter.observe({ at: 1_000, rows: 1_000, bytes: 50_000, keyShare: null });
    expect(progress).toEqual({
      rows: 1_000,
      bytes: 50_000,
      estimatedRows: 10_000,
      fraction: 0.1,
      rowsPerSecond: 1_000,
      etaMs: 9_000,
    });
  });

  it('corrects statistics that are far too low as the keys advance', () => {
    const meter = new ProgressMeter(1_000, START);
    const estimates = [0.1, 0.3, 0.6, 0.9].map(
      (keyShare) =>
        meter.observe({ at: keyShare * 1e4, rows: keyShare * 1e5, bytes: 1, keyShare })
          .estimatedRows,
    );
    expect(estimates).toEqual([10_900, 30_700, 60_400, 90_100]);
  });

  it('corrects statistics that are far too high as the keys advance', () => {
    const meter = new ProgressMeter(1_000_000, START);
    const at = (keyShare: number): number =>
      meter.observe({ at: keyShare * 1e4, rows: keyShare * 1e5, bytes: 1, keyShare }).estimatedRows;
    expect(at(0.5)).toBe(550_000);
    expect(at(0.95)).toBe(145_000);
    expect(at(1)).toBe(100_000 + 1);
  });

  it('says nothing of the time left before anything has moved', () => {
    const meter = new ProgressMeter(10, START);
    expect(meter.observe({ ...START, at: 0 }).etaMs).toBeNull();
    expect(meter.observe({ ...START, at: 5_000 }).etaMs).toBeNull();
  });

  it('counts only its own rows towards the rate when it resumes', () => {
    const meter = new ProgressMeter(10_000, { at: 0, rows: 5_000, bytes: 0, keyShare: null });
    const { rowsPerSecond, etaMs } = meter.observe({
      at: 1_000,
      rows: 6_000,
      bytes: 0,
      keyShare: null,
    });
    expect({ rowsPerSecond, etaMs }).toEqual({ rowsPerSecond: 1_000, etaMs: 4_000 });
  });

  it('forgets how fast it was more than half a minute ago', () => {
    const meter = new ProgressMeter(1e6, START);
    for (let s = 1; s <= 60; s += 1) {
      meter.observe({ at: s * 1_000, rows: s * 1_000, bytes: 0, keyShare: null });
    }
    for (let s = 61; s <= 95; s += 1) {
      meter.observe({ at: s * 1_000, rows: 60_000 + (s - 60) * 10, bytes: 0, keyShare: null });
    }
    const { rowsPerSecond } = meter.observe({ at: 96_000, rows: 60_360, bytes: 0, keyShare: null });
    expect(rowsPerSecond).toBeCloseTo(10, 5);
  });

  it('is whole only at the end', () => {
    expect(finished(42, 7)).toMatchObject({ rows: 42, estimatedRows: 42, fraction: 1, etaMs: 0 });
    const rows = fc.nat(1e9);
    const share = fc.option(fc.double({ min: 0, max: 1, noNaN: true }));
    fc.assert(
      fc.property(rows, rows, share, (statistics, walked, keyShare) => {
        const meter = new ProgressMeter(statistics, START);
        const told = meter.observe({ at: 1_000, rows: walked, bytes: 0, keyShare });
        expect(told.fraction).toBeLessThan(1);
        expect(told.fraction).toBeGreaterThanOrEqual(0);
        expect(told.estimatedRows).toBeGreaterThan(walked);
        expect(told.etaMs === null || told.etaMs > 0).toBe(true);
      }),
    );
  });
});
