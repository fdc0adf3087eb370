import { describe, expect, it } from 'vitest';
import type { Comparison } from '../comparison.ts';
import { createComparator } from '../create-comparator.ts';
import { ignore, keyed, tolerance } from '../rules/builders.ts';
import type { Rule } from '../rules/rule.ts';

const found = ({ result, differences }: Comparison): string[] =>
  differences.length === 0 ? [result] : differences.map(({ path, kind }) => `${path} ${kind}`);

const compare = (legacy: unknown, candidate: unknown, ...rules: Rule[]) =>
  found(createComparator({ rules: [keyed('$', 'sku'), ...rules] }).values(legacy, candidate));

const a = { sku: 'a', tax: 1 };
const b = { sku: 'b', tax: 2 };

describe('keyed', () => {
  it.each([
    [[a, b], [b, a], ['equal']],
    [[a, b], [b, { sku: 'a', tax: 9 }], ['$[0].tax number']],
    [[a, b], [b], ['$[0] missing']],
    [[a], [b, a], ['$[0] extra']],
    [[a], [b], ['$[0] missing', '$[0] extra']],
    [[a, a], [a], ['$[0] duplicate-key']],
    [[a], [b, a, a], ['$[0] duplicate-key', '$[0] extra']],
    [[a, b, a], [a, a, b], ['equal']],
    [[a, { sku: 'a', tax: 5 }], [a, { sku: 'a', tax: 6 }], ['$[1].tax number']],
    [[a, { tax: 5 }], [{ tax: 5 }, a], ['equal']],
    [[a, { tax: 5 }], [{ tax: 6 }, a], ['$[1].tax number']],
    [[a, { tax: 5 }], [a], ['$ missing-key']],
    [[a], [a, null, 5], ['$ missing-key']],
    [[1, 2], [1, 2], ['equal']],
    [
      [1, 2],
      [2, 1],
      ['$[0] number', '$[1] number'],
    ],
    [[{ sku: null }], [{ sku: null }], ['equal']],
    [[{ sku: {} }], [{ sku: {} }, { sku: {} }], ['$ missing-key']],
    [[{ sku: 1 }], [{ sku: '1' }], ['$[0] missing', '$[0] extra']],
    [[{ sku: 1 }, { sku: 2 }], [{ sku: 2 }, { sku: 1n }], ['equal']],
    [[{ sku: true }], [{ sku: true }], ['equal']],
    [[], [], ['equal']],
  ])('%o and %o: %j', (legacy, candidate, differences) => {
    expect(compare(legacy, candidate)).toEqual(differences);
  });

  it('pairs JSON numbers by value, not by spelling', () => {
    const comparator = createComparator({ rules: [keyed('$', 'id')] });
    expect(found(comparator.json('[{"id":1.0},{"id":2}]', '[{"id":2},{"id":1}]'))).toEqual([
      'equal',
    ]);
    expect(
      found(comparator.json('[{"id":9007199254740993}]', '[{"id":9007199254740992}]')),
    ).toEqual(['$[0] missing', '$[0] extra']);
  });

  it('applies rules beneath the array at either side’s index', () => {
    expect(
      compare([a, b], [b, { sku: 'a', tax: 1.004 }], tolerance('$[*].tax', { abs: 0.005 })),
    ).toEqual(['equal']);
    expect(compare([a, b], [b, { sku: 'a', tax: 9 }], ignore('$[1].tax'))).toEqual(['equal']);
    expect(compare([a, a], [a], ignore('$[0]'))).toEqual(['equal']);
  });

  it('applies to arrays only, and leaves everything else to plain comparison', () => {
    expect(compare({ sku: 1 }, { sku: 2 })).toEqual(['$.sku number']);
    expect(compare('a', 'b')).toEqual(['$ string']);
    expect(compare(null, [])).toEqual(['$ type']);
  });
});
