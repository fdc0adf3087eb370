import { describe, expect, it } from 'vitest';
import { parseDurationMs } from './duration.ts';

describe('parseDurationMs', () => {
  it.each([
    [0, 0],
    [250, 250],
    ['100ms', 100],
    ['5s', 5_000],
    ['1.5m', 90_000],
    ['2 h', 7_200_000],
    ['1d', 86_400_000],
  ])('reads %j as %i ms', (duration, ms) => {
    expect(parseDurationMs(duration)).toBe(ms);
  });

  it.each([
    -1,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    '',
    '5',
    's',
    '-5s',
    '5 minutes',
    '1e3ms',
    '5S',
  ])('refuses %j', (duration) => {
    expect(parseDurationMs(duration)).toBeUndefined();
  });
});
