import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { alphaForRound, isProven, logPromoteEvidence, trialsStillNeeded } from './promote.ts';

const CLAIM = { rateMax: 1e-4, alpha: 0.05 };

/** The smallest number of comparisons that prove the claim in spite of `hits` mismatches. */
const provenAt = (hits: number, claim = CLAIM): number =>
  hits + trialsStillNeeded({ trials: hits, hits }, claim);

describe('the promote gate', () => {
  // EVIDENCE D1, column "D1 default", computed there independently of this code.
  it.each([
    { hits: 0, trials: 35_925 },
    { hits: 1, trials: 63_242 },
    { hits: 2, trials: 85_536 },
    { hits: 5, trials: 141_491 },
    { hits: 10, trials: 221_791 },
    { hits: 20, trials: 364_719 },
  ])(
    'passes at $trials comparisons with $hits mismatches, and not one earlier',
    ({ hits, trials }) => {
      expect(provenAt(hits)).toBe(trials);
      expect(isProven({ trials, hits }, CLAIM)).toBe(true);
      expect(isProven({ trials: trials - 1, hits }, CLAIM)).toBe(false);
    },
  );

  it.each([
    { rateMax: 1e-2, alpha: 0.05, trials: 358 },
    { rateMax: 1e-3, alpha: 0.05, trials: 3_591 },
    { rateMax: 1e-5, alpha: 0.05, trials: 359_260 },
    { rateMax: 1e-4, alpha: 0.01, trials: 53_996 },
  ])(
    'needs $trials clean comparisons for $rateMax at alpha $alpha',
    ({ rateMax, alpha, trials }) => {
      expect(provenAt(0, { rateMax, alpha })).toBe(trials);
    },
  );

  it('never passes on no comparisons at all', () => {
    expect(isProven({ trials: 0, hits: 0 }, { rateMax: 0.5, alpha: 1 })).toBe(false);
  });

  it('says the same of merged counts as of the stream they came from', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 300 }), fc.nat(300), (stream, cut) => {
        const count = (part: boolean[]) => ({
          trials: part.length,
          hits: part.filter(Boolean).length,
        });
        const [a, b] = [count(stream.slice(0, cut)), count(stream.slice(cut))];
        const merged = { trials: a.trials + b.trials, hits: a.hits + b.hits };
        expect(merged).toEqual(count(stream));
        expect(logPromoteEvidence(merged, 1e-2)).toBe(logPromoteEvidence(count(stream), 1e-2));
      }),
    );
  });

  it('falls with every mismatch and rises with every match', () => {
    fc.assert(
      fc.property(fc.nat(200_000), fc.nat(50), (more, hits) => {
        const counts = { trials: hits + more, hits };
        const evidence = logPromoteEvidence(counts, 1e-4);
        const matched = { trials: counts.trials + 1, hits };
        const mismatched = { trials: counts.trials + 1, hits: hits + 1 };
        expect(logPromoteEvidence(matched, 1e-4)).toBeGreaterThan(evidence);
        expect(logPromoteEvidence(mismatched, 1e-4)).toBeLessThan(evidence);
      }),
    );
  });

  it('spends no more than alpha over all rounds of a stage', () => {
    let spent = 0;
    for (let round = 1; round <= 100_000; round += 1) spent += alphaForRound(0.05, round);
    expect(spent).toBeLessThanOrEqual(0.05);
    expect(spent).toBeGreaterThan(0.0499);
  });
});
