import { isDeepStrictEqual } from 'node:util';
import { jsonOracle } from '@falsework/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Budget } from '../budget.ts';
import { parseJson } from '../json/parse-json.ts';
import { isJsonEqual } from './json-equal.ts';

const isEqual = (left: unknown, right: unknown) => isJsonEqual(left, right, new Budget(100_000));

describe('isJsonEqual', () => {
  it('agrees with Node on JSON values', () => {
    const value = fc.jsonValue({ maxDepth: 2, noUnicodeString: true } as never);
    fc.assert(
      fc.property(fc.oneof(fc.clone(value, 2), fc.tuple(value, value)), ([left, right]) => {
        // Node tells 0 from -0; JSON has one zero.
        const withoutMinus = (text: unknown) => jsonOracle(JSON.stringify(text));
        const expected = isDeepStrictEqual(withoutMinus(left), withoutMinus(right));
        expect(isEqual(left, right)).toBe(expected);
      }),
    );
  });

  it.each([
    ['{"a":1.0}', '{"a":1e0}', true],
    ['[9007199254740993]', '[9007199254740992]', false],
    ['{"a":1,"b":2}', '{"b":2,"a":1}', true],
    ['[1,2]', '[2,1]', false],
    ['{"a":null}', '{}', false],
    ['[]', '{}', false],
  ])('compares %s and %s without loss: %s', (left, right, expected) => {
    const [a, b] = [left, right].map((text) => parseJson(text, new Budget(100)));
    expect(isEqual(a, b)).toBe(expected);
  });

  it('takes what is no JSON for equal only to itself', () => {
    const date = new Date(0);
    expect(isEqual(date, date)).toBe(true);
    expect(isEqual(date, new Date(0))).toBe(false);
    expect(isEqual([new Map()], [new Map()])).toBe(false);
  });

  it('ends on cycles and on depth, by budget and without recursion', () => {
    const ring = () => {
      const value: unknown[] = [];
      value.push(value);
      return value;
    };
    const budget = new Budget(1_000);
    expect(isJsonEqual(ring(), ring(), budget)).toBe(false);
    expect(budget.isSpent).toBe(true);
    const deep = () => parseJson('['.repeat(50_000) + ']'.repeat(50_000), new Budget(100_000));
    expect(isEqual(deep(), deep())).toBe(true);
  });

  it('takes what cannot be read for unequal', () => {
    const hostile = new Proxy([1], {
      get() {
        throw new Error('no');
      },
    });
    expect(isEqual(hostile, [1])).toBe(false);
    expect(isEqual([[hostile]], [[[1]]])).toBe(false);
  });
});
