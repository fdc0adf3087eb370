import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pacedRows, restMs } from './pace.ts';

const NONE = { rowsPerSecond: null, bytesPerSecond: null };

describe('a rate that a person set', () => {
  it('is kept by resting after each chunk', () => {
    const chunk = { rows: 1_000, bytes: 50_000, elapsedMs: 200 };
    expect(restMs(chunk, NONE)).toBe(0);
    expect(restMs(chunk, { ...NONE, rowsPerSecond: 1_000 })).toBe(800);
    expect(restMs(chunk, { ...NONE, bytesPerSecond: 10_000 })).toBe(4_800);
    expect(restMs(chunk, { rowsPerSecond: 1_000, bytesPerSecond: 10_000 })).toBe(4_800);
  });

  it('is not caught up with after a slow chunk', () => {
    expect(restMs({ rows: 10, bytes: 1, elapsedMs: 9_000 }, { ...NONE, rowsPerSecond: 10 })).toBe(
      0,
    );
  });

  it('bounds a chunk to what a second allows, and to one row at least', () => {
    expect(pacedRows(5_000, { rowsPerSecond: null })).toBe(5_000);
    expect(pacedRows(5_000, { rowsPerSecond: 250 })).toBe(250);
    expect(pacedRows(5_000, { rowsPerSecond: 0.1 })).toBe(1);
    expect(pacedRows(100, { rowsPerSecond: 250 })).toBe(100);
  });

  it('holds over any chunk together with its rest', () => {
    fc.assert(
      fc.property(
        fc.nat(1e6),
        fc.nat(1e5),
        fc.integer({ min: 1, max: 1e6 }),
        (rows, took, rate) => {
          const rest = restMs(
            { rows, bytes: 0, elapsedMs: took },
            { ...NONE, rowsPerSecond: rate },
          );
          expect((1_000 * rows) / Math.max(1e-9, took + rest)).toBeLessThanOrEqual(rate * 1.000001);
        },
      ),
    );
  });
});
