import { describe, expect, it } from 'vitest';
import { Budget } from '../budget.ts';
import { parseJson } from '../json/parse-json.ts';
import { ABSENT, AccessorProperty } from './family.ts';
import { errorMembersOf, itemsOf, memberOf, membersOf } from './read.ts';

describe('itemsOf', () => {
  it('tells a hole from an element that is undefined', () => {
    const holed = Object.assign(Array.from<unknown>({ length: 0 }), { 0: 1, 2: undefined });
    expect(itemsOf(holed)).toEqual([1, ABSENT, undefined]);
  });
});

describe('membersOf', () => {
  it('holds own enumerable properties, symbols included, and invokes no getter', () => {
    let calls = 0;
    const key = Symbol('key');
    const value = Object.create({ inherited: 1 }, { hidden: { value: 1 } }) as object;
    Object.assign(value, { plain: 1, [key]: 2 });
    Object.defineProperty(value, 'lazy', { get: () => (calls += 1), enumerable: true });
    expect([...membersOf(value)]).toEqual([
      ['plain', 1],
      ['lazy', new AccessorProperty()],
      [key, 2],
    ]);
    expect(calls).toBe(0);
  });
});

describe('errorMembersOf', () => {
  it('holds what callers act on, and neither the stack nor the name', () => {
    const cause = new Error('below');
    const error = Object.assign(new TypeError('above', { cause }), { code: 'E1', status: 404 });
    expect(Object.fromEntries(errorMembersOf(error))).toEqual({
      message: 'above',
      cause,
      code: 'E1',
      status: 404,
    });
  });

  it('leaves out a stack that someone made enumerable', () => {
    const error = new Error('a');
    Object.defineProperty(error, 'stack', { value: 'file.js:1', enumerable: true });
    expect([...errorMembersOf(error).keys]).toEqual(['message']);
  });

  it('holds the errors of an aggregate', () => {
    const errors = [new Error('a'), new Error('b')];
    expect(errorMembersOf(new AggregateError(errors)).get('errors')).toEqual(errors);
  });
});

describe('memberOf', () => {
  it.each([
    [{ a: 1 }, 1],
    [Object.create({ a: 1 }), ABSENT],
    [new Map([['a', 1]]), 1],
    [new Map(), ABSENT],
    [Object.assign(new Error('x'), { a: 1 }), 1],
    [new Error('x'), ABSENT],
    [[1], ABSENT],
    ['a', ABSENT],
    [null, ABSENT],
    [parseJson('{"a":null}', new Budget(10)), null],
    [parseJson('{"b":1}', new Budget(10)), ABSENT],
  ])('reads the member a of %o', (value, expected) => {
    expect(memberOf(value, 'a')).toBe(expected);
  });

  it('finds nothing in a proxy that throws', () => {
    const hostile = new Proxy(
      {},
      {
        getOwnPropertyDescriptor() {
          throw new Error('no');
        },
      },
    );
    expect(memberOf(hostile, 'a')).toBe(ABSENT);
  });
});
