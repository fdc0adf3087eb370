import { describe, expect, it } from 'vitest';
import type { Comparison } from '../comparison.ts';
import { createComparator } from '../create-comparator.ts';
import { ignore } from '../rules/builders.ts';
import type { Rule } from '../rules/rule.ts';

const found = ({ result, differences }: Comparison): string[] =>
  differences.length === 0 ? [result] : differences.map(({ path, kind }) => `${path} ${kind}`);

const compare = (legacy: unknown, candidate: unknown, ...rules: Rule[]) =>
  found(createComparator({ rules }).values(legacy, candidate));

const map = (...entries: [unknown, unknown][]) => new Map(entries);

describe('maps', () => {
  it.each([
    [map(['a', 1], ['b', 2]), map(['b', 2], ['a', 1]), ['equal']],
    [map(['a', 1]), map(['a', 2]), ['$.a number']],
    [map(['a', 1]), map(), ['$.a missing']],
    [map(), map(['a', null]), ['$.a null-absent']],
    [map([1, 'x']), map(['1', 'x']), ["$['1'] missing", "$['1'] extra"]],
    [map([Number.NaN, 1]), map([Number.NaN, 1]), ['equal']],
    [map([null, 1]), map([undefined, 1]), ['$.null missing', '$.undefined extra']],
    [map([{ id: 1 }, 'x'], [{ id: 2 }, 'y']), map([{ id: 2 }, 'y'], [{ id: 1 }, 'x']), ['equal']],
    [map([{ id: 1 }, 'x']), map([{ id: 1 }, 'y']), ['$[0] string']],
    [map([{ id: 1 }, 'x']), map([{ id: 2 }, 'x']), ['$[0] missing', '$[0] extra']],
    [map(['a', 1]), { a: 1 }, ['$ type']],
  ])('%o and %o: %j', (legacy, candidate, differences) => {
    expect(compare(legacy, candidate)).toEqual(differences);
  });

  it('lets rules reach values by the key as a name', () => {
    expect(compare(map(['at', 1]), map(['at', 2]), ignore('$.at'))).toEqual(['equal']);
    expect(compare(map([7, 1]), map([7, 2]), ignore("$['7']"))).toEqual(['equal']);
    expect(
      compare({ m: map(['k', { at: 1 }]) }, { m: map(['k', { at: 2 }]) }, ignore('$..at')),
    ).toEqual(['equal']);
  });

  it('compares symbol keys by identity', () => {
    const key = Symbol('k');
    expect(compare(map([key, 1]), map([key, 2]))).toEqual(['$[Symbol(k)] number']);
    expect(compare(map([Symbol('k'), 1]), map([Symbol('k'), 1]))).toEqual([
      '$[Symbol(k)] missing',
      '$[Symbol(k)] extra',
    ]);
  });

  it('reads the map itself, not the methods an instance overrides', () => {
    const liar = Object.assign(map(['a', 1]), {
      forEach: () => {},
      get: () => 5,
      has: () => false,
    });
    expect(compare(liar, map(['a', 2]))).toEqual(['$.a number']);
  });
});
