import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { durationText, parseDuration } from './duration.ts';

describe('parseDuration', () => {
  it.each([
    ['31d', 31 * 86_400_000],
    ['1h', 3_600_000],
    ['90m', 5_400_000],
    ['1.5m', 90_000],
    ['5s', 5_000],
    ['100ms', 100],
    ['0.25ms', 0.25],
    ['24 h', 86_400_000],
    ['0s', 0],
    [250, 250],
    [0, 0],
    [0.5, 0.5],
  ])('reads %j', (written, ms) => {
    expect(parseDuration(written)).toBe(ms);
  });

  it.each([
    ['500'], // without a unit it could be seconds as well
    ['1w'],
    ['1M'],
    ['-5s'],
    ['+5s'],
    ['5 s s'],
    ['5s '],
    ['1h30m'],
    ['1e3ms'],
    ['٣s'],
    [''],
    ['s'],
    ['.5s'],
    ['9999999999999d'],
    [-1],
    [Number.NaN],
    [Number.POSITIVE_INFINITY],
  ])('refuses %j', (written) => {
    expect(parseDuration(written)).toBeUndefined();
  });

  it('rounds to the microsecond, so that a sum of binary fractions shows no dust', () => {
    expect(parseDuration('0.1s')).toBe(100);
    expect(parseDuration('1.1ms')).toBe(1.1);
    expect(parseDuration('0.000001ms')).toBe(0);
  });

  it('never throws, whatever the text', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const ms = parseDuration(text);
        expect(ms === undefined || ms >= 0).toBe(true);
      }),
    );
  });
});

describe('durationText', () => {
  it.each([
    [86_400_000, '1d'],
    [31 * 86_400_000, '31d'],
    [3_600_000, '1h'],
    [90_000, '90s'],
    [5_400_000, '90m'],
    [1_500, '1500ms'],
    [0, '0ms'],
    [0.5, '0.5ms'],
  ])('writes %d as %s', (ms, text) => {
    expect(durationText(ms)).toBe(text);
  });

  it('parses back to the same duration, to the microsecond, up to ten years', () => {
    const microseconds = fc.integer({ min: 0, max: 3_650 * 86_400_000 });
    fc.assert(
      fc.property(microseconds, fc.constantFrom(1, 1_000), (count, divisor) => {
        expect(parseDuration(durationText(count / divisor))).toBe(count / divisor);
      }),
    );
  });
});
