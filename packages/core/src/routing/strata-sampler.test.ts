import { SeededRandom } from '@falsework/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StrataSampler, type StrataTerms, type StratumNeed } from './strata-sampler.ts';

const QUICK = { rateMax: 0.1, alpha: 0.05 };
const SLOW = { rateMax: 1e-4, alpha: 0.05 };

function termsOf(over: Partial<StrataTerms> = {}): StrataTerms {
  return { sample: 0.1, claim: SLOW, needs: new Map(), ...over };
}

const needOf = (over: Partial<StratumNeed> = {}): StratumNeed => ({
  seam: 's',
  stratum: 'rare',
  sample: null,
  comparisons: 1_000,
  ...over,
});

interface Traffic {
  readonly calls: number;
  readonly nameOf: (call: number) => string;
  readonly seed?: number;
}

/** Runs calls through a sampler; how many of each stratum there were, and how many were chosen. */
function run(sampler: StrataSampler, { calls, nameOf, seed = 1 }: Traffic) {
  const random = new SeededRandom(seed);
  const seen = new Map<string, { calls: number; chosen: number }>();
  for (let i = 0; i < calls; i += 1) {
    const name = nameOf(i);
    const tally = seen.get(name) ?? { calls: 0, chosen: 0 };
    seen.set(name, tally);
    tally.calls += 1;
    if (!sampler.choose(name, random.next())) continue;
    tally.chosen += 1;
    sampler.compared(name, false);
  }
  const share = (name: string): number => {
    const tally = seen.get(name) ?? { calls: 0, chosen: 0 };
    return tally.chosen / tally.calls;
  };
  const chosen = [...seen.values()].reduce((sum, each) => sum + each.chosen, 0);
  return { share, chosen };
}

/** One call in so many is of the rare stratum. */
const oneIn = (period: number) => (call: number) => (call % period === 0 ? 'rare' : 'common');

describe('sampling by stratum', () => {
  it('compares every call of a rare stratum, and gives a common one its part of the extras', () => {
    const { share, chosen } = run(new StrataSampler(termsOf()), {
      calls: 50_000,
      nameOf: oneIn(200),
    });
    expect(share('rare')).toBe(1);
    expect(share('common')).toBeGreaterThan(0.1);
    expect(chosen / 50_000).toBeLessThan(0.2);
  });

  it('goes back to the rate of the seam when a rare stratum is proven', () => {
    const sampler = new StrataSampler(termsOf({ claim: QUICK }));
    run(sampler, { calls: 100_000, nameOf: oneIn(100) });
    const { share } = run(sampler, { calls: 100_000, nameOf: oneIn(100), seed: 2 });
    expect(share('rare')).toBeLessThan(0.15);
    expect(share('common')).toBeLessThan(0.11);
  });

  it('asks more of a stratum that differed', () => {
    const left = (differs: boolean): number => {
      const sampler = new StrataSampler(termsOf({ claim: QUICK }));
      sampler.choose('rare', 1);
      let compared = 0;
      for (; compared < 1_000; compared += 1) {
        for (let i = 0; i < 100; i += 1) sampler.choose('common', 1);
        if (!sampler.choose('rare', 1)) break;
        sampler.compared('rare', differs && compared === 0);
      }
      return compared;
    };
    expect(left(true)).toBeGreaterThan(left(false) + 10);
  });

  it('believes control: what it says is proven needs no extras, what it says is not gets them', () => {
    const proven = new Map([['rare', needOf({ comparisons: 0 })]]);
    const { share } = run(new StrataSampler(termsOf({ needs: proven })), {
      calls: 100_000,
      nameOf: oneIn(100),
    });
    expect(share('rare')).toBeLessThan(0.15);
    const sampler = new StrataSampler(termsOf({ claim: QUICK }));
    run(sampler, { calls: 100_000, nameOf: oneIn(100) });
    sampler.follow(
      termsOf({ claim: QUICK, needs: new Map([['rare', needOf({ comparisons: 1e6 })]]) }),
    );
    expect(run(sampler, { calls: 10_000, nameOf: oneIn(100) }).share('rare')).toBe(1);
  });

  it('gives a stratum a rate of its own, above that of the seam or below', () => {
    const needs = new Map([
      ['rare', needOf({ sample: 0.5, comparisons: 0 })],
      ['common', needOf({ stratum: 'common', sample: 0.01, comparisons: 0 })],
    ]);
    const sampler = new StrataSampler(termsOf({ needs }));
    const { share } = run(sampler, { calls: 100_000, nameOf: oneIn(10) });
    expect(share('rare')).toBeCloseTo(0.5, 1);
    expect(share('common')).toBeCloseTo(0.01, 2);
  });

  it('lets a stratum in again when one that is gone has made room', () => {
    const sampler = new StrataSampler(termsOf());
    run(sampler, { calls: 1_000, nameOf: (call) => `junk ${call}` });
    expect(sampler.size).toBe(256);
    run(sampler, { calls: 70_000, nameOf: () => 'common' });
    expect(run(sampler, { calls: 50_000, nameOf: oneIn(100) }).share('rare')).toBe(1);
  });

  it('keeps comparing a rare stratum through a flood of new ones', () => {
    const sampler = new StrataSampler(termsOf());
    run(sampler, { calls: 10_000, nameOf: oneIn(100) });
    const flood = (call: number): string => (call % 5_000 === 0 ? 'rare' : `junk ${call}`);
    const { share } = run(sampler, { calls: 100_000, nameOf: flood });
    expect(share('rare')).toBeGreaterThan(0.9);
  });
});

const traffic = fc.record({
  sample: fc.double({ min: 0.001, max: 0.999, noNaN: true }),
  kinds: fc.integer({ min: 1, max: 2_000 }),
  skew: fc.integer({ min: 1, max: 6 }),
  seed: fc.integer(),
  differs: fc.double({ min: 0, max: 0.5, noNaN: true }),
});

describe('whatever the traffic', () => {
  it('never compares less of a stratum than the rate of the seam', () => {
    fc.assert(
      fc.property(traffic, ({ sample, kinds, skew, seed, differs }) => {
        const sampler = new StrataSampler(termsOf({ sample, claim: QUICK }));
        const random = new SeededRandom(seed);
        for (let i = 0; i < 2_000; i += 1) {
          const name = `s${Math.floor(random.next() ** skew * kinds)}`;
          const die = random.next();
          const isChosen = sampler.choose(name, die);
          if (die < sample) expect(isChosen).toBe(true);
          if (isChosen) sampler.compared(name, random.next() < differs);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('adds no more extras to any calls in a row than the rate of the seam, and 32', () => {
    fc.assert(
      fc.property(traffic, ({ sample, kinds, skew, seed, differs }) => {
        const sampler = new StrataSampler(termsOf({ sample }));
        const random = new SeededRandom(seed);
        // The most that extras of calls in a row have exceeded the rate by: a maximal sum.
        let excess = 0;
        for (let i = 0; i < 3_000; i += 1) {
          const name = `s${Math.floor(random.next() ** skew * kinds)}`;
          const isExtra = sampler.choose(name, 1);
          if (isExtra) sampler.compared(name, random.next() < differs);
          excess = Math.max(0, excess + Number(isExtra) - sample);
          expect(excess).toBeLessThanOrEqual(32 + 1e-6);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('keeps no more than 256 strata in mind, and none with a name like a document', () => {
    fc.assert(
      fc.property(traffic, ({ sample, kinds, seed }) => {
        const sampler = new StrataSampler(termsOf({ sample }));
        const random = new SeededRandom(seed);
        for (let i = 0; i < 2_000; i += 1) {
          sampler.choose(`s${Math.floor(random.next() * kinds)}`, random.next());
        }
        expect(sampler.size).toBeLessThanOrEqual(Math.min(kinds, 256));
      }),
      { numRuns: 20 },
    );
    const sampler = new StrataSampler(termsOf());
    expect(sampler.choose('x'.repeat(201), 0.5)).toBe(false);
    expect(sampler.size).toBe(0);
  });
});
