import { describe, expect, it } from 'vitest';
import { JsonNumber } from '../json/json-nodes.ts';
import { isInstantWithin } from './instant.ts';

const day = 86_400_000;

describe('isInstantWithin', () => {
  it.each([
    ['2026-11-20T14:00:00Z', '2026-11-20T14:00:05Z', 5_000, true],
    ['2026-11-20T14:00:00Z', '2026-11-20T14:00:05.001Z', 5_000, false],
    ['2026-11-20T14:00:00Z', '2026-11-20T15:00:00+01:00', 0, true],
    ['2026-11-20T14:00:00Z', '2026-11-20T15:00:00+0100', 0, true],
    ['2026-11-20T14:00:00Z', '2026-11-20T12:00:00-02', 0, true],
    ['2026-11-20T14:00:00', '2026-11-20T14:00:00Z', 0, true],
    ['2026-11-20 14:00', '2026-11-20T14:00:00.000Z', 0, true],
    ['2026-11-20', '2026-11-21', day, true],
    ['2026-11-20', '2026-11-21', day - 1, false],
    ['2026-11-20T14:00:00.100000000Z', '2026-11-20T14:00:00.100001Z', 0.001, true],
    ['2026-11-20T14:00:00,5Z', '2026-11-20T14:00:00.600Z', 100, true],
    ['2026-02-30', '2026-02-30', day, false],
    ['2026-13-01', '2026-12-01', 1e12, false],
    ['2026-11-20T25:00:00Z', '2026-11-20T00:00:00Z', 1e12, false],
    ['tomorrow', '2026-11-20', 1e12, false],
    ['20261120', '2026-11-20', 1e12, false],
    ['', '', 1e12, false],
  ])('%s and %s within %d ms: %s', (a, b, withinMs, expected) => {
    expect(isInstantWithin(a, b, withinMs)).toBe(expected);
    expect(isInstantWithin(b, a, withinMs)).toBe(expected);
  });

  it.each([
    [1_763_647_200_000, 1_763_647_205_000, 5_000, true],
    [1_763_647_200_000, 1_763_647_205_001, 5_000, false],
    [1_763_647_200, 1_763_647_205, 5_000, true],
    [1_763_647_200.2, 1_763_647_200.3, 100, true],
    [1_763_647_200, 1_763_647_206, 5_000, false],
    [99_999_999_999, 100_000_000_001, 5, true],
    [1_763_647_200n, 1_763_647_201, 1_000, true],
    [Number.NaN, 1, 1e12, false],
  ])('epoch numbers %d and %d within %d ms: %s', (a, b, withinMs, expected) => {
    expect(isInstantWithin(a, b, withinMs)).toBe(expected);
    expect(isInstantWithin(b, a, withinMs)).toBe(expected);
  });

  it('reads JSON numbers and Dates', () => {
    const seconds = new JsonNumber('1763647200.5');
    expect(isInstantWithin(seconds, new JsonNumber('1.763647201e9'), 500)).toBe(true);
    expect(isInstantWithin(new Date(0), new Date(100), 100)).toBe(true);
    expect(isInstantWithin(new Date(0), new Date(Number.NaN), 1e12)).toBe(false);
  });

  it('does not take two representations for one: a string that becomes a number breaks callers', () => {
    expect(isInstantWithin('1970-01-01', 0, 1e12)).toBe(false);
    expect(isInstantWithin(new Date(0), '1970-01-01', 1e12)).toBe(false);
    expect(isInstantWithin(new Date(0), 0, 1e12)).toBe(false);
    expect(isInstantWithin({}, {}, 1e12)).toBe(false);
  });
});
