import { describe, expect, it } from 'vitest';
import { EvidenceLedger } from './ledger.ts';
import type { Observation } from './observation.ts';

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
});
