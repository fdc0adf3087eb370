import { jsonOracle } from '@falsework/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Budget } from '../budget.ts';
import { parseJson } from '../json/parse-json.ts';
import { ABSENT } from './family.ts';
import { plainJson } from './plain.ts';

const plain = (text: string) => plainJson(parseJson(text, new Budget(10_000)));

describe('plainJson', () => {
  it('gives what JSON.parse gives', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        // Whole numbers that lose digits in JSON.parse are the one intended difference; see below.
        fc.pre(!/[0-9]{17}/.test(text));
        expect(plain(text)).toEqual(jsonOracle(text));
      }),
    );
  });

  it('turns whole numbers that a double cannot hold into bigints', () => {
    expect(plain('[9007199254740993, 9007199254740992, 1e3]')).toEqual([
      9007199254740993n,
      9007199254740992,
      1000,
    ]);
    expect(plain(`1${'0'.repeat(400)}`)).toBe(10n ** 400n);
  });

  it('keeps a member named __proto__ a member', () => {
    const value = plain('{"__proto__":{"admin":true}}') as object;
    expect(Object.keys(value)).toEqual(['__proto__']);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
  });

  it('gives undefined for nothing, and refuses what is nested too deep for a function', () => {
    expect(plainJson(ABSENT)).toBeUndefined();
    expect(() => plain('['.repeat(600) + ']'.repeat(600))).toThrow(RangeError);
  });
});
