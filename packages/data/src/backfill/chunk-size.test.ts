import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CHUNK_LIMITS, ChunkSizer } from './chunk-size.ts';

const LIMITS = { targetMs: 500, rowsMax: 100_000, bytesMax: 16 * 2 ** 20 };

/** A table where every row takes the same time and room. */
function feedSteadily(sizer: ChunkSizer, row: { ms: number; bytes: number }, chunks: number): void {
  for (let i = 0; i < chunks; i += 1) {
    const { rows } = sizer;
    sizer.observe({ rows, bytes: rows * row.bytes, elapsedMs: rows * row.ms });
  }
}

describe('the size of a chunk', () => {
  it('begins small, and smaller still where rows are wide', () => {
    expect(new ChunkSizer(CHUNK_LIMITS, null).rows).toBe(2_000);
    expect(new ChunkSizer(CHUNK_LIMITS, 160).rows).toBe(2_000);
    expect(new ChunkSizer(CHUNK_LIMITS, 2 ** 20).rows).toBe(16);
    expect(new ChunkSizer(CHUNK_LIMITS, 2 ** 30).rows).toBe(1);
  });

  it('comes to what takes the time that was asked for', () => {
    const sizer = new ChunkSizer(LIMITS, 100);
    feedSteadily(sizer, { ms: 0.1, bytes: 100 }, 20);
    expect(sizer.rows).toBe(5_000);
  });

  it('grows by half at most, and shrinks to a fifth at most', () => {
    const sizer = new ChunkSizer(LIMITS, 100);
    sizer.observe({ rows: 2_000, bytes: 200_000, elapsedMs: 1 });
    expect(sizer.rows).toBe(3_000);
    sizer.observe({ rows: 3_000, bytes: 300_000, elapsedMs: 2_400 });
    expect(sizer.rows).toBe(625);
    sizer.observe({ rows: 625, bytes: 62_500, elapsedMs: 2_400 });
    expect(sizer.rows).toBe(130);
  });

  it('goes by the slow chunks of the last ten and not by their mean', () => {
    const sizer = new ChunkSizer(LIMITS, 100);
    feedSteadily(sizer, { ms: 0.1, bytes: 100 }, 20);
    for (let i = 0; i < 2; i += 1) {
      sizer.observe({ rows: 5_000, bytes: 500_000, elapsedMs: 1_000 });
    }
    expect(sizer.rows).toBe(2_500);
    feedSteadily(sizer, { ms: 0.1, bytes: 100 }, 12);
    expect(sizer.rows).toBe(5_000);
  });

  it('asks for a pause, and for a fifth, after a chunk that took five times too long', () => {
    const sizer = new ChunkSizer(LIMITS, 100);
    expect(sizer.observe({ rows: 2_000, bytes: 1, elapsedMs: 2_501 })).toBe(true);
    expect(sizer.rows).toBe(400);
    expect(sizer.observe({ rows: 400, bytes: 1, elapsedMs: 100 })).toBe(false);
  });

  it('shrinks down to a single row and grows again from there', () => {
    const sizer = new ChunkSizer(LIMITS, 100);
    for (let i = 0; i < 10; i += 1) sizer.shrink();
    expect(sizer.rows).toBe(1);
    feedSteadily(sizer, { ms: 0.01, bytes: 100 }, 30);
    expect(sizer.rows).toBeGreaterThan(10_000);
  });

  it('does not dwindle where every chunk has a fixed cost above what it should take', () => {
    const sizer = new ChunkSizer(LIMITS, 100);
    for (let i = 0; i < 50; i += 1) {
      const { rows } = sizer;
      sizer.observe({ rows, bytes: rows * 100, elapsedMs: 600 + rows * 0.01 });
    }
    expect(sizer.rows).toBe(100);
  });

  it('learns nothing from a chunk without rows', () => {
    const sizer = new ChunkSizer(LIMITS, 100);
    expect(sizer.observe({ rows: 0, bytes: 0, elapsedMs: 9_000 })).toBe(false);
    expect(sizer.rows).toBe(2_000);
  });

  it('never leaves its bounds, whatever the chunks were like', () => {
    const chunk = fc.record({
      bytesPerRow: fc.nat(50_000_000),
      elapsedMs: fc.double({ min: 0, max: 60_000, noNaN: true }),
    });
    fc.assert(
      fc.property(fc.array(chunk, { maxLength: 40 }), (chunks) => {
        const sizer = new ChunkSizer(LIMITS, null);
        for (const { bytesPerRow, elapsedMs } of chunks) {
          const { rows } = sizer;
          const isTooSlow = sizer.observe({ rows, bytes: rows * bytesPerRow, elapsedMs });
          expect(Number.isInteger(sizer.rows)).toBe(true);
          expect(sizer.rows).toBeGreaterThanOrEqual(1);
          expect(sizer.rows).toBeLessThanOrEqual(LIMITS.rowsMax);
          expect(sizer.rows).toBeLessThanOrEqual(Math.max(rows * 1.5, rows + 1));
          const isOneRow = sizer.rows === 1 || isTooSlow;
          expect(isOneRow || sizer.rows * bytesPerRow <= LIMITS.bytesMax).toBe(true);
        }
      }),
    );
  });
});
