import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cut } from './cut.ts';

describe('cut', () => {
  it.each([
    ['abc', 3, 'abc'],
    ['abcd', 3, 'ab…'],
    ['abcd', 1, '…'],
    ['', 5, ''],
  ])('cuts %j to %i characters as %j', (text, lengthMax, expected) => {
    expect(cut(text, lengthMax)).toBe(expected);
  });

  it('leaves text well-formed that was well-formed', () => {
    const text = fc.string({ unit: 'binary' });
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 10 }), (whole, lengthMax) => {
        expect(cut(whole, lengthMax).isWellFormed()).toBe(true);
        expect(cut(whole, lengthMax).length).toBeLessThanOrEqual(Math.max(lengthMax, whole.length));
      }),
    );
    expect(cut('a😀b', 3)).toBe('a\ufffd…');
  });
});
