import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Comparison } from '../comparison.ts';
import { createComparator } from '../create-comparator.ts';
import { ignore, tolerance, unordered } from '../rules/builders.ts';
import type { Rule } from '../rules/rule.ts';

const found = ({ result, differences }: Comparison): string[] =>
  differences.length === 0 ? [result] : differences.map(({ path, kind }) => `${path} ${kind}`);

const compare = (legacy: unknown, candidate: unknown, ...rules: Rule[]) =>
  found(createComparator({ rules }).values(legacy, candidate));

describe('unordered', () => {
  const any = unordered('$');

  it.each([
    [[1, 2, 3], [3, 1, 2], ['equal']],
    [[1, 1, 2], [1, 2, 2], ['$[1] number']],
    [[1, 2], [1], ['$[1] missing']],
    [[1], [2, 1, 3], ['$[0] extra', '$[2] extra']],
    [
      [1, 2, 3],
      [4, 5, 3],
      ['$[0] missing', '$[1] missing', '$[0] extra', '$[1] extra'],
    ],
    [[{ a: [1, 2] }], [{ a: [2, 1] }], ['$[0].a order']],
  ])('%j and %j: %j', (legacy, candidate, differences) => {
    expect(compare(legacy, candidate, any)).toEqual(differences);
  });

  it('shows what changed when a single element on each side has no partner', () => {
    const legacy = [
      { sku: 'a', tax: 1 },
      { sku: 'b', tax: 2 },
    ];
    const candidate = [
      { sku: 'b', tax: 2 },
      { sku: 'a', tax: 9 },
    ];
    expect(compare(legacy, candidate, any)).toEqual(['$[0].tax number']);
  });

  it('reaches bags within bags', () => {
    const rules = [any, unordered('$[*].tags')];
    const legacy = [
      { id: 1, tags: ['a', 'b'] },
      { id: 2, tags: [] },
    ];
    const candidate = [
      { id: 2, tags: [] },
      { id: 1, tags: ['b', 'a'] },
    ];
    expect(compare(legacy, candidate, ...rules)).toEqual(['equal']);
  });

  it('finds the assignment when a tolerance lets one element fit several', () => {
    const rules = [any, tolerance('$[*]', { abs: 0.005 })];
    expect(compare([1.0, 1.01], [1.005, 0.995], ...rules)).toEqual(['equal']);
    expect(compare([1.01, 1.0], [0.995, 1.005], ...rules)).toEqual(['equal']);
    expect(compare([1.0, 1.0, 1.01], [1.005, 1.005, 0.995], ...rules)).toEqual(['equal']);
    expect(compare([1.0, 2.0], [1.005, 1.0], ...rules)).toEqual(['$[1] number']);
  });

  it('does not mistake excused content for content', () => {
    const rules = [any, ignore('$[*].at')];
    const legacy = [
      { id: 1, at: 'x' },
      { id: 2, at: 'y' },
    ];
    expect(compare(legacy, [{ id: 2 }, { id: 1, at: 'z' }], ...rules)).toEqual(['equal']);
    expect(
      compare(
        legacy,
        [
          { id: 2, at: 'x' },
          { id: 3, at: 'y' },
        ],
        ...rules,
      ),
    ).toEqual(['$[0].id number']);
  });

  it('heeds rules that depend on the element itself', () => {
    const rules = [any, ignore("$[?@.kind == 'debug'].text")];
    const legacy = [
      { kind: 'debug', text: 'a' },
      { kind: 'info', text: 'b' },
    ];
    expect(
      compare(
        legacy,
        [
          { kind: 'info', text: 'b' },
          { kind: 'debug', text: 'c' },
        ],
        ...rules,
      ),
    ).toEqual(['equal']);
    expect(
      compare(
        legacy,
        [
          { kind: 'info', text: 'c' },
          { kind: 'debug', text: 'c' },
        ],
        ...rules,
      ),
    ).toEqual(['$[1].text string']);
  });

  it('heeds rules that only one side is under', () => {
    const rules = [unordered('$.*.list'), ignore("$[?@.kind == 'debug'].list[*].at")];
    const entry = (kind: string, list: object[]) => ({ e: { kind, list } });
    const legacy = entry('info', [
      { id: 1, at: 1 },
      { id: 2, at: 2 },
    ]);
    const candidate = entry('debug', [
      { id: 2, at: 8 },
      { id: 1, at: 9 },
    ]);
    expect(compare(legacy, candidate, ...rules)).toEqual(['$.e.kind string']);
    expect(compare(candidate, legacy, ...rules)).toEqual(['$.e.kind string']);
  });

  it('accepts every permutation of every array', () => {
    const scenario = fc
      .array(fc.jsonValue({ maxDepth: 2 }), { maxLength: 8 })
      .chain((array) =>
        fc.tuple(
          fc.constant(array),
          fc.shuffledSubarray(array, { minLength: array.length, maxLength: array.length }),
        ),
      );
    fc.assert(
      fc.property(scenario, ([legacy, candidate]) => {
        expect(compare(legacy, structuredClone(candidate), any)).toEqual(['equal']);
        const texts = [JSON.stringify(legacy), ` ${JSON.stringify(candidate)}`] as const;
        expect(createComparator({ rules: [any] }).json(...texts).result).toBe('equal');
      }),
    );
  });

  it('ends as incomplete, not as a guess, when all elements look alike to the rules', () => {
    const rules = [any, tolerance('$[*]', { abs: 0.1 })];
    const comparator = createComparator({ rules, limits: { nodesMax: 10_000 } });
    const legacy = Array.from({ length: 1_000 }, (_, i) => i);
    const { result, stop } = comparator.values(
      legacy,
      legacy.map((n) => n + 0.5),
    );
    expect({ result, stop }).toEqual({ result: 'incomplete', stop: 'nodes' });
  });

  it('matches a hundred thousand identical elements in linear time', () => {
    const zeros = Array.from({ length: 100_000 }, () => 0);
    expect(compare(zeros, [...zeros], any)).toEqual(['equal']);
  });
});

describe('sets', () => {
  it.each([
    [new Set([1, 2]), new Set([2, 1]), ['equal']],
    [new Set([1, 2]), new Set([1, 3]), ['$[1] number']],
    [new Set([1]), new Set([1, 2]), ['$[1] extra']],
    [new Set([{ a: 1 }, { a: 2 }]), new Set([{ a: 2 }, { a: 1 }]), ['equal']],
    [new Set([{ a: 1 }]), new Set([{ a: 9 }]), ['$[0].a number']],
    [new Set([[1, 2]]), new Set([[2, 1]]), ['$[0] order']],
    [new Set([1]), [1], ['$ type']],
  ])('%o and %o: %j', (legacy, candidate, differences) => {
    expect(compare(legacy, candidate)).toEqual(differences);
  });

  it('lets rules reach their elements', () => {
    const [legacy, candidate] = [new Set([{ id: 1, at: 1 }]), new Set([{ id: 1, at: 2 }])];
    expect(compare(legacy, candidate, ignore('$[*].at'))).toEqual(['equal']);
  });
});
