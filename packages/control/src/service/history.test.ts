import { NO_VERDICTS, SketchRecorder, type Slice } from '@falsework/core/evidence';
import { DEFAULT_POLICY } from '@falsework/core/policy';
import type { StratumHistory } from '@falsework/core/ports';
import { describe, expect, it } from 'vitest';
import { distributionOf, HISTORY_ROWS_MAX, historyOf } from './history.ts';

const slice = (toAt: number, trials: number, hits = 0): Slice => ({
  fromAt: toAt - 1,
  toAt,
  trials,
  hits,
});
const row = (epoch: number, step: number, slices: readonly Slice[]): StratumHistory => ({
  epoch,
  step,
  seam: 'quote',
  stratum: '',
  verdicts: { ...NO_VERDICTS, match: slices.reduce((sum, { trials }) => sum + trials, 0) },
  slices,
});

describe('a history', () => {
  it('adds up within an epoch, so that the band narrows with every comparison', () => {
    const { points } = historyOf(
      [row(1, 1, [slice(1, 100), slice(2, 1_000), slice(3, 10_000)])],
      DEFAULT_POLICY,
    );
    const highs = points.map(({ rateHigh }) => rateHigh);
    expect(highs).toEqual(highs.toSorted((a, b) => b - a));
    expect(highs[2]).toBeLessThan(0.001);
  });

  it('begins anew with every epoch: what was proven of one build says nothing of the next', () => {
    const rows = [row(2, 2, [slice(9, 10)]), row(1, 1, [slice(1, 100_000)])];
    const { points } = historyOf(rows, DEFAULT_POLICY);
    expect(points.map(({ epoch }) => epoch)).toEqual([1, 2]);
    expect(points[1]?.rateHigh).toBeGreaterThan(points[0]?.rateHigh ?? 1);
  });

  it('puts the strata of a step in the order of time', () => {
    const rows = [row(1, 1, [slice(2, 10), slice(6, 10)]), row(1, 1, [slice(1, 5), slice(4, 5)])];
    expect(historyOf(rows, DEFAULT_POLICY).points.map(({ toAt }) => toAt)).toEqual([1, 2, 4, 6]);
  });

  it('has no more points than a chart can show, and loses no comparison to that', () => {
    const slices = Array.from({ length: 5_000 }, (_, i) => slice(i + 1, 10, i % 50 === 0 ? 1 : 0));
    const { points } = historyOf([row(1, 1, slices)], DEFAULT_POLICY);
    expect(points.length).toBeLessThanOrEqual(500);
    expect(points.reduce((sum, { trials }) => sum + trials, 0)).toBe(50_000);
    expect(points.reduce((sum, { hits }) => sum + hits, 0)).toBe(100);
    expect(points[0]?.fromAt).toBe(0);
    expect(points.at(-1)?.toAt).toBe(5_000);
  });

  it('shows the verdicts of each epoch, oldest first', () => {
    const rows = [row(3, 5, [slice(5, 7)]), row(1, 1, [slice(1, 2)]), row(3, 4, [slice(4, 1)])];
    const { epochs } = historyOf(rows, DEFAULT_POLICY);
    expect(epochs.map(({ epoch, verdicts }) => [epoch, verdicts.match])).toEqual([
      [1, 2],
      [3, 8],
    ]);
  });

  it('says when there was more than was read', () => {
    const rows = Array.from({ length: HISTORY_ROWS_MAX }, () => row(1, 1, []));
    expect(historyOf(rows, DEFAULT_POLICY).isPartial).toBe(true);
    expect(historyOf(rows.slice(1), DEFAULT_POLICY).isPartial).toBe(false);
  });
});

describe('a distribution', () => {
  it('rises from nothing to everything on both sides', () => {
    const recorder = new SketchRecorder();
    for (let ms = 1; ms <= 1_000; ms += 1) recorder.record(ms);
    const sketch = recorder.read();
    const view = { seam: 'quote', stratum: '', legacy: sketch, candidate: sketch };
    const { legacy, count } = distributionOf(view);
    expect(count).toBe(1_000);
    const ms = legacy.map(([at]) => at);
    expect(ms).toEqual(ms.toSorted((a, b) => a - b));
    // A sketch is off by at most one percent.
    const [last = 0, part] = legacy.at(-1) ?? [];
    expect(part).toBe(1);
    expect(Math.abs(last - 1_000)).toBeLessThanOrEqual(10);
    expect(legacy.find(([, part]) => part === 0.5)?.[0]).toBeCloseTo(500, -2);
  });

  it('of nothing has no points', () => {
    const sketch = new SketchRecorder().read();
    const view = { seam: 'quote', stratum: '', legacy: sketch, candidate: sketch };
    expect(distributionOf(view)).toMatchObject({ legacy: [], candidate: [], count: 0 });
  });
});
