import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Budget } from '../budget.ts';
import { isInSlice, selectNodes } from './evaluate.ts';
import { parsePath } from './parse-path.ts';
import type { FilterQuery, SliceSelector } from './path-query.ts';

/** The algorithm of RFC 9535 section 2.3.4.2.2, transcribed. */
function sliceByTheRfc(length: number, { start, end, step }: SliceSelector): number[] {
  if (step === 0) return [];
  const normalize = (i: number) => (i >= 0 ? i : length + i);
  const nStart = normalize(start ?? (step >= 0 ? 0 : length - 1));
  const nEnd = normalize(end ?? (step >= 0 ? length : -length - 1));
  const selected: number[] = [];
  if (step > 0) {
    const [lower, upper] = [
      Math.min(Math.max(nStart, 0), length),
      Math.min(Math.max(nEnd, 0), length),
    ];
    for (let i = lower; i < upper; i += step) selected.push(i);
  } else {
    const upper = Math.min(Math.max(nStart, -1), length - 1);
    const lower = Math.min(Math.max(nEnd, -1), length - 1);
    for (let i = upper; lower < i; i += step) selected.push(i);
  }
  return selected;
}

function select(path: string, document: unknown, budget = new Budget(100_000)): readonly unknown[] {
  const query: FilterQuery = { kind: 'query', from: '$', segments: parsePath(path).segments };
  return selectNodes(query, document, { root: document, budget }, () => false);
}

const bound = fc.option(fc.integer({ min: -12, max: 12 }), { nil: null });

describe('isInSlice', () => {
  it('selects what the algorithm of the RFC selects', () => {
    const slice = fc.record({
      kind: fc.constant('slice' as const),
      start: bound,
      end: bound,
      step: fc.integer({ min: -4, max: 4 }),
    });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 9 }), slice, (length, selector) => {
        const indices = Array.from({ length }, (_, index) => index);
        const selected = indices.filter((index) => isInSlice(index, length, selector));
        expect(selected).toEqual(sliceByTheRfc(length, selector).sort((a, b) => a - b));
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('selectNodes', () => {
  const document = { a: [1, 2, { b: 3 }], c: { b: [4] } };

  it.each([
    ['$', [document]],
    ['$.a[0]', [1]],
    ['$.a[-1].b', [3]],
    ['$.a[9]', []],
    ['$.a.b', []],
    ['$..b', [3, [4]]],
    ['$.a[::-1]', [{ b: 3 }, 2, 1]],
    ['$.a[0, 0, 1:]', [1, 1, 2, { b: 3 }]],
    ['$.*.b', [[4]]],
    ["$['a','x','a'][0]", [1, 1]],
  ])('selects with %s, repetitions and order as the RFC asks', (path, nodes) => {
    expect(select(path, document)).toEqual(nodes);
  });

  it('goes into maps by name, and into sets and errors by their parts', () => {
    expect(select('$.a.b', new Map([['a', { b: 1 }]]))).toEqual([1]);
    expect(select('$[*]', new Set([1, 2]))).toEqual([1, 2]);
    expect(select('$.message', new Error('no'))).toEqual(['no']);
    expect(select('$[0]', new Set([1]))).toEqual([]);
  });

  it('ends on a value that contains itself', () => {
    const knot: Record<string, unknown> = { n: 1 };
    knot.self = knot;
    expect(select('$..n', knot)).toEqual([1]);
  });

  it('stops when the budget is gone, long before an array that only claims its length', () => {
    const budget = new Budget(1_000);
    const claim: unknown[] = [];
    claim.length = 4_000_000_000;
    expect(select('$[*]', claim, budget)).toEqual([]);
    expect(budget.isSpent).toBe(true);
  });

  it('finds nothing where looking throws', () => {
    const hostile = new Proxy([1], {
      get() {
        throw new Error('no');
      },
    });
    expect(select('$[0]', hostile)).toEqual([]);
    expect(select('$[*]', hostile)).toEqual([]);
    expect(select('$..a', hostile)).toEqual([]);
  });
});
