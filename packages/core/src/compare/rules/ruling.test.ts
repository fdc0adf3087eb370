import { describe, expect, it } from 'vitest';
import {
  absentIsNull,
  custom,
  ignore,
  instant,
  keyed,
  pattern,
  sameType,
  tolerance,
  unordered,
} from './builders.ts';
import { isAbsenceExcusable, isContentExcusable, NO_RULING, rulingOf } from './ruling.ts';

const never = () => false;
const always = () => true;

describe('rulingOf', () => {
  it('gives the one empty ruling when no rule applies', () => {
    expect(rulingOf([])).toBe(NO_RULING);
  });

  it('gathers rules that speak of different things', () => {
    expect(
      rulingOf([ignore('$'), custom('$', always), sameType('$'), absentIsNull('$')]),
    ).toMatchObject({
      isIgnored: true,
      isSame: always,
      isSameTypeEnough: true,
      isAbsentNull: true,
    });
  });

  it('lets the later of two rules of one name stand, so that a special case follows the general one', () => {
    const ruling = rulingOf([
      tolerance('$..*', { abs: 1, rel: 0.5 }),
      tolerance('$', { abs: 0.01 }),
      instant('$', { within: '1h' }),
      instant('$', { within: 5 }),
      custom('$', always),
      custom('$', never),
    ]);
    expect(ruling.tolerance).toEqual({
      abs: { isNegative: false, digits: '1', exponent: -2 },
      rel: null,
    });
    expect(ruling.withinMs).toBe(5);
    expect(ruling.isSame).toBe(never);
  });

  it('takes keyed and unordered for one thing: how to pair elements', () => {
    expect(rulingOf([unordered('$'), keyed('$', 'id')]).pairing).toEqual({ by: 'id' });
    expect(rulingOf([keyed('$', 'id'), unordered('$')]).pairing).toBe('unordered');
  });
});

describe('what may be excused', () => {
  it.each([
    [unordered('$'), false, false],
    [keyed('$', 'id'), false, false],
    [tolerance('$', { abs: 1 }), true, false],
    [instant('$', { within: 1 }), true, false],
    [pattern('$', 'x'), true, false],
    [sameType('$'), true, false],
    [ignore('$'), true, true],
    [absentIsNull('$'), true, true],
    [custom('$', always), true, true],
  ])('by %j is content: %s, absence: %s', (rule, content, absence) => {
    expect(isContentExcusable(rulingOf([rule]))).toBe(content);
    expect(isAbsenceExcusable(rulingOf([rule]))).toBe(absence);
  });

  it('is nothing where no rule applies', () => {
    expect(isContentExcusable(NO_RULING) || isAbsenceExcusable(NO_RULING)).toBe(false);
  });
});
