import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bytesOf,
  Draw,
  deepPair,
  type Scenario,
  scenarioOf,
  withHugeNumbers,
} from '../../../test/json-scenarios.ts';
import { DEFAULT_LIMITS } from '../limits.ts';
import { RuleComparator } from '../rule-comparator.ts';
import { ignore } from '../rules/builders.ts';

const seeds = fc.integer({ min: 0, max: 2 ** 31 });

function expectAgreement(
  legacy: string,
  candidate: string,
  settings: Omit<Scenario, 'legacy' | 'candidate'>,
): void {
  const plain = new RuleComparator({ ...settings, isFast: false });
  const fast = new RuleComparator({ ...settings, isFast: true });
  const expected = plain.json(legacy, candidate);
  expect(fast.json(legacy, candidate)).toEqual(expected);
  if (!legacy.isWellFormed() || !candidate.isWellFormed()) return;
  expect(fast.json(bytesOf(legacy), bytesOf(candidate))).toEqual(expected);
}

describe('the lock-step walk says what the plain comparator says of', () => {
  it('numbers of any length and any exponent', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const { legacy, candidate, ...settings } = scenarioOf(seed);
        const draw = new Draw(seed);
        expectAgreement(withHugeNumbers(legacy, draw), withHugeNumbers(candidate, draw), settings);
      }),
      { numRuns: 3_000 },
    );
  });

  it('documents around every limit of depth, and a hundred thousand levels below it', () => {
    fc.assert(
      fc.property(
        seeds,
        fc.constantFrom(1, 30, 198, 199, 200, 201, 202, 300, 5_000),
        (seed, levels) => {
          const draw = new Draw(seed);
          const [legacy, candidate] = deepPair(draw, levels);
          const { rules, areNumbersStrict } = scenarioOf(seed);
          expectAgreement(legacy, candidate, { rules, areNumbersStrict, limits: DEFAULT_LIMITS });
        },
      ),
      { numRuns: 600 },
    );
    for (let seed = 0; seed < 12; seed += 1) {
      const [legacy, candidate] = deepPair(new Draw(seed), 100_000);
      const { rules, areNumbersStrict } = scenarioOf(seed);
      expectAgreement(legacy, candidate, { rules, areNumbersStrict, limits: DEFAULT_LIMITS });
    }
  });

  it('bytes that are no UTF-8, wherever they stand', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 0x80, max: 0xff }), (seed, byte) => {
        const { legacy, candidate, ...settings } = scenarioOf(seed);
        const draw = new Draw(seed);
        const [one, other] = [bytesOf(legacy), bytesOf(candidate)];
        const both = draw.chance(0.5) ? [one, other] : [other];
        for (const bytes of both) if (bytes.length > 0) bytes[draw.below(bytes.length)] = byte;
        const plain = new RuleComparator({ ...settings, isFast: false });
        const fast = new RuleComparator({ ...settings, isFast: true });
        expect(fast.json(one, other)).toEqual(plain.json(one, other));
      }),
      { numRuns: 3_000 },
    );
  });

  it('documents that differ in length by megabytes, and those too long to be taken in at once', () => {
    const long = JSON.stringify({ a: 'x'.repeat(3_000_000), at: 1 });
    const settings = { rules: [ignore('$.at')], areNumbersStrict: false, limits: DEFAULT_LIMITS };
    expectAgreement(long, long.replace('"at":1', '"at":2'), settings);
    expectAgreement(long, long.replace('xx', 'xy'), settings);
    expectAgreement(long, '{}', settings);
    const wide = JSON.stringify(Array.from({ length: 200_000 }, (_, i) => i));
    expectAgreement(wide, wide.replace(',199999', ',0'), settings);
  });
});
