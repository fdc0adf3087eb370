import { describe, expect, it } from 'vitest';
import type { Comparison } from '../comparison.ts';
import { createComparator } from '../create-comparator.ts';
import { absentIsNull, ignore, tolerance } from '../rules/builders.ts';
import type { Rule } from '../rules/rule.ts';

const found = ({ result, differences }: Comparison): string[] =>
  differences.length === 0 ? [result] : differences.map(({ path, kind }) => `${path} ${kind}`);

const compare = (legacy: unknown, candidate: unknown, ...rules: Rule[]) =>
  found(createComparator({ rules }).values(legacy, candidate));

const range = (length: number) => Array.from({ length }, (_, i) => i);

describe('arrays', () => {
  it.each([
    [[], [], ['equal']],
    [[1, 2], [1, 2], ['equal']],
    [[1, 2, 3], [1, 9, 3], ['$[1] number']],
    [
      [1, 2, 3],
      [7, 8, 3],
      ['$[0] number', '$[1] number'],
    ],
    [[1, 2, 3], [1, 2, 3, 4], ['$[3] extra']],
    [[1, 2, 3], [0, 1, 2, 3], ['$[0] extra']],
    [
      [1, 2, 3],
      [1, 9, 9, 2, 3],
      ['$[1] extra', '$[2] extra'],
    ],
    [[1, 2, 3], [1, 3], ['$[1] missing']],
    [[1, 2, 3], [], ['$[0] missing', '$[1] missing', '$[2] missing']],
    [[1, 1, 1], [1, 1], ['$[2] missing']],
    [[1, 2, 3], [9, 2, 3, 4], ['$ length']],
    [[1, 2, 3], [3, 2, 1], ['$ order']],
    [[1, 2, 3, 4], [1, 3, 2, 4], ['$ order']],
    [[1, 1, 2], [1, 2, 2], ['$[1] number']],
    [
      [1, 2],
      [2, 3],
      ['$[0] number', '$[1] number'],
    ],
    [[[1, 2], 3], [[2, 1], 3], ['$[0] order']],
    [[{ a: 1 }, { a: 2 }], [{ a: 2 }, { a: 1 }], ['$ order']],
    [[1, 2], { 0: 1, 1: 2, length: 2 }, ['$ type']],
  ])('%j and %j: %j', (legacy, candidate, differences) => {
    expect(compare(legacy, candidate)).toEqual(differences);
  });

  it('never reports identical arrays as reordered', () => {
    for (const array of [
      [1, 2, 1],
      [{ id: 2 }, { id: 1 }],
      [[], [[]]],
      ['b', 'a', 'b'],
    ]) {
      expect(compare(array, structuredClone(array))).toEqual(['equal']);
    }
  });

  it('makes one difference of one inserted element, however long the array', () => {
    const legacy = range(1_000).map((id) => ({ id, text: `line ${id}` }));
    const candidate = [...legacy.slice(0, 500), { id: -1, text: 'new' }, ...legacy.slice(500)];
    expect(compare(legacy, candidate)).toEqual(['$[500] extra']);
    expect(compare(candidate, legacy)).toEqual(['$[500] missing']);
  });

  it('counts elements as equal under the rules when it trims, and when it looks for another order', () => {
    const line = (sku: string, at: number) => ({ sku, at });
    const rules = [ignore('$[*].at')];
    expect(
      compare([line('a', 1), line('b', 1)], [line('a', 2), line('x', 2), line('b', 2)], ...rules),
    ).toEqual(['$[1] extra']);
    expect(compare([line('a', 1), line('b', 1)], [line('b', 2), line('a', 2)], ...rules)).toEqual([
      '$ order',
    ]);
    expect(compare([1, 2.001, 3], [3, 2, 1], tolerance('$[*]', { abs: 0.01 }))).toEqual([
      '$ order',
    ]);
  });

  it('does not call it another order when it could not afford to make sure', () => {
    // Under a tolerance all numbers look alike, so only comparing everything with everything would
    // tell. The allowance ends after the first half, which really is in another order; the second
    // half is other numbers.
    const rules = [tolerance('$[*]', { abs: 0 })];
    const comparator = createComparator({ rules, limits: { nodesMax: 600 } });
    const legacy = range(100);
    const candidate = [...range(50).reverse(), ...range(50).map((n) => n + 1_000)];
    expect(comparator.values(legacy, candidate).causes).toEqual([
      { template: '$[*]', kind: 'number', count: 100 },
    ]);
  });

  it('does not call it another order when rules single out positions', () => {
    expect(compare([1, 2, 3], [3, 2, 1], ignore('$[0]'))).toEqual(['$[2] number']);
    expect(compare([1, 2, 3], [3, 2, 1], ignore('$[?@ == 1]'))).toEqual(['equal']);
  });

  it('resolves negative indices with each side’s own length', () => {
    expect(compare([1, 2, 3], [1, 2, 3, 4], ignore('$[-1]'))).toEqual(['equal']);
    expect(compare([1, 2, 3], [1, 2, 9], ignore('$[-1]'))).toEqual(['equal']);
    expect(compare([1, 2, 3], [1, 9, 3], ignore('$[-1]'))).toEqual(['$[1] number']);
    expect(compare([1, 2, 3], [9, 9, 3], ignore('$[:2]'))).toEqual(['equal']);
  });

  it('tells a hole from undefined and from null', () => {
    const holed: unknown[] = Object.assign([], { 0: 1, 2: 3 });
    expect(compare(holed, [...holed])).toEqual(['$[1] undefined-absent']);
    expect(compare(holed, [1, null, 3])).toEqual(['$[1] null-absent']);
    expect(compare(holed, [1, 2, 3])).toEqual(['$[1] extra']);
    expect(compare(holed, structuredClone(holed))).toEqual(['equal']);
    expect(compare(holed, [1, null, 3], absentIsNull('$[*]'))).toEqual(['equal']);
  });

  it('excuses missing and extra elements where the rules do', () => {
    expect(compare([1, null], [1], absentIsNull('$[*]'))).toEqual(['equal']);
    expect(compare([1], [1, 2, 3], ignore('$[1:]'))).toEqual(['equal']);
    expect(compare([1, 2], [3], ignore('$[*]'))).toEqual(['equal']);
  });

  it('stays linear on a hundred thousand elements in reverse', () => {
    const legacy = range(100_000);
    const comparison = createComparator().values(legacy, legacy.toReversed());
    expect(found(comparison)).toEqual(['$ order']);
  });

  it('does not believe an array that only claims its length', () => {
    const claim: unknown[] = [];
    claim.length = 4_000_000_000;
    const { result, stop } = createComparator().values(claim, [1]);
    expect({ result, stop }).toEqual({ result: 'incomplete', stop: 'nodes' });
  });

  it('survives arrays that answer differently each time, or throw', () => {
    let calls = 0;
    const fickle = new Proxy([1], {
      get: (target, key) => (key === '0' ? (calls += 1) : Reflect.get(target, key)),
    });
    expect(compare(fickle, [1])).toEqual(['equal']);
    const hostile = new Proxy([1], {
      get() {
        throw new Error('no');
      },
    });
    expect(compare(hostile, [1])).toEqual(['$ unreadable']);
    expect(compare([hostile, 2], [[1], 3])).toEqual(['$[0] unreadable', '$[1] number']);
  });
});
