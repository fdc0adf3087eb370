import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesOf, scenarioOf } from '../../../test/json-scenarios.ts';
import { RuleComparator } from '../rule-comparator.ts';
import { RuleTrie } from '../rules/rule-trie.ts';
import { signaturesOf } from '../signature.ts';
import { areEqualInLockStep } from './lock-step.ts';

const seeds = fc.integer({ min: 0, max: 2 ** 31 });

describe('the lock-step walk', () => {
  it('says what the plain comparator says, of texts and of bytes, whatever they are', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const { legacy, candidate, ...settings } = scenarioOf(seed);
        const plain = new RuleComparator({ ...settings, isFast: false });
        const fast = new RuleComparator({ ...settings, isFast: true });
        const expected = plain.json(legacy, candidate);
        const found = fast.json(legacy, candidate);
        expect(found).toEqual(expected);
        expect(signaturesOf(found, 'seam')).toEqual(signaturesOf(expected, 'seam'));
        // Half a surrogate pair cannot be sent: the encoder replaces it on both sides.
        const isSendable = legacy.isWellFormed() && candidate.isWellFormed();
        if (!isSendable) return;
        expect(fast.json(bytesOf(legacy), bytesOf(candidate))).toEqual(expected);
        expect(fast.json(bytesOf(legacy), candidate)).toEqual(expected);
      }),
      { numRuns: 6_000 },
    );
  });

  it('is not asked in vain: what it proves is most of what is equal', () => {
    const counts = { equal: 0, proven: 0, reordered: 0 };
    for (let seed = 0; seed < 6_000; seed += 1) {
      const { legacy, candidate, ...settings } = scenarioOf(seed);
      if (legacy === candidate) continue;
      const plain = new RuleComparator({ ...settings, isFast: false });
      const isEqual = plain.json(legacy, candidate).result === 'equal';
      const trie = new RuleTrie(settings.rules);
      const isProven = areEqualInLockStep(legacy, candidate, { ...settings, trie, isFast: true });
      counts.equal += isEqual ? 1 : 0;
      counts.proven += isProven ? 1 : 0;
      expect({ seed, isProven: isProven && isEqual }).toEqual({ seed, isProven });
    }
    expect(counts.equal).toBeGreaterThan(1_000);
    expect(counts.proven / counts.equal).toBeGreaterThan(0.9);
  });
});
