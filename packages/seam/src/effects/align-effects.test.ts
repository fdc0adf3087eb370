import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { alignEffects, outOfOrder } from './align-effects.ts';

/** Effects written as `name` or `name:arguments`. */
const align = (legacy: readonly string[], candidate: readonly string[]) =>
  alignEffects({
    legacy: legacy.map((text) => ({ effect: text.split(':')[0] ?? '' })),
    candidate: candidate.map((text) => ({ effect: text.split(':')[0] ?? '' })),
    isSame: (l, c) => legacy[l] === candidate[c],
  });

const LIST = fc.array(fc.constantFrom('a:1', 'a:2', 'b:1', 'b:2', 'c'), { maxLength: 12 });

describe('aligning effects', () => {
  it.each([
    ['nothing to pair', [], [], { same: [], changed: [], missing: [], extra: [] }],
    [
      'all the same',
      ['a', 'b'],
      ['a', 'b'],
      {
        same: [
          [0, 0],
          [1, 1],
        ],
      },
    ],
    [
      'one missing',
      ['a', 'b', 'c'],
      ['a', 'c'],
      {
        same: [
          [0, 0],
          [2, 1],
        ],
        missing: [1],
      },
    ],
    ['one extra', ['a'], ['b', 'a'], { same: [[0, 1]], extra: [0] }],
    ['other arguments', ['a:1', 'b'], ['a:2', 'b'], { same: [[1, 1]], changed: [[0, 0]] }],
    ['done twice', ['a:1'], ['a:1', 'a:1'], { same: [[0, 0]], extra: [1] }],
    [
      'the same before other arguments, wherever it stands',
      ['a:1', 'a:2'],
      ['a:3', 'a:1'],
      { same: [[0, 1]], changed: [[1, 0]] },
    ],
  ])('%s', (_, legacy, candidate, expected) => {
    expect(align(legacy, candidate)).toMatchObject(expected);
  });

  it('names every effect of both sides exactly once, and never pairs two names', () => {
    fc.assert(
      fc.property(LIST, LIST, (legacy, candidate) => {
        const { same, changed, missing, extra } = align(legacy, candidate);
        const pairs = [...same, ...changed];
        const ofLegacy = [...pairs.map(([l]) => l), ...missing].sort((a, b) => a - b);
        const ofCandidate = [...pairs.map(([, c]) => c), ...extra].sort((a, b) => a - b);
        expect(ofLegacy).toEqual([...legacy.keys()]);
        expect(ofCandidate).toEqual([...candidate.keys()]);
        for (const [l, c] of same) expect(legacy[l]).toBe(candidate[c]);
        for (const [l, c] of changed) expect(legacy[l]?.charAt(0)).toBe(candidate[c]?.charAt(0));
      }),
    );
  });

  it('leaves no two effects of one name on both sides unpaired', () => {
    fc.assert(
      fc.property(LIST, LIST, (legacy, candidate) => {
        const { missing, extra } = align(legacy, candidate);
        const names = new Set(missing.map((l) => legacy[l]?.charAt(0)));
        for (const c of extra) expect(names).not.toContain(candidate[c]?.charAt(0));
      }),
    );
  });

  it('ends in bounded time on two long lists that have nothing in common', () => {
    let looks = 0;
    const many = Array.from({ length: 1_000 }, () => ({ effect: 'a' }));
    alignEffects({
      legacy: many,
      candidate: many,
      isSame: () => {
        looks += 1;
        return false;
      },
    });
    expect(looks).toBe(5_000);
  });
});

describe('what stands out of order', () => {
  const moved = (...candidates: number[]) =>
    outOfOrder(candidates.map((c, l) => [l, c] as const)).map(([l]) => l);

  it.each([
    ['nothing', [0, 1, 2], []],
    ['the one that was moved to the end', [2, 0, 1], [0]],
    ['the one that was moved to the front', [1, 2, 0], [2]],
    ['one of two that were swapped', [1, 0], [0]],
  ])('is %s', (_, candidates, expected) => {
    expect(moved(...candidates)).toEqual(expected);
  });

  it('is as little as possible: without it the rest is in order, and with one less it is not', () => {
    const permutation = fc.integer({ min: 0, max: 6 }).chain((n) => {
      const items = Array.from({ length: n }, (_, i) => i);
      return fc.shuffledSubarray(items, { minLength: n, maxLength: n });
    });
    fc.assert(
      fc.property(permutation, (candidates) => {
        const out = new Set(moved(...candidates));
        const rest = candidates.filter((_, l) => !out.has(l));
        expect(rest).toEqual([...rest].sort((a, b) => a - b));
        expect(rest.length).toBe(longestRising(candidates));
      }),
    );
  });

  /** The plain way: every subset. */
  function longestRising(items: readonly number[]): number {
    let longest = 0;
    for (let subset = 0; subset < 2 ** items.length; subset += 1) {
      const chosen = items.filter((_, i) => (subset & (2 ** i)) !== 0);
      if (chosen.every((item, i) => i === 0 || item > (chosen[i - 1] ?? 0))) {
        longest = Math.max(longest, chosen.length);
      }
    }
    return longest;
  }
});
