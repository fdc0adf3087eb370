import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePercent, parseRate, parseRatio, rateText } from './rate.ts';

describe('parseRate', () => {
  it.each([
    ['0.01%', 0.0001],
    ['7%', 0.07],
    ['29%', 0.29],
    ['100%', 1],
    ['0%', 0],
    ['50 %', 0.5],
    [0.0001, 0.0001],
    [1, 1],
  ])('reads %j', (written, rate) => {
    expect(parseRate(written)).toBe(rate);
  });

  it.each([
    ['0.5'],
    ['-1%'],
    ['101%'],
    ['1e1%'],
    ['%'],
    ['ten%'],
    [''],
    [10],
    [-0.1],
    [Number.NaN],
  ])('refuses %j', (written) => {
    expect(parseRate(written)).toBeUndefined();
  });

  it('gives both spellings of a rate the very same number', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10_000 }), (basisPoints) => {
        const digits = String(basisPoints).padStart(5, '0');
        const decimal = Number(`${digits.slice(0, 1)}.${digits.slice(1)}`);
        const percent = `${Number(digits.slice(0, 3))}.${digits.slice(3)}%`;
        expect(parseRate(percent)).toBe(decimal);
      }),
    );
  });
});

describe('parseRatio', () => {
  it('may be above one, unlike a rate', () => {
    expect(parseRatio('250%')).toBe(2.5);
    expect(parseRatio(2.5)).toBe(2.5);
    expect(parseRate('250%')).toBeUndefined();
  });

  it('refuses what is not a finite number of zero or more', () => {
    expect(parseRatio(Number.POSITIVE_INFINITY)).toBeUndefined();
    expect(parseRatio(-1)).toBeUndefined();
    expect(parseRatio('1.5')).toBeUndefined();
  });
});

describe('parsePercent', () => {
  it.each([
    [25, 25],
    ['25%', 25],
    ['0.5%', 0.5],
    [100, 100],
    [0, 0],
  ])('reads %j', (written, percent) => {
    expect(parsePercent(written)).toBe(percent);
  });

  it.each([[101], [-1], ['101%'], ['internal'], ['25'], [Number.NaN]])('refuses %j', (written) => {
    expect(parsePercent(written)).toBeUndefined();
  });
});

describe('rateText', () => {
  it.each([
    [0.0001, '0.01%'],
    [0.07, '7%'],
    [0.95, '95%'],
    [1, '100%'],
    [0, '0%'],
    [0.2, '20%'],
  ])('writes %d as %s', (rate, text) => {
    expect(rateText(rate)).toBe(text);
  });

  it('parses back to the same rate', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1_000_000 }), (millionths) => {
        const rate = millionths / 1_000_000;
        expect(parseRate(rateText(rate))).toBe(rate);
      }),
    );
  });
});
