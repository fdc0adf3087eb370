import { type DataEvidence, NO_EVIDENCE } from '@falsework/core/evidence';
import { FixtureMigration, passingData, passingEvidence, QUICK_POLICY } from '@falsework/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MigrationEvent } from './event.ts';
import { gatesBefore } from './gates/registry.ts';
import { replay } from './replay.ts';
import { isBefore, STAGES, type Stage, stageAfter, walk } from './stages.ts';
import { undoCost } from './undo.ts';

const NAMES = STAGES.map((row) => row.stage);
const stages = fc.constantFrom(...NAMES);

const at = (stage: Stage): FixtureMigration => {
  const migration = new FixtureMigration(QUICK_POLICY, 'separate');
  migration.walkTo(stage);
  migration.now += 600_000;
  return migration;
};

const dataOf = (migration: FixtureMigration, over: Partial<DataEvidence>) =>
  passingEvidence(migration.current, migration.now, { data: passingData(migration.now, over) });

const codeOf = (outcome: ReturnType<FixtureMigration['ask']>): string =>
  'refused' in outcome ? outcome.refused.code : 'done';

describe('separate stores', () => {
  it('walk all nine stages, in their order', () => {
    const migration = at('strike');
    const entered = migration.log
      .filter((line) => line.action === 'enter')
      .map((line) => line.to.stage);
    expect([...new Set(['inert', ...entered])]).toEqual(NAMES);
    expect(replay(migration.log)).toEqual({ state: migration.current });
  });

  it.each(NAMES.slice(0, -2))('hold in %s when the data side is silent', (stage) => {
    const migration = at(stage);
    const evidence = passingEvidence(migration.current, migration.now, { data: null });
    const to = stageAfter(stage, 'separate');
    const outcome = migration.ask({ type: 'advance', by: 'ada', to }, evidence);
    if (!('refused' in outcome)) throw new Error('It was not refused.');
    const silent = outcome.refused.missing.filter((gate) => gate.detail.includes('is silent'));
    expect(silent.length).toBeGreaterThan(0);
  });

  it('enter turnover only after the stores were switched', () => {
    const migration = at('shift');
    while (migration.current.share.percent < 100) {
      migration.apply({ type: 'advance', by: 'ada', to: null });
      migration.now += 600_000;
    }
    migration.apply({ type: 'approve', by: 'ada', for: 'turnover' });
    const event = { type: 'advance', by: 'ada', to: 'turnover' } as const;
    const outcome = migration.ask(event, dataOf(migration, { authority: 'legacy' }));
    if (!('refused' in outcome)) throw new Error('It was not refused.');
    expect(outcome.refused.missing.map((gate) => gate.gate)).toEqual(['authority-moved']);
    expect(codeOf(migration.ask(event))).toBe('done');
  });

  it.each(['turnover', 'seal'] as const)('go back from %s only when the stores have', (stage) => {
    const migration = at(stage);
    const event = { type: 'rollback', by: 'ada', to: 'shadow', reason: 'fault' } as const;
    const back = dataOf(migration, { authority: 'legacy' });
    expect(codeOf(migration.ask(event, dataOf(migration, {})))).toBe('undo-needs-data');
    expect(codeOf(migration.ask(event, dataOf(migration, { authority: null })))).toBe(
      'undo-needs-data',
    );
    const stale = { ...back, data: passingData(migration.now - 61_000, { authority: 'legacy' }) };
    expect(codeOf(migration.ask(event, stale))).toBe('undo-needs-data');
    expect(codeOf(migration.ask(event, back))).toBe('done');
    expect(migration.apply(event, back)).toMatchObject({ stage: 'shadow', share: { percent: 0 } });
  });

  it('go back from seal to turnover with everybody still on the candidate', () => {
    const migration = at('seal');
    const event = { type: 'rollback', by: 'ada', to: 'turnover', reason: 'doubt' } as const;
    const dead = dataOf(migration, { reverse: { lagRows: 0, deadBecause: 'slot gone' } });
    expect(codeOf(migration.ask(event, dead))).toBe('undo-needs-data');
    const before = migration.current.rolledBackAt;
    const after = migration.apply(event);
    expect(after).toMatchObject({ stage: 'turnover', share: { percent: 100 } });
    expect(after.rolledBackAt).toBe(before);
  });

  it('are told when the way back is not safe', () => {
    const { current, now } = at('turnover');
    const dead = passingData(now, { reverse: { lagRows: 9, deadBecause: 'trigger gone' } });
    expect(undoCost(current, 'shadow', dead).words).toContain(
      'not safe now: the reverse feed is dead',
    );
    expect(undoCost(current, 'shadow', passingData(now)).words).not.toContain('not safe');
  });
});

type Weather = 'passing' | 'none' | 'silent' | 'stale' | 'divergent' | 'back';
const weathers = fc.constantFrom<Weather>(
  'passing',
  'passing',
  'passing',
  'none',
  'silent',
  'stale',
  'divergent',
  'back',
);

const inWeather = (weather: Weather, migration: FixtureMigration) => {
  const { now, current } = migration;
  switch (weather) {
    case 'none':
      return NO_EVIDENCE;
    case 'silent':
      return passingEvidence(current, now, { data: null });
    case 'stale':
      return passingEvidence(current, now, { data: passingData(now - 61_000) });
    case 'divergent': {
      const { divergence } = passingData(now);
      return dataOf(migration, { divergence: divergence && { ...divergence, rows: 1 } });
    }
    case 'back':
      return dataOf(migration, { authority: 'legacy' });
    case 'passing':
      return dataOf(migration, {});
  }
};

const events: fc.Arbitrary<MigrationEvent> = fc.oneof(
  { weight: 6, arbitrary: fc.constant({ type: 'advance', by: 'ada', to: null } as const) },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('advance' as const),
      by: fc.constant('ada'),
      to: stages,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('approve' as const),
      by: fc.constantFrom('ada', 'grace'),
      for: fc.constant(null),
    }),
  },
  fc.record({
    type: fc.constant('rollback' as const),
    by: fc.constant('ada'),
    to: stages,
    reason: fc.constant('fault'),
  }),
);

describe('whatever people and stores do', () => {
  const journeys = fc.tuple(
    stages,
    fc.array(fc.record({ event: events, weather: weathers }), { maxLength: 30 }),
  );

  it('no stage is skipped, and every step forward rests on passing, present evidence', () => {
    fc.assert(
      fc.property(journeys, ([from, journey]) => {
        const migration = at(from);
        for (const { event, weather } of journey) {
          migration.now += 600_000;
          const before = migration.current;
          const evidence = inWeather(weather, migration);
          if ('refused' in migration.ask(event, evidence)) continue;
          const after = migration.apply(event, evidence);
          if (!isBefore(before.stage, after.stage)) continue;
          expect(after.stage).toBe(stageAfter(before.stage, 'separate'));
          const rests = gatesBefore(after.stage, 'separate').includes('divergence-zero');
          // Before turnover it is as it should be that legacy's store takes the writes.
          const fair = isBefore(after.stage, 'turnover') ? ['passing', 'back'] : ['passing'];
          if (rests) expect(fair).toContain(weather);
          expect(weather).not.toBe('none');
        }
        expect(replay(migration.log)).toEqual({ state: migration.current });
      }),
      { numRuns: 300 },
    );
  });

  it('nobody comes back from turnover or seal while the candidate’s store takes the writes', () => {
    fc.assert(
      fc.property(
        fc.constantFrom<Stage>('turnover', 'seal'),
        stages,
        weathers,
        (from, to, weather) => {
          const migration = at(from);
          const event = { type: 'rollback', by: 'ada', to, reason: 'fault' } as const;
          const outcome = migration.ask(event, inWeather(weather, migration));
          if ('refused' in outcome || to === 'turnover') return;
          expect(weather).toBe('back');
          expect(walk('separate').map((row) => row.stage)).toContain(outcome.next.stage);
        },
      ),
      { numRuns: 200 },
    );
  });
});
