import { describe, expect, it } from 'vitest';
import { EvidenceLedger } from './ledger.ts';
import type { Finding, Observation } from './observation.ts';

const POSITION = { epoch: 1, step: 1, legacyBuild: 'l1', candidateBuild: 'c1' };
const GOAL = { slowerRatioMax: 0.2, slowerMsMax: 5 };
const FINDING = {
  id: 'a41f000000000000',
  template: '$.lines[*].discount',
  kind: 'number',
  example: { path: '$.lines[3].discount', legacy: '10.005', candidate: '10.00' },
};

const observed = (over: Partial<Observation> = {}): Observation => ({
  position: POSITION,
  stratum: '',
  served: 'legacy',
  verdict: 'match',
  isCritical: false,
  legacyMs: 4,
  candidateMs: 3,
  findings: [],
  noise: null,
  pair: null,
  request: null,
  ...over,
});

describe('the evidence ledger', () => {
  it('keeps strata, steps, epochs and builds apart', () => {
    const ledger = new EvidenceLedger();
    const positions = [
      POSITION,
      { ...POSITION, step: 2 },
      { ...POSITION, epoch: 2 },
      { ...POSITION, candidateBuild: 'c2' },
    ];
    for (const position of positions) ledger.record('quote', observed({ position }), GOAL, 0);
    ledger.record('quote', observed({ stratum: 'gold' }), GOAL, 0);
    const { strata } = ledger.drain();
    expect(strata).toHaveLength(5);
    expect(strata.every((delta) => delta.tally.verdicts.match === 1)).toBe(true);
  });

  it('hands out every count once', () => {
    const ledger = new EvidenceLedger();
    ledger.served('quote', 1).count('legacy', false);
    ledger.record('quote', observed(), GOAL, 0);
    expect(ledger.drain().strata).toHaveLength(1);
    expect(ledger.drain()).toEqual({ strata: [], seams: [], signatures: [], pairs: [] });
  });

  it('calls a pair slow only beyond the ratio and the milliseconds together', () => {
    const ledger = new EvidenceLedger();
    const pairs = [
      { legacyMs: 100, candidateMs: 124.9 },
      { legacyMs: 100, candidateMs: 125.1 },
      { legacyMs: 0.1, candidateMs: 5 },
      { legacyMs: null, candidateMs: 5_000 },
    ];
    for (const pair of pairs) ledger.record('quote', observed(pair), GOAL, 0);
    expect(ledger.drain().strata[0]?.tally.latency).toEqual({ pairs: 3, slow: 1 });
  });

  it('keeps one record for ten thousand differences of one cause, with the latest examples', () => {
    const ledger = new EvidenceLedger();
    for (let at = 0; at < 10_000; at += 1) {
      const run = observed({ verdict: 'mismatch', findings: [FINDING], request: 'GET /quote' });
      ledger.record('quote', run, GOAL, at);
    }
    const [record, ...others] = ledger.drain().signatures;
    expect(others).toEqual([]);
    expect(record).toMatchObject({ count: 10_000, firstAt: 0, lastAt: 9_999 });
    expect(record?.samples.map((sample) => sample.at)).toEqual([9_995, 9_996, 9_997, 9_998, 9_999]);
  });

  it('does not let a hostile stratum function fill memory, and loses no count over it', () => {
    const ledger = new EvidenceLedger();
    for (let i = 0; i < 5_000; i += 1) {
      ledger.record('quote', observed({ stratum: `tenant-${i}` }), GOAL, 0);
    }
    const { strata } = ledger.drain();
    expect(strata.length).toBeLessThanOrEqual(1_001);
    const total = strata.reduce((sum, delta) => sum + delta.tally.verdicts.match, 0);
    expect(total).toBe(5_000);
  });

  it('says how many causes it could not keep', () => {
    const ledger = new EvidenceLedger();
    for (let i = 0; i < 2_100; i += 1) {
      const finding = { ...FINDING, id: i.toString(16).padStart(16, '0') };
      ledger.record('quote', observed({ verdict: 'mismatch', findings: [finding] }), GOAL, 0);
    }
    expect(ledger.signaturesDropped).toBe(100);
  });

  it('counts what each side served, and its failures', () => {
    const ledger = new EvidenceLedger();
    const served = ledger.served('orders', 3);
    served.count('legacy', false);
    served.count('candidate', true);
    ledger.served('orders', 3).count('candidate', false);
    expect(ledger.drain().seams).toEqual([
      {
        seam: 'orders',
        step: 3,
        served: {
          legacy: { requests: 1, failures: 0 },
          candidate: { requests: 2, failures: 1 },
        },
      },
    ]);
  });

  it('counts reads that a fence kept with legacy, and hands them out with those it served', () => {
    const ledger = new EvidenceLedger();
    const served = ledger.served('orders', 3);
    served.countFenced();
    // Not answered yet: a plane that served nothing says nothing.
    expect(ledger.drain().seams).toEqual([]);
    served.count('legacy', false);
    const [first] = ledger.drain().seams;
    expect(first?.served.legacy).toEqual({ requests: 1, failures: 0, fenced: 1 });
    served.count('legacy', false);
    expect(ledger.drain().seams[0]?.served.legacy).toEqual({ requests: 1, failures: 0 });
  });
});

describe('the pairs of a ledger', () => {
  const pair = { request: null, format: 'json', legacy: '1', candidate: '2' } as const;
  const cause = (id: string): Finding => ({
    id,
    template: `$.${id}`,
    kind: 'number',
    example: { path: `$.${id}`, legacy: '1', candidate: '2' },
  });
  const differing = (...ids: string[]): Observation =>
    observed({ verdict: 'mismatch', findings: ids.map(cause), pair });

  it('are kept with their causes until each of them has a few, then wanted no more', () => {
    const ledger = new EvidenceLedger();
    for (let i = 0; i < 10; i += 1) ledger.record('quote', differing('a'), GOAL, i);
    expect(ledger.drain().pairs).toEqual(
      [0, 1, 2].map((at) => ({ seam: 'quote', epoch: 1, ids: ['a'], at, ...pair })),
    );
    expect(ledger.wantsPair('quote', 1, [cause('a')])).toBe(false);
    ledger.record('quote', differing('a'), GOAL, 11);
    expect(ledger.drain().pairs).toEqual([]);
  });

  it('are wanted again for a cause beside a known one, at another seam, and in a new epoch', () => {
    const ledger = new EvidenceLedger();
    for (let i = 0; i < 3; i += 1) ledger.record('quote', differing('a'), GOAL, 0);
    expect(ledger.wantsPair('quote', 1, [cause('a'), cause('b')])).toBe(true);
    expect(ledger.wantsPair('order', 1, [cause('a')])).toBe(true);
    expect(ledger.wantsPair('quote', 2, [cause('a')])).toBe(true);
    expect(ledger.wantsPair('quote', 1, [])).toBe(false);
  });

  it('of one batch are few, however many causes come at once', () => {
    const ledger = new EvidenceLedger();
    for (let i = 0; i < 5_000; i += 1) ledger.record('quote', differing(`a${i}`), GOAL, 0);
    expect(ledger.drain().pairs).toHaveLength(20);
  });
});

describe('legacy against itself', () => {
  it('is counted beside the candidate, its causes under names of their own', () => {
    const ledger = new EvidenceLedger();
    const own: Finding = {
      id: 'n',
      template: '$.at',
      kind: 'string',
      example: { path: '$.at', legacy: 'x', candidate: 'y' },
    };
    const quiet = { differs: false, findings: [] };
    const noisy = { differs: true, findings: [own] };
    ledger.record('quote', observed({ noise: quiet }), GOAL, 0);
    ledger.record('quote', observed({ noise: noisy }), GOAL, 0);
    ledger.record('quote', observed({ verdict: 'mismatch', noise: quiet }), GOAL, 0);
    ledger.record('quote', observed({ verdict: 'mismatch', noise: noisy }), GOAL, 0);
    ledger.record('quote', observed({}), GOAL, 0);
    const { strata, signatures } = ledger.drain();
    expect(strata[0]?.tally.noise).toEqual({ pairs: 4, noisy: 2, candidateOnly: 1, noiseOnly: 1 });
    expect(signatures).toMatchObject([{ id: 'n', isNoise: true, count: 2 }]);
  });
});
