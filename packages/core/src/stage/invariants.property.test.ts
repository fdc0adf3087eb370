import type { EvidenceView } from '@falsework/core/evidence';
import { ALARM_AT_REST, NO_EVIDENCE, observeBatch } from '@falsework/core/evidence';
import { compileRouter, snapshotOf } from '@falsework/core/routing';
import {
  countsOf,
  FixtureMigration,
  passingEvidence,
  provenStratum,
  QUICK_POLICY,
} from '@falsework/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MigrationEvent } from './event.ts';
import { replay } from './replay.ts';
import { isBefore, STAGES, stageAfter } from './stages.ts';
import type { MigrationState } from './state.ts';

const stages = fc.constantFrom(...STAGES.map((row) => row.stage));
const names = fc.constantFrom('ada', 'grace', 'edsger');

const events: fc.Arbitrary<MigrationEvent> = fc.oneof(
  { weight: 6, arbitrary: fc.constant({ type: 'tick' } as const) },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant('advance' as const),
      by: names,
      to: fc.option(stages),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant('approve' as const),
      by: names,
      for: fc.option(stages),
    }),
  },
  fc.record({ type: fc.constant('hold' as const), by: names, reason: fc.constant('freeze') }),
  { weight: 2, arbitrary: fc.record({ type: fc.constant('resume' as const), by: names }) },
  fc.record({
    type: fc.constant('rollback' as const),
    by: names,
    to: stages,
    reason: fc.constant('fault'),
  }),
  fc.record({
    type: fc.constant('retreat' as const),
    plane: fc.constant('guard-1'),
    because: fc.constant('alarm'),
  }),
  fc.record({
    type: fc.constant('epoch' as const),
    tuple: fc.record({
      legacyBuild: fc.constantFrom('l1', 'l2'),
      candidateBuild: fc.constantFrom('c1', 'c2'),
      comparator: fc.constant('cmp'),
      schema: fc.constant('1'),
    }),
  }),
);

type Weather = 'passing' | 'none' | 'alarming' | 'thin' | 'shed';
const weathers = fc.constantFrom<Weather>(
  'passing',
  'passing',
  'passing',
  'none',
  'alarming',
  'thin',
  'shed',
);

const evidenceIn = (weather: Weather, state: MigrationState, now: number): EvidenceView => {
  const alarm = observeBatch(ALARM_AT_REST, { trials: 9, hits: 9 }, 1e-4);
  const thin = countsOf({ match: 40 });
  const shed = countsOf({ match: 1e6, shed: 1e6 });
  switch (weather) {
    case 'none':
      return NO_EVIDENCE;
    case 'alarming':
      return passingEvidence(state, now, { strata: [provenStratum(now, { alarm })] });
    case 'thin':
      return passingEvidence(state, now, {
        strata: [provenStratum(now, { epoch: thin, step: thin })],
      });
    case 'shed':
      return passingEvidence(state, now, {
        strata: [provenStratum(now, { epoch: shed, step: shed })],
      });
    case 'passing':
      return passingEvidence(state, now);
  }
};

const journeys = fc.array(
  fc.record({ event: events, weather: weathers, waitMs: fc.constantFrom(0, 30_000, 600_000) }),
  { maxLength: 60 },
);

/** Plays a journey, showing every move that was made to `see`. */
const play = (
  journey: readonly { event: MigrationEvent; weather: Weather; waitMs: number }[],
  see: (before: MigrationState, after: MigrationState, weather: Weather) => void,
): FixtureMigration => {
  const migration = new FixtureMigration(QUICK_POLICY);
  for (const { event, weather, waitMs } of journey) {
    migration.now += waitMs;
    const before = migration.current;
    const evidence = evidenceIn(weather, before, migration.now);
    if ('refused' in migration.ask(event, evidence)) continue;
    see(before, migration.apply(event, evidence), weather);
  }
  return migration;
};

const servedShare = (state: MigrationState): number =>
  isBefore(state.stage, 'shift') ? 0 : state.share.percent;

describe('whatever people, builds and evidence do', () => {
  it('no stage is skipped on the way forward (invariant 12, section 3)', () => {
    fc.assert(
      fc.property(journeys, (journey) => {
        play(journey, (before, after) => {
          if (!isBefore(before.stage, after.stage)) return;
          expect(after.stage).toBe(stageAfter(before.stage, 'shared'));
        });
      }),
      { numRuns: 400 },
    );
  });

  it('the candidate is given more only on evidence that passes (invariants 5 and 10)', () => {
    fc.assert(
      fc.property(journeys, (journey) => {
        play(journey, (before, after, weather) => {
          if (servedShare(after) > servedShare(before)) expect(weather).toBe('passing');
        });
      }),
      { numRuns: 400 },
    );
  });

  it('an alarm while the candidate serves a share always ends with legacy serving all (invariant 10)', () => {
    fc.assert(
      fc.property(journeys, (journey) => {
        const migration = play(journey, () => {});
        if (migration.current.stage !== 'shift') return;
        const evidence = evidenceIn('alarming', migration.current, migration.now);
        expect(migration.apply({ type: 'tick' }, evidence).share.percent).toBe(0);
      }),
      { numRuns: 400 },
    );
  });

  it('every key has exactly one authority, for reads and writes alike (invariant 7)', () => {
    fc.assert(
      fc.property(journeys, fc.uuid(), (journey, key) => {
        const { current, now } = play(journey, () => {});
        const snapshot = snapshotOf(current, QUICK_POLICY, {}, now);
        const [reads, writes] = [compileRouter(snapshot, 'read'), compileRouter(snapshot, 'write')];
        expect(reads.sideOf({ key, pin: null })).toBe(writes.sideOf({ key, pin: null }));
      }),
      { numRuns: 200 },
    );
  });

  it('replaying the log rebuilds the state (invariant 12)', () => {
    fc.assert(
      fc.property(journeys, (journey) => {
        const { current, log } = play(journey, () => {});
        const stored = JSON.parse(JSON.stringify(log)) as typeof log;
        expect(replay(stored)).toEqual({ state: current });
      }),
      { numRuns: 200 },
    );
  });
});

describe('a log that was tampered with', () => {
  const log = (() => {
    const migration = new FixtureMigration();
    migration.walkTo('seal');
    return migration.log;
  })();

  it('is caught when a line is missing', () => {
    const without = log.filter((line) => line.sequence !== 3);
    expect(replay(without)).toMatchObject({ brokenAt: 4 });
  });

  it('is caught when a line claims what its evidence does not bear', () => {
    const at = log.findIndex((line) => line.action === 'enter' && line.to.stage === 'shift');
    const forged = log.map((line, i) => (i === at ? { ...line, evidence: NO_EVIDENCE } : line));
    expect(replay(forged)).toMatchObject({ brokenAt: at + 1 });
  });

  it('is caught when a line names another outcome', () => {
    const at = log.findIndex((line) => line.action === 'ramp');
    const share = { percent: 100, cohorts: [] };
    const forged = log.map((line, i) =>
      i === at - 1 ? { ...line, to: { stage: 'shift' as const, share } } : line,
    );
    expect(replay(forged)).toMatchObject({ brokenAt: at });
  });
});
