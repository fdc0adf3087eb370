import { describe, expect, it } from 'vitest';
import { judgePass } from './finish-pass.ts';
import { arrayText, isContiguous, type Share } from './pass-record.ts';
import { rangesBetween } from './shares.ts';

const sharesOf = (ends: readonly string[]): Share[] =>
  rangesBetween(ends.map((end) => [end])).map((range, number) => ({
    number,
    range,
    last: range.upper,
    isDone: true,
  }));

describe('the shares of a pass', () => {
  it('cover every key, in whatever order they come', () => {
    expect(isContiguous(sharesOf([]))).toBe(true);
    expect(isContiguous(sharesOf(['10', '20', '30']).toReversed())).toBe(true);
  });

  it('leave a gap when one is missing, unfinished, or closed where it should be open', () => {
    const shares = sharesOf(['10', '20', '30']);
    for (const i of shares.keys()) {
      expect(isContiguous(shares.filter((_, at) => at !== i))).toBe(false);
      expect(isContiguous(shares.map((one, at) => ({ ...one, isDone: at !== i })))).toBe(false);
    }
    expect(isContiguous([])).toBe(false);
    const [only] = sharesOf([]) as [Share];
    expect(isContiguous([{ ...only, range: { lower: null, upper: ['9'] } }])).toBe(false);
    expect(isContiguous([{ ...only, range: { lower: ['1'], upper: null } }])).toBe(false);
  });
});

describe('a pass', () => {
  const clean = {
    canaries: { planted: 5, found: 5, false: 0 },
    isContiguous: true,
    unsettled: 0,
    divergences: 0,
    rows: 100,
  };

  it('is clean only when all was compared and nothing was found', () => {
    expect(judgePass(clean)).toBe('clean');
    expect(judgePass({ ...clean, divergences: 1, unsettled: 1 })).toBe('diverged');
    expect(judgePass({ ...clean, unsettled: 1 })).toBe('pending');
    expect(judgePass({ ...clean, isContiguous: false })).toBe('running');
  });

  it('is void when a canary was not found, was never planted, or cried wolf', () => {
    expect(judgePass({ ...clean, canaries: { planted: 5, found: 4, false: 0 } })).toBe('void');
    expect(judgePass({ ...clean, canaries: { planted: 0, found: 0, false: 0 } })).toBe('void');
    expect(judgePass({ ...clean, canaries: { planted: 5, found: 5, false: 1 } })).toBe('void');
  });

  it('needs no canaries for a table without rows', () => {
    const none = { planted: 0, found: 0, false: 0 };
    expect(judgePass({ ...clean, rows: 0, canaries: none })).toBe('clean');
  });
});

describe('an array in its text form', () => {
  it('keeps whatever a key may hold', () => {
    expect(arrayText(['a', 'NULL', '', 'a"b\\c{},'])).toBe('{"a","NULL","","a\\"b\\\\c{},"}');
    expect(arrayText(null)).toBeNull();
  });
});
