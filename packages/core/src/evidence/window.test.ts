import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addToSlices, isRising, type Slices, worstWindow } from './window.ts';

const WINDOW = 1_000;

/** Feeds batches of one hundred comparisons, one a second, with the given mismatches in each. */
const feed = (hits: readonly number[]): Slices =>
  hits.reduce<Slices>(
    (slices, h, i) => addToSlices(slices, { at: i * 1_000, trials: 100, hits: h }, WINDOW),
    [],
  );

const many = (count: number, hits: number): number[] => Array.from({ length: count }, () => hits);

describe('the worst window', () => {
  it('finds an hour of trouble that the mean hides', () => {
    const slices = feed([...many(100, 0), ...many(10, 5), ...many(100, 0)]);
    const worst = worstWindow(slices, WINDOW, 0);
    expect(worst).toMatchObject({ trials: 1_000, hits: 50, fromAt: 100_000, toAt: 109_000 });
  });

  it('is not judged before there is a whole one', () => {
    expect(worstWindow(feed(many(9, 5)), WINDOW, 0)).toBeNull();
    expect(worstWindow([], WINDOW, 0)).toBeNull();
  });

  it('leaves the picture when its cycle is over', () => {
    const slices = feed([...many(10, 5), ...many(20, 0)]);
    expect(worstWindow(slices, WINDOW, 0)?.hits).toBe(50);
    expect(worstWindow(slices, WINDOW, 15_000)?.hits).toBe(0);
  });

  it('never reports a lower rate than some whole stretch of slices shows', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(20), { minLength: 10, maxLength: 60 }), (hits) => {
        const worst = worstWindow(feed(hits), WINDOW, 0);
        for (let from = 0; from + 10 <= hits.length; from += 1) {
          const total = hits.slice(from, from + 10).reduce((a, b) => a + b, 0);
          expect((worst?.hits ?? 0) / (worst?.trials ?? 1)).toBeGreaterThanOrEqual(total / WINDOW);
        }
      }),
    );
  });

  it('keeps a bounded number of slices and forgets no comparison', () => {
    const slices = feed(many(5_000, 1));
    expect(slices.length).toBeLessThanOrEqual(2_000);
    expect(slices.reduce((sum, slice) => sum + slice.trials, 0)).toBe(500_000);
    expect(slices.reduce((sum, slice) => sum + slice.hits, 0)).toBe(5_000);
  });
});

describe('the trend', () => {
  it('is called rising when the later half has far more differences', () => {
    expect(isRising(feed([...many(50, 0), ...many(50, 1)]), 0.05)).toBe(true);
  });

  it.each([
    { what: 'an even rate', hits: many(100, 1) },
    { what: 'a falling rate', hits: [...many(50, 2), ...many(50, 0)] },
    { what: 'no differences', hits: many(100, 0) },
    { what: 'a single late difference', hits: [...many(99, 0), 1] },
    { what: 'too little to say', hits: [3] },
  ])('is flat on $what', ({ hits }) => {
    expect(isRising(feed(hits), 0.05)).toBe(false);
  });
});
