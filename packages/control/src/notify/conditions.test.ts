import { NO_DATA_REPORT } from '@falsework/core/evidence';
import { NOTICE_CONDITIONS, type NoticeCondition } from '@falsework/core/policy';
import type { Stage } from '@falsework/core/stage';
import {
  countsOf,
  FixtureMigration,
  passingData,
  passingEvidence,
  provenStratum,
  QUICK_POLICY,
} from '@falsework/testkit';
import { describe, expect, it } from 'vitest';
import { conditionsOf, type Look } from './conditions.ts';

const DAY_MS = 86_400_000;

/** A look at a migration over separate stores in which nothing is wrong. */
function at(stage: Stage, over: (look: Look) => Partial<Look> = () => ({})): Look {
  const migration = new FixtureMigration(QUICK_POLICY, 'separate');
  migration.walkTo(stage);
  migration.now += 600_000;
  const { current: state, now } = migration;
  const authority = stage === 'turnover' ? 'candidate' : 'legacy';
  const evidence = passingEvidence(state, now, { data: passingData(now, { authority }) });
  const look = { state, evidence, policy: QUICK_POLICY, now };
  return { ...look, ...over(look) };
}

const withEvidence =
  (over: (look: Look) => Partial<Look['evidence']>) =>
  (look: Look): Partial<Look> => ({ evidence: { ...look.evidence, ...over(look) } });
const withData = (over: object) =>
  withEvidence(({ evidence: { data } }) => ({ data: data && { ...data, ...over } }));
const withWrites = (over: object) =>
  withEvidence(({ now }) => ({
    writes: [
      {
        journal: 'j1',
        at: now,
        ready: 0,
        lagMs: 0,
        inDoubt: 0,
        dead: 0,
        listed: 0,
        stopped: [],
        ...over,
      },
    ],
  }));
const withStratum = (verdicts: object) =>
  withEvidence(({ now }) => {
    const counts = countsOf(verdicts);
    return { strata: [provenStratum(now, { epoch: counts, step: counts })] };
  });

const silent = (look: Look): Partial<Look> => ({ now: look.now + QUICK_POLICY.staleAfterMs + 1 });
const stopped = { route: 'POST /orders', at: 0, because: 'no header' };

const PLANTED: readonly [NoticeCondition, string, Look, RegExp][] = [
  [
    'mismatch',
    'too many differ',
    at('shift', withStratum({ match: 900, mismatch: 100 })),
    /100 of 1,000 differ/,
  ],
  [
    'gate',
    'the candidate is sick',
    at(
      'shadow',
      withEvidence(({ evidence }) => ({
        health: {
          ...evidence.health,
          candidate: {
            side: 'candidate',
            at: evidence.planes[0]?.seenAt ?? 0,
            isHealthy: false,
            build: null,
            because: 'refused',
          },
        },
      })),
    ),
    /^not so: candidate is deployed and healthy$/,
  ],
  [
    'interlock',
    'a dry run was not honoured',
    at('shadow', withWrites({ stopped: [stopped, stopped] })),
    /^stopped: POST \/orders$/,
  ],
  [
    'divergence',
    'rows differ',
    at(
      'shadow',
      withData({
        divergence: {
          rows: 3,
          zeroSince: null,
          verifiedThrough: 1,
          canariesPlanted: 1,
          canariesFound: 1,
        },
      }),
    ),
    /^3 rows differ/,
  ],
  [
    'dead-letters',
    'the follower refused a row',
    at('shift', withData({ drain: { lagMs: 0, lagRows: 0, deadLetters: 2 } })),
    /^2 rows refused/,
  ],
  [
    'dead-letters',
    'a guard gave a write up',
    at('shift', withWrites({ dead: 1, listed: 3 })),
    /^4 writes of a guard/,
  ],
  [
    'reverse-feed',
    'the feed back died',
    at('turnover', withData({ reverse: { lagRows: 1, deadBecause: 'duplicate key (4711)' } })),
    /^the reverse feed is dead$/,
  ],
  [
    'reverse-feed',
    'nobody reports the feed back',
    at('turnover', withData({ reverse: null })),
    /not reported/,
  ],
  [
    'overrun',
    'the date passed',
    at('shadow', ({ state }) => ({ now: state.deleteBy + 2.5 * DAY_MS })),
    /^3 days over, in `shadow`; payments owns it$/,
  ],
  [
    'stale',
    'planes and the data side fell silent',
    at('shadow', silent),
    /no plane has reported for 1 min, the data side is silent/,
  ],
  [
    'approval',
    'only a name is missing',
    at('turnover', withData({ authority: 'candidate' })),
    /`seal` is proven; 1 more name: `falsework approve seal`/,
  ],
];

describe('conditions that people are told of', () => {
  it('are none while everything goes as it should, but that a person is asked for', () => {
    const seen = (['inert', 'reconcile', 'shadow', 'shift', 'turnover'] as const).map((stage) => [
      stage,
      ...conditionsOf(at(stage)).keys(),
    ]);
    expect(seen).toEqual([
      ['inert', 'approval'],
      ['reconcile'],
      ['shadow'],
      ['shift'],
      ['turnover', 'approval'],
    ]);
  });

  it.each(PLANTED)('%s is seen when %s', (kind, _, look, words) => {
    expect(conditionsOf(look).get(kind)).toMatch(words);
  });

  it('each have a planted fault in this file', () => {
    const planted = new Set(PLANTED.map(([kind]) => kind));
    expect(NOTICE_CONDITIONS.map(({ kind }) => kind).filter((kind) => !planted.has(kind))).toEqual(
      [],
    );
  });

  it('never quote what a database said of a row', () => {
    for (const [, , look] of PLANTED) {
      expect([...conditionsOf(look).values()].join()).not.toContain('4711');
    }
  });

  it('find no divergence while the stores are only becoming equal', () => {
    const divergence = {
      rows: 9,
      zeroSince: null,
      verifiedThrough: 1,
      canariesPlanted: 1,
      canariesFound: 1,
    };
    expect(conditionsOf(at('reconcile', withData({ divergence }))).has('divergence')).toBe(false);
  });

  it('do not ask for a feed back where there is none by design', () => {
    const look = at('seal', withData({ authority: 'candidate', reverse: null }));
    expect(conditionsOf(look).has('reverse-feed')).toBe(false);
  });

  it('ask nobody for a name while somebody holds the migration, or while proof is missing', () => {
    const hold = { by: 'ada', reason: 'freeze', at: 0 };
    const held = at('turnover', (look) => ({ state: { ...look.state, hold } }));
    const unproven = at('turnover', withStratum({ match: 10 }));
    for (const look of [held, unproven]) expect(conditionsOf(look).has('approval')).toBe(false);
  });

  it('do not call a silence stale where nothing ever spoke, or where all is over', () => {
    const never = at('inert', (look) => ({
      ...silent(look),
      evidence: { ...look.evidence, planes: [], data: null },
    }));
    const over = at('strike', silent);
    const idle = at('inert', withData({ ...NO_DATA_REPORT }));
    for (const look of [never, over, idle]) expect(conditionsOf(look).has('stale')).toBe(false);
  });
});
