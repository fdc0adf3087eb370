import { describe, expect, it } from 'vitest';
import { testIRegexp } from './i-regexp.ts';

describe('testIRegexp', () => {
  it.each([
    ['abc', 'b', false, true],
    ['abc', 'b', true, false],
    ['abc', 'a|abc', true, true],
    ['a\u2028c', 'a.c', true, true],
    ['a\nc', 'a.c', true, false],
    ['a\rc', 'a.c', true, false],
    ['a.c', 'a\\.c', true, true],
    ['abc', 'a\\.c', true, false],
    ['.', '[.]', true, true],
    ['x', '[.]', true, false],
    ['😀', '.', true, true],
    ['É', '\\p{Lu}', true, true],
    ['a', '(', false, false],
    ['a', 'a{2', false, false],
  ])('%j against %s, whole: %s → %s', (subject, pattern, isWhole, expected) => {
    expect(testIRegexp(subject, pattern, isWhole)).toBe(expected);
  });

  it('refuses patterns and subjects out of all proportion', () => {
    expect(testIRegexp('a', 'a'.repeat(1_001), false)).toBe(false);
    expect(testIRegexp('a'.repeat(10_001), 'a', false)).toBe(false);
  });

  it('keeps no more than a bounded number of compiled patterns, and stays right beyond it', () => {
    for (let i = 0; i < 500; i += 1) expect(testIRegexp(`x${i}`, `x${i}`, true)).toBe(true);
    expect(testIRegexp('x0', 'x0', true)).toBe(true);
  });
});
