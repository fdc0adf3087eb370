import { describe, expect, it } from 'vitest';
import { createComparator } from './create-comparator.ts';

describe('what is kept of a comparison', () => {
  it('is ten examples of each cause, so that a frequent cause does not push out a rare one', () => {
    const legacy = Array.from({ length: 500 }, (_, i) => ({ tax: i, rare: i === 499 ? 1 : 0 }));
    const candidate = legacy.map(({ tax }) => ({ tax: tax + 1, rare: 0 }));
    const { differences, causes, differenceCount, isTruncated } = createComparator().values(
      legacy,
      candidate,
    );
    expect(differences).toHaveLength(11);
    expect(differences.at(-1)).toMatchObject({ path: '$[499].rare' });
    expect(causes.map(({ template, count }) => [template, count])).toEqual([
      ['$[*].tax', 500],
      ['$[*].rare', 1],
    ]);
    expect([differenceCount, isTruncated]).toEqual([501, true]);
  });

  it('is bounded in number and in length', () => {
    const comparator = createComparator({ limits: { differencesMax: 3, textLengthMax: 10 } });
    const legacy = { [`key${'k'.repeat(500)}`]: 'v'.repeat(500), b: 1, c: 1, d: 1 };
    const { differences, isTruncated } = comparator.values(legacy, {});
    expect(differences).toHaveLength(3);
    expect(differences[0]?.legacy).toHaveLength(10);
    expect(differences[0]?.path.length).toBeLessThan(120);
    expect(isTruncated).toBe(true);
  });

  it('is plain data that JSON carries whole', () => {
    const legacy = {
      a: 1n,
      b: Symbol('s'),
      c: new Map([[{}, () => 1]]),
      d: Number.NaN,
      e: [undefined],
    };
    const comparison = createComparator().values(legacy, { e: [null] });
    expect(JSON.parse(JSON.stringify(comparison))).toEqual(comparison);
  });

  it('is one shared constant when nothing differs: a match costs no memory', () => {
    const comparator = createComparator();
    expect(comparator.values({ a: [1] }, { a: [1] })).toBe(comparator.json('[1]', '[1.0]'));
  });

  it('names both types of a difference in type', () => {
    class Money {
      readonly cents = 1;
    }
    expect(createComparator().values({ a: new Money() }, { a: null }).differences).toEqual([
      {
        path: '$.a',
        kind: 'type',
        cause: 0,
        types: ['Money', 'null'],
        legacy: 'Money {"cents":1}',
        candidate: 'null',
      },
    ]);
  });
});
