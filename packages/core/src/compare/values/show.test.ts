import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Budget } from '../budget.ts';
import { parseJson } from '../json/parse-json.ts';
import { ABSENT } from './family.ts';
import { show } from './show.ts';

class Money {
  readonly cents = 1050;
}

describe('show', () => {
  it.each([
    [ABSENT, 'absent'],
    [null, 'null'],
    [undefined, 'undefined'],
    [-0, '-0'],
    [5n, '5n'],
    ['a"b', '"a\\"b"'],
    [Symbol('s'), 'Symbol(s)'],
    [function named() {}, 'function named'],
    [new Date(0), '1970-01-01T00:00:00.000Z'],
    [new Date(Number.NaN), 'Invalid Date'],
    [/a\/b/gi, '/a\\/b/gi'],
    [Object(5), 'Number(5)'],
    [new Uint8Array([1, 255]), 'Uint8Array(2) 01ff'],
    [new Uint8Array(20), `Uint8Array(20) ${'00'.repeat(16)}…`],
    [new TypeError('no'), 'TypeError: no'],
    [Object.assign(new Error('gone'), { code: 'ENOENT' }), 'Error [ENOENT]: gone'],
    [[1, 'a', [2]], '[1,"a",[2]]'],
    [{ a: 1, 'b c': null }, '{"a":1,"b c":null}'],
    [new Money(), 'Money {"cents":1050}'],
    [new Map([['k', 1]]), 'Map {"k":1}'],
    [new Set([1, 2]), 'Set [1,2]'],
    [Object.assign([], { 0: 1, 2: undefined }), '[1,absent,undefined]'],
    [[[[[1]]]], '[[[[…]]]]'],
    [Array.from({ length: 30 }, () => 0), '[0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,… 30 in all]'],
  ])('writes %o as %s', (value, text) => {
    expect(show(value, 100)).toBe(text);
  });

  it('keeps numbers of JSON text as they were written', () => {
    const node = parseJson('{"a":1.00,"b":9007199254740993}', new Budget(100));
    expect(show(node, 100)).toBe('{"a":1.00,"b":9007199254740993}');
  });

  it('names a getter instead of invoking it', () => {
    let calls = 0;
    const value = Object.defineProperty({}, 'lazy', { get: () => (calls += 1), enumerable: true });
    expect(show(value, 100)).toBe('{"lazy":accessor}');
    expect(calls).toBe(0);
  });

  it('never exceeds its length, never throws, never gives ill-formed text', () => {
    fc.assert(
      fc.property(fc.anything({ maxDepth: 5 }), fc.integer({ min: 1, max: 60 }), (value, max) => {
        const text = show(value, max);
        expect(text.length).toBeLessThanOrEqual(max);
        expect(text.isWellFormed()).toBe(true);
      }),
    );
    expect(show('😀'.repeat(100), 11).isWellFormed()).toBe(true);
    expect(show('x'.repeat(10_000_000), 20)).toHaveLength(20);
  });

  it('says so when a value cannot be read', () => {
    const hostile = new Proxy(
      {},
      {
        ownKeys() {
          throw new Error('no');
        },
      },
    );
    expect(show(hostile, 100)).toBe('unreadable');
    expect(show([1, hostile], 100)).toBe('[1,unreadable]');
    const error = Object.defineProperty(new Error('x'), 'message', {
      get() {
        throw new Error('no');
      },
    });
    expect(show(error, 100)).toBe('unreadable');
  });

  it('says how much it left out', () => {
    expect(show({ a: 'x'.repeat(30), b: 'y'.repeat(30) }, 60)).toBe(
      `{"a":"${'x'.repeat(30)}"… 2 in all}`,
    );
    const wide = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`k${i}`, 0]));
    expect(show(wide, 200)).toMatch(/… 40 in all}$/);
  });
});
