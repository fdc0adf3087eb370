import {
  differenceShape,
  EMPTY_TALLY,
  type EvidenceBatch,
  EvidenceLedger,
  type Finding,
  type Observation,
  PAIR_LENGTH_MAX,
  type SignatureRecord,
} from '@falsework/core/evidence';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evidenceBatch, storedPair } from './wire-evidence.ts';

const AT = Date.UTC(2026, 0, 5, 9);
const GOAL = { slowerRatioMax: 0.2, slowerMsMax: 5 };
// As long as the header of a request may be, and so a stratum, a build or a header that is kept.
const HEADER = 'h'.repeat(16_000);

const batchOf = (over: Partial<EvidenceBatch> = {}): EvidenceBatch => ({
  plane: 'guard-1',
  sequence: 1,
  sentAt: AT,
  snapshotVersion: 1,
  strata: [],
  seams: [],
  signatures: [],
  pairs: [],
  health: [],
  legacyHits: 0,
  legacyProbes: 0,
  retreat: null,
  ...over,
});

const findingOf = (i: number, text: string): Finding => ({
  id: i.toString(16).padStart(16, '0'),
  template: text,
  kind: 'string',
  example: { path: text, legacy: text, candidate: text },
});

const observationOf = (over: Partial<Observation> = {}): Observation => ({
  position: { epoch: 1, step: 1, legacyBuild: 'l1', candidateBuild: 'c1' },
  stratum: '',
  served: 'legacy',
  verdict: 'mismatch',
  isCritical: false,
  legacyMs: 1.5,
  candidateMs: 2.5,
  findings: [],
  noise: null,
  pair: null,
  request: null,
  ...over,
});

/** What control would make of what a ledger hands out. */
const problemWith = (batch: EvidenceBatch): string | null => {
  const parsed = evidenceBatch.safeParse(JSON.parse(JSON.stringify(batch)));
  return parsed.success ? null : JSON.stringify(parsed.error.issues[0]);
};

describe('a batch of evidence', () => {
  it('is taken with everything that a plane keeps at its limits, as long as it keeps it', () => {
    const ledger = new EvidenceLedger();
    const shown = 'ü'.repeat(200);
    const request = {
      method: 'GET',
      target: `/${'t'.repeat(1_999)}`,
      headers: Array.from({ length: 50 }, () => ['x-forwarded-for', HEADER] as const),
      isComplete: true,
    };
    const long = 'x'.repeat(PAIR_LENGTH_MAX);
    const pair = { request, format: 'text', legacy: long, candidate: long } as const;
    for (let i = 0; i < 2_100; i += 20) {
      const findings = Array.from({ length: 20 }, (_, j) => findingOf(i + j, shown));
      for (const stratum of [`${i}`, HEADER]) {
        const seen = observationOf({ stratum, findings, pair, request: shown });
        ledger.record('r'.repeat(1_024), seen, GOAL, AT);
      }
    }
    const { strata, seams, signatures, pairs } = ledger.drain();
    expect(signatures).toHaveLength(2_000);
    expect(pairs).toHaveLength(20);
    expect(problemWith(batchOf({ strata, seams, signatures, pairs }))).toBeNull();
  });

  it('is taken whatever callers and services put into strata, builds and reasons', () => {
    const health = { side: 'candidate', at: AT, isHealthy: true, because: null } as const;
    const position = { epoch: 1, step: 1, legacyBuild: HEADER, candidateBuild: HEADER };
    const strata = [{ seam: 's', stratum: HEADER, position, tally: EMPTY_TALLY }];
    const retreat = { at: AT, step: 1, seam: 's', stratum: HEADER, because: 'an alarm' };
    const batch = batchOf({ strata, retreat, health: [{ ...health, build: HEADER }] });
    expect(problemWith(batch)).toBeNull();
  });

  it('is taken with any observations at all', () => {
    const observation = fc.record({
      stratum: fc.string(),
      legacyMs: fc.option(fc.double({ min: 0, max: 1e9, noNaN: true })),
      candidateMs: fc.option(fc.double({ min: 0, max: 1e9, noNaN: true })),
      findings: fc.array(
        fc.tuple(fc.nat(50), fc.string({ maxLength: 200 })).map(([i, text]) => findingOf(i, text)),
        { maxLength: 3 },
      ),
      noise: fc.option(
        fc.array(fc.nat(50), { maxLength: 2 }).map((ids) => ({
          differs: ids.length > 0,
          findings: ids.map((id) => findingOf(id, 'noise')),
        })),
      ),
    });
    fc.assert(
      fc.property(fc.array(observation, { maxLength: 30 }), (seen) => {
        const ledger = new EvidenceLedger();
        seen.forEach((each, i) => {
          ledger.record('GET /x', observationOf(each), GOAL, AT + i * 1_800_000);
        });
        expect(problemWith(batchOf(ledger.drain()))).toBeNull();
      }),
    );
  });

  it.each([
    ['a count that is none', { legacyHits: -1 }],
    ['a count with a fraction', { legacyProbes: 0.5 }],
    ['a moment that is none', { sentAt: Number.NaN }],
    ['no number', { sequence: 0 }],
    ['a plane without a name', { plane: '' }],
    ['no plane at all', { plane: undefined as never }],
  ])('is refused with %s', (_, over) => {
    expect(problemWith(batchOf(over))).not.toBeNull();
  });

  it('is refused when it is larger than any plane keeps', () => {
    const shape = differenceShape(findingOf(1, 'a'));
    const record = {
      seam: 's',
      epoch: 1,
      id: 'a'.repeat(16),
      template: '$',
      kind: 'string',
      isNoise: false,
      count: 1,
      firstAt: AT,
      lastAt: AT,
      samples: [],
      shapes: [shape],
      strata: [''],
      hours: [[AT, 1]] as const,
    };
    expect(problemWith(batchOf({ signatures: [record] }))).toBeNull();
    const tooMuch: Partial<SignatureRecord>[] = [
      { shapes: Array(21).fill(shape) },
      { strata: Array(41).fill('') },
      { hours: Array.from({ length: 49 }, () => [AT, 1]) },
      { template: 'x'.repeat(501) },
      { id: 'A'.repeat(16) },
      { count: -1 },
    ];
    for (const over of tooMuch) {
      expect(problemWith(batchOf({ signatures: [{ ...record, ...over }] }))).not.toBeNull();
    }
  });
});

describe('a stored pair', () => {
  const pair = {
    seam: 's',
    epoch: 1,
    ids: ['a'.repeat(16)],
    at: AT,
    request: null,
    format: 'json',
    legacy: '{}',
    candidate: '{}',
  };

  it.each([
    ['no id', { ids: ['a41f'] }],
    ['too many ids', { ids: Array(51).fill('a'.repeat(16)) }],
    ['another format', { format: 'xml' }],
    ['a text that is longer than any plane keeps', { legacy: 'x'.repeat(PAIR_LENGTH_MAX + 1) }],
    ['half a request', { request: { method: 'GET' } }],
  ])('is refused with %s', (_, over) => {
    expect(storedPair.safeParse(pair).success).toBe(true);
    expect(storedPair.safeParse({ ...pair, ...over }).success).toBe(false);
  });
});
