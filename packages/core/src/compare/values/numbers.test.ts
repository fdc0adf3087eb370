import { describe, expect, it } from 'vitest';
import { JsonNumber } from '../json/json-nodes.ts';
import { isAnyNumber, isSameNumber, numberKey } from './numbers.ts';

const json = (text: string) => new JsonNumber(text);

describe('isSameNumber', () => {
  it.each([
    [json('1.0'), json('1e0'), true],
    [json('9007199254740993'), json('9007199254740992'), false],
    [json('-0'), json('0.0'), true],
    [json('1e400'), json('10e399'), true],
    [json('1e400'), json('1e401'), false],
    [json('1e99999999999999999'), json('1e99999999999999999'), true],
    [json('1e99999999999999999'), json('10e99999999999999998'), false],
    [0, -0, true],
    [Number.NaN, Number.NaN, true],
    [Number.NaN, 1, false],
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, false],
    [5, 5n, true],
    [2 ** 53, 2n ** 53n + 1n, false],
    [0.1, json('0.1'), true],
    [0.1, json('0.1000000000000000055'), false],
  ])('%o and %o: %s', (a, b, isSame) => {
    expect(isSameNumber(a, b)).toBe(isSame);
    expect(isSameNumber(b, a)).toBe(isSame);
    if (isSame) expect(numberKey(a)).toBe(numberKey(b));
  });
});

describe('isAnyNumber', () => {
  it('never throws, not even at a proxy that does', () => {
    const hostile = new Proxy(
      {},
      {
        getPrototypeOf() {
          throw new Error('no');
        },
      },
    );
    expect([1, 1n, json('1'), '1', null, {}, hostile].map(isAnyNumber)).toEqual([
      true,
      true,
      true,
      false,
      false,
      false,
      false,
    ]);
  });
});
