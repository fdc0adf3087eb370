import { describe, expect, it } from 'vitest';
import { formatCount, formatCounted, formatDuration, formatList, formatRate } from './format.ts';

describe('numbers for people', () => {
  it.each([
    [0, '0'],
    [999, '999'],
    [12_408, '12,408'],
    [41_882_019, '41,882,019'],
  ])('separates thousands of %d', (count, text) => {
    expect(formatCount(count)).toBe(text);
  });

  it.each([
    [0, '0 %'],
    [0.0001, '0.01 %'],
    [0.000354, '0.035 %'],
    [0.25, '25 %'],
    [0.99, '99 %'],
    [0.9992, '99.92 %'],
    [1, '100 %'],
  ])('writes the rate %d as a percentage', (rate, text) => {
    expect(formatRate(rate)).toBe(text);
  });

  it.each([
    [0.4, '0 ms'],
    [84, '84 ms'],
    [1_000, '1 s'],
    [61_000, '1 min 1 s'],
    [11_520_000, '3 h 12 min'],
    [86_400_000, '1 d'],
    [7 * 86_400_000 + 60_000, '7 d'],
    [3_600_000 + 5_000, '1 h'],
  ])('writes %d ms in its largest units', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });

  it('counts things in the right number', () => {
    expect(formatCounted(1, 'row')).toBe('1 row');
    expect(formatCounted(0, 'row')).toBe('0 rows');
  });

  it('names a few and counts the rest', () => {
    expect(formatList(['a', 'b', 'c', 'd', 'e'])).toBe('a, b, c and 2 more');
    expect(formatList(['a'])).toBe('a');
  });
});
