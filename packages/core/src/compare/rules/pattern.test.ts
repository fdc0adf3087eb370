import { describe, expect, it } from 'vitest';
import { compilePattern, doBothMatch } from './pattern.ts';

describe('compilePattern', () => {
  it('compiles under the u flag, and gives nothing for what does not', () => {
    expect(compilePattern('^\\p{L}+$')?.flags).toBe('u');
    expect(['(', '[', '\\p{Nope}', '\\-', 'a{2,1}'].map(compilePattern)).toEqual(
      Array.from({ length: 5 }, () => undefined),
    );
  });
});

describe('doBothMatch', () => {
  const id = /^[a-z]{3}_\d+$/u;

  it.each([
    ['ord_1', 'ord_22', true],
    ['ord_1', 'ord_x', false],
    ['x', 'ord_1', false],
    ['', '', false],
  ])('%j and %j: %s', (legacy, candidate, expected) => {
    expect(doBothMatch(id, legacy, candidate)).toBe(expected);
    expect(doBothMatch(id, candidate, legacy)).toBe(expected);
  });

  it('refuses to run on strings far longer than any id', () => {
    const long = 'a'.repeat(10_001);
    expect(doBothMatch(/a/u, long, 'a')).toBe(false);
    expect(doBothMatch(/a/u, 'a'.repeat(10_000), 'a')).toBe(true);
  });
});
