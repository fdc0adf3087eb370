import { describe, expect, it } from 'vitest';
import { signatureState } from './signature-life.ts';
import type { SignatureRecord } from './signature-record.ts';

const seenIn = (epoch: number, count: number): SignatureRecord => ({
  seam: 'quote',
  epoch,
  id: 'a'.repeat(16),
  template: '$.x',
  kind: 'number',
  isNoise: false,
  count,
  firstAt: 0,
  lastAt: 0,
  samples: [],
  shapes: [],
  strata: [],
  hours: [],
});
const volumes = (...compared: number[]) =>
  compared.map((each, i) => ({ epoch: i + 1, compared: each }));
const PLAIN = { isAccepted: false, isExplained: false };

describe('the life of a cause', () => {
  it('is open where it is seen, and explained once somebody or a rule says why', () => {
    expect(signatureState([seenIn(1, 5)], volumes(1_000), PLAIN)).toBe('open');
    const explained = { ...PLAIN, isExplained: true };
    expect(signatureState([seenIn(1, 5)], volumes(1_000), explained)).toBe('explained');
  });

  it('is fixed when it would have been seen again by now, and was not', () => {
    const records = [seenIn(1, 100)];
    expect(signatureState(records, volumes(1_000, 20), PLAIN)).toBe('open');
    expect(signatureState(records, volumes(1_000, 200), PLAIN)).toBe('fixed');
  });

  it('is not called fixed for the silence of an epoch in which a rare one would not have come', () => {
    expect(signatureState([seenIn(1, 1)], volumes(10_000, 5_000), PLAIN)).toBe('open');
  });

  it('has regressed when it is back after having been fixed', () => {
    const records = [seenIn(1, 100), seenIn(3, 1)];
    expect(signatureState(records, volumes(1_000, 500, 50), PLAIN)).toBe('regressed');
    expect(signatureState(records, volumes(1_000, 3, 50), PLAIN)).toBe('open');
  });

  it('is accepted for as long as somebody answers for it, whatever is seen', () => {
    const accepted = { isAccepted: true, isExplained: false };
    expect(signatureState([seenIn(1, 5)], volumes(100), accepted)).toBe('accepted');
  });

  it('was never fixed without having been seen', () => {
    expect(signatureState([], volumes(1_000, 1_000), PLAIN)).toBe('open');
  });
});
