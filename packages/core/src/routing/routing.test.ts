import { FixtureMigration, QUICK_POLICY, SeededRandom } from '@falsework/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { STAGES, type Stage, type Topology } from '../stage/stages.ts';
import { bucketOf, isInShare } from './bucket.ts';
import { compileRouter } from './router.ts';
import { snapshotOf } from './snapshot.ts';

const snapshot = (
  stage: Stage,
  { percent = 0, cohortKeys = [] as string[], topology = 'shared' as Topology } = {},
) => {
  const { current, now } = new FixtureMigration();
  const base = snapshotOf(current, QUICK_POLICY, {}, now);
  return { ...base, stage, percent, cohortKeys, topology };
};

describe('sticky buckets', () => {
  it('never move: these are promised across releases', () => {
    expect(
      ['account-1', 'account-2', 'Ünï-✓'].map((key) => bucketOf('orders', key).toFixed(4)),
    ).toMatchInlineSnapshot(`
      [
        "65.7537",
        "34.0361",
        "80.4927",
      ]
    `);
  });

  it('are monotone: raising the share takes nobody back', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.nat(100), fc.nat(100), (salt, key, a, b) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)];
        if (isInShare(salt, key, low)) expect(isInShare(salt, key, high)).toBe(true);
      }),
    );
  });

  it.each([1, 5, 10, 25, 50])('give %d %% of the keys to the share', (percent) => {
    const random = new SeededRandom(percent);
    const keys = Array.from({ length: 50_000 }, () => `account-${random.below(2 ** 31)}`);
    const inShare = keys.filter((key) => isInShare('orders', key, percent)).length / keys.length;
    // Five standard deviations of a binomial share over 50,000 keys.
    const tolerance = 5 * Math.sqrt((percent * (100 - percent)) / 1e4 / keys.length);
    expect(Math.abs(inShare - percent / 100)).toBeLessThan(tolerance);
  });

  it('are independent between migrations, so one share does not predict another', () => {
    const keys = Array.from({ length: 20_000 }, (_, i) => `account-${i}`);
    const both = keys.filter((key) => isInShare('a', key, 50) && isInShare('b', key, 50)).length;
    expect(Math.abs(both / keys.length - 0.25)).toBeLessThan(0.02);
  });

  it('are empty at 0 % and hold everybody at 100 %', () => {
    fc.assert(
      fc.property(fc.string(), (key) => {
        expect(isInShare('s', key, 0)).toBe(false);
        expect(isInShare('s', key, 100)).toBe(true);
      }),
    );
  });
});

describe('the router', () => {
  const cases = STAGES.flatMap(({ stage, topologies, serving }) =>
    topologies.flatMap((topology) =>
      (['read', 'write'] as const).map((operation) => ({
        stage,
        topology,
        operation,
        authority: serving[topology][operation].authority,
      })),
    ),
  );

  it.each(cases)('$stage, $topology stores, $operation: $authority', (row) => {
    const percent = row.stage === 'shift' ? 50 : row.authority === 'candidate' ? 100 : 0;
    const router = compileRouter(
      snapshot(row.stage, { percent, topology: row.topology }),
      row.operation,
    );
    const sides = new Set(
      Array.from({ length: 200 }, (_, i) => router.sideOf({ key: `k${i}`, pin: null })),
    );
    const expected = row.authority === 'share' ? ['legacy', 'candidate'] : [row.authority];
    expect([...sides].sort()).toEqual([...expected].sort());
  });

  it('serves a cohort from the candidate before anybody else', () => {
    const router = compileRouter(snapshot('shift', { cohortKeys: ['ada'] }), 'read');
    expect(router.sideOf({ key: 'ada', pin: null })).toBe('candidate');
    expect(router.sideOf({ key: 'grace', pin: null })).toBe('legacy');
  });

  it('keeps a workflow in flight on the side where it began, also at 100 %', () => {
    for (const percent of [10, 50, 100]) {
      const router = compileRouter(snapshot('shift', { percent }), 'write');
      for (const pin of ['legacy', 'candidate'] as const) {
        expect(router.sideOf({ key: 'k', pin })).toBe(pin);
      }
    }
  });

  it('does not move a call without a key before 100 %: it could not stay where it was put', () => {
    const call = { key: null, pin: null };
    expect(compileRouter(snapshot('shift', { percent: 99 }), 'read').sideOf(call)).toBe('legacy');
    expect(compileRouter(snapshot('shift', { percent: 100 }), 'read').sideOf(call)).toBe(
      'candidate',
    );
  });

  it('says when a plane may step aside altogether', () => {
    expect(compileRouter(snapshot('inert'), 'read').isLegacyOnly).toBe(true);
    expect(compileRouter(snapshot('shadow'), 'read').isLegacyOnly).toBe(false);
    expect(compileRouter(snapshot('shadow'), 'write').isLegacyOnly).toBe(true);
    expect(compileRouter(snapshot('seal'), 'read').isLegacyOnly).toBe(false);
  });

  it('leaves writes with legacy while two stores are kept equal', () => {
    const options = { percent: 100, topology: 'separate' } as const;
    const router = compileRouter(snapshot('shift', options), 'write');
    expect(router.sideOf({ key: 'k', pin: null })).toBe('legacy');
  });
});

describe('the snapshot', () => {
  it('carries the keys of the cohorts that the step names, and no others', () => {
    const { current, now } = new FixtureMigration();
    const state = { ...current, share: { percent: 0, cohorts: ['internal', 'gone'] } };
    const cohorts = { internal: ['ada', 'grace'], other: ['edsger'] };
    expect(snapshotOf(state, QUICK_POLICY, cohorts, now).cohortKeys).toEqual(['ada', 'grace']);
  });
});
