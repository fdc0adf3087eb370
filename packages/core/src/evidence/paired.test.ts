import { describe, expect, it } from 'vitest';
import { logExcessEvidence, logRegressionEvidence } from './paired.ts';

describe('paired evidence that the candidate is worse', () => {
  it('reaches 1000 with twelve one-sided pairs, and not with eleven', () => {
    const pairs = (candidateOnly: number) => ({ pairs: 100, candidateOnly, legacyOnly: 0 });
    expect(Math.exp(logRegressionEvidence(pairs(12)))).toBeGreaterThan(1_000);
    expect(Math.exp(logRegressionEvidence(pairs(10)))).toBeLessThan(1_000);
  });

  it('is not moved by pairs on which both sides agree', () => {
    const few = logRegressionEvidence({ pairs: 10, candidateOnly: 3, legacyOnly: 3 });
    const many = logRegressionEvidence({ pairs: 1e9, candidateOnly: 3, legacyOnly: 3 });
    expect(many).toBe(few);
    expect(many).toBeLessThan(0);
  });
});

describe('paired evidence that the excess is below a margin', () => {
  it('is never won by no pairs', () => {
    expect(logExcessEvidence({ pairs: 0, candidateOnly: 0, legacyOnly: 0 }, 1e-3)).toBeCloseTo(0);
  });

  it('forgives mismatches that legacy shows against itself as often', () => {
    const noisy = { pairs: 200_000, candidateOnly: 100, legacyOnly: 100 };
    const worse = { pairs: 200_000, candidateOnly: 300, legacyOnly: 100 };
    expect(logExcessEvidence(noisy, 1e-3)).toBeGreaterThan(Math.log(20));
    expect(logExcessEvidence(worse, 1e-3)).toBeLessThan(0);
  });

  it('proves a clean candidate about as fast as the promote gate', () => {
    const needed = (pairs: number): number =>
      logExcessEvidence({ pairs, candidateOnly: 0, legacyOnly: 0 }, 1e-4);
    expect(needed(60_000)).toBeGreaterThan(Math.log(20));
    expect(needed(30_000)).toBeLessThan(Math.log(20));
  });
});
