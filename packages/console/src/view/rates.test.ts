import type { History, HistoryPoint } from '@falsework/client/contract';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rateColumns } from './rates.ts';

const RANGE = [0, 9] as const;
const point = (over: Partial<HistoryPoint> = {}): HistoryPoint => ({
  fromAt: 0,
  toAt: 1_000,
  epoch: 1,
  step: 1,
  trials: 100,
  hits: 1,
  rateLow: 0.001,
  rateHigh: 0.05,
  ...over,
});
const history = (points: HistoryPoint[]): History => {
  return { rateMax: 0.01, confidence: 0.95, points, epochs: [], isPartial: false };
};

describe('the chart of rates', () => {
  it('is in seconds and percent, with the limit beside every point', () => {
    const [at, seen, low, high, limit] = rateColumns(history([point()]), RANGE);
    expect([at[1], seen[1], low[1], high[1], limit[1]]).toEqual([1, 1, 0.1, 5, 1]);
  });

  it('draws the limit from end to end, and nothing else where nothing was compared', () => {
    const columns = rateColumns(history([point()]), RANGE);
    expect(columns.map((column) => [column[0], column.at(-1)])).toEqual([
      [0, 9],
      [null, null],
      [null, null],
      [null, null],
      [1, 1],
    ]);
    expect(rateColumns(history([]), RANGE)[4]).toEqual([1, 1]);
  });

  it('draws what was never seen to differ at its foot, not nowhere', () => {
    const [, seen, low] = rateColumns(history([point({ hits: 0, rateLow: 0 })]), RANGE);
    expect([seen[1], low[1]]).toEqual([0.01, 0.01]);
  });

  it('joins no line across two epochs', () => {
    const points = [point(), point({ toAt: 2_000, epoch: 2 })];
    const [at, seen, low, high] = rateColumns(history(points), RANGE);
    expect(at).toHaveLength(5);
    expect([seen[2], low[2], high[2]]).toEqual([null, null, null]);
  });

  it('always rises in time, whatever planes report at once, and loses no point', () => {
    const anyPoint = fc.record({ toAt: fc.nat(50), epoch: fc.integer({ min: 1, max: 4 }) });
    fc.assert(
      fc.property(fc.array(anyPoint, { maxLength: 40 }), (given) => {
        const points = given.toSorted((a, b) => a.epoch - b.epoch).map((over) => point(over));
        const [at, seen] = rateColumns(history(points), RANGE);
        expect(at).toEqual([...new Set(at)].toSorted((a, b) => a - b));
        expect(seen.filter((value) => value !== null)).toHaveLength(points.length);
      }),
    );
  });
});
