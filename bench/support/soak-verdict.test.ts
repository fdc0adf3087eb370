import { describe, expect, it } from 'vitest';
import type { Account, Miss } from './caller-process.ts';
import { complaints, findings, growth, type Held } from './soak-verdict.ts';

const MB = 1_000_000;

/** Ten minutes of looks, twelve a minute, with what `bytesOf` says of each. */
function held(bytesOf: (minute: number, look: number) => number): Held[] {
  return Array.from({ length: 120 }, (_, i) => {
    const minute = 1 + Math.floor(i / 12);
    return { minute, bytes: bytesOf(minute, i % 12) };
  });
}

function miss(kind: Miss['kind'], beganMs: number, endedMs = beganMs + 10): Miss {
  return { kind, beganMs, endedMs, because: 'planted' };
}

const FLAT = held((_minute, look) => 20 * MB + look * 100_000);
const ACCOUNT: Account = { made: 1_000, right: 1_000, left: 0, underWay: 0, misses: [] };
const WELL = {
  held: FLAT,
  account: ACCOUNT,
  absences: [{ fromMs: 1_000, untilMs: 2_000 }],
  descriptors: { before: 30, after: 30 },
};

describe('a soak', () => {
  it('finds nothing where nothing is wrong', () => {
    expect(findings(WELL)).toEqual([]);
  });

  it('finds memory that grows by less than one percent a minute', () => {
    const leaking = held((minute, look) => 20 * MB + look * 100_000 + minute * 0.19 * MB);
    expect(growth(leaking)).toBeGreaterThan(1.05);
    expect(findings({ ...WELL, held: leaking })).toEqual([expect.stringContaining('memory')]);
  });

  it('does not take the first minutes, in which everything is made, for a leak', () => {
    const settling = held((minute) => (minute < 3 ? 10 * MB : 20 * MB));
    expect(findings({ ...WELL, held: settling })).toEqual([]);
  });

  it('does not take one moment with much under way for a leak', () => {
    const spiky = held((_minute, look) => (look === 7 ? 60 * MB : 20 * MB));
    expect(findings({ ...WELL, held: spiky })).toEqual([]);
  });

  it('finds a single descriptor that stays', () => {
    const descriptors = { before: 30, after: 31 };
    expect(findings({ ...WELL, descriptors })).toEqual([
      'descriptors: 30 at rest before, 31 after',
    ]);
  });

  it('finds a call that never ends', () => {
    const account = { ...ACCOUNT, underWay: 1 };
    expect(findings({ ...WELL, account })).toEqual(['answers: 1 calls never ended']);
  });

  it.each(['refused', 'wrong', 'broken', 'lost'] as const)(
    'finds one answer that is %s while legacy is there',
    (kind) => {
      const account = { ...ACCOUNT, misses: [miss(kind, 5_000)] };
      expect(findings({ ...WELL, account })).toHaveLength(1);
    },
  );

  it('excuses while legacy is away what nobody could have answered, and nothing else', () => {
    const kinds = (['refused', 'broken', 'wrong', 'lost'] as const).map((kind) =>
      miss(kind, 1_500),
    );
    const wronged = complaints({ misses: kinds }, WELL.absences);
    expect(wronged.map(({ kind }) => kind)).toEqual(['wrong', 'lost']);
  });

  it('excuses a call that legacy left in the middle', () => {
    const early = miss('broken', 900, 1_001);
    expect(complaints({ misses: [early] }, WELL.absences)).toEqual([]);
    expect(complaints({ misses: [miss('broken', 900, 999)] }, WELL.absences)).toHaveLength(1);
  });
});
