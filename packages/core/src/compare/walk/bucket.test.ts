import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchBucket } from './bucket.ts';

const range = (length: number) => Array.from({ length }, (_, i) => i);

/** The size of the largest matching, by trying everything. */
function largestMatching(rows: readonly (readonly boolean[])[], used = new Set<number>()): number {
  const [row, ...rest] = rows;
  if (row === undefined) return 0;
  let best = largestMatching(rest, used);
  for (const [column, isEqual] of row.entries()) {
    if (!isEqual || used.has(column)) continue;
    best = Math.max(best, 1 + largestMatching(rest, new Set([...used, column])));
  }
  return best;
}

describe('matchBucket', () => {
  it('pairs as many elements as can be paired, each of them once', () => {
    const size = fc.integer({ min: 0, max: 5 });
    const table = fc.tuple(size, size).chain(([rows, columns]) =>
      fc.array(fc.array(fc.boolean(), { minLength: columns, maxLength: columns }), {
        minLength: rows,
        maxLength: rows,
      }),
    );
    fc.assert(
      fc.property(table, (rows) => {
        const columns = rows[0]?.length ?? 0;
        const { pairs, legacy, candidate } = matchBucket(
          range(rows.length),
          range(columns),
          (pair) => rows[pair.legacy]?.[pair.candidate] === true,
        );
        expect(pairs).toHaveLength(largestMatching(rows));
        for (const pair of pairs) expect(rows[pair.legacy]?.[pair.candidate]).toBe(true);
        const legacySeen = [...pairs.map((pair) => pair.legacy), ...legacy].sort();
        const candidateSeen = [...pairs.map((pair) => pair.candidate), ...candidate].sort();
        expect(legacySeen).toEqual(range(rows.length));
        expect(candidateSeen).toEqual(range(columns));
      }),
      { numRuns: 1_000 },
    );
  });

  it('asks about each pair once while the bucket is small', () => {
    const asked = new Map<string, number>();
    matchBucket(range(20), range(20), ({ legacy, candidate }) => {
      const key = `${legacy},${candidate}`;
      asked.set(key, (asked.get(key) ?? 0) + 1);
      return (legacy * candidate) % 7 === 3;
    });
    expect(new Set(asked.values())).toEqual(new Set([1]));
  });

  it('asks once per element when all are equal, however many there are', () => {
    let questions = 0;
    const { pairs } = matchBucket(range(50_000), range(50_000), () => {
      questions += 1;
      return true;
    });
    expect([pairs.length, questions]).toEqual([50_000, 50_000]);
  });

  it('finds partners that stand in reverse', () => {
    const { pairs, legacy, candidate } = matchBucket(
      range(500),
      range(500),
      (pair) => pair.legacy + pair.candidate === 499,
    );
    expect([pairs.length, legacy, candidate]).toEqual([500, [], []]);
  });

  it.each([
    [[], [], [], []],
    [[1, 2], [], [1, 2], []],
    [[], [3], [], [3]],
  ])(
    'leaves %j and %j as they are when nothing can be paired',
    (legacy, candidate, left, right) => {
      const matching = matchBucket(legacy, candidate, () => true);
      expect(matching).toEqual({ pairs: [], legacy: left, candidate: right });
    },
  );
});
