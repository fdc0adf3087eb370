import { ALARM_AT_REST, NO_EVIDENCE, observeBatch } from '@falsework/core/evidence';
import {
  countsOf,
  FixtureMigration,
  passingEvidence,
  provenStratum,
  QUICK_POLICY,
  START_AT,
} from '@falsework/testkit';
import { describe, expect, it } from 'vitest';
import { STAGES, type Stage, walk } from './stages.ts';

const NAMES = STAGES.map((row) => row.stage);
const SHARED = walk('shared').map((row) => row.stage);

const at = (stage: Stage): FixtureMigration => {
  const migration = new FixtureMigration();
  migration.walkTo(stage);
  migration.now += 600_000;
  return migration;
};

const refusalOf = (outcome: ReturnType<FixtureMigration['ask']>) => {
  if (!('refused' in outcome)) throw new Error('It was not refused.');
  return outcome.refused;
};

describe('the walk', () => {
  it('leads a shared store through inert, shadow, shift, seal and strike', () => {
    const migration = new FixtureMigration();
    migration.walkTo('strike');
    const visited = migration.log.map((decision) => decision.to.stage);
    expect([...new Set(visited)]).toEqual(SHARED);
    expect(SHARED).toEqual(['inert', 'shadow', 'shift', 'seal', 'strike']);
  });

  it('has nine stages in the order of the design, numbered without gaps', () => {
    expect(STAGES.map((row) => row.ordinal)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(walk('separate').map((row) => row.stage)).toEqual(NAMES);
  });

  it('ends: after strike nothing moves', () => {
    const migration = at('strike');
    expect(refusalOf(migration.ask({ type: 'tick' })).code).toBe('finished');
    const back = migration.ask({ type: 'rollback', by: 'ada', to: 'seal', reason: 'regret' });
    expect(refusalOf(back).code).toBe('undo-impossible');
  });
});

describe('a stage skipped or reordered', () => {
  const cases = SHARED.flatMap((from) => NAMES.map((to) => ({ from, to })));

  it.each(cases)('from $from, asking for $to moves one step at the most', ({ from, to }) => {
    const migration = at(from);
    const outcome = migration.ask({ type: 'advance', by: 'ada', to });
    const next = SHARED[SHARED.indexOf(from) + 1];
    if ('refused' in outcome) {
      expect(outcome.refused.message).toContain('Nothing was changed.');
      return;
    }
    expect([from, next]).toContain(outcome.next.stage);
    expect(to).toBe(outcome.next.stage);
  });

  it('is refused with the evidence that is missing for the step that does come next', () => {
    const migration = at('shadow');
    const event = { type: 'advance', by: 'ada', to: 'seal' } as const;
    const refusal = refusalOf(migration.ask(event, NO_EVIDENCE));
    expect(refusal.code).toBe('stage-skipped');
    expect(refusal.missing.map((gate) => gate.gate)).toContain('mismatch');
    expect(refusal.missing.every((gate) => gate.needs !== null)).toBe(true);
  });

  it('is refused when the ramp is not finished, naming the ramp', () => {
    const migration = at('shift');
    const refusal = refusalOf(migration.ask({ type: 'advance', by: 'ada', to: 'seal' }));
    expect(refusal.code).toBe('gates-not-passed');
    expect(refusal.missing.map((gate) => gate.gate)).toContain('full-share');
  });
});

describe('no evidence is never a pass', () => {
  it.each(SHARED.slice(0, -1))('nothing moves on from %s without any', (stage) => {
    const migration = at(stage);
    for (const event of [{ type: 'tick' }, { type: 'advance', by: 'ada', to: null }] as const) {
      expect('refused' in migration.ask(event, NO_EVIDENCE)).toBe(true);
    }
  });

  it.each([
    { title: 'no traffic', over: () => ({ strata: [] }) },
    { title: 'no candidate', over: () => ({ health: {} }) },
    { title: 'control hears no plane', over: () => ({ planes: [] }) },
    {
      title: 'half the shadows shed',
      over: (now: number) => ({
        strata: [provenStratum(now, { epoch: countsOf({ match: 500_000, shed: 500_000 }) })],
      }),
    },
    {
      title: 'every shadow timed out',
      over: (now: number) => ({
        strata: [provenStratum(now, { epoch: countsOf({ timeout: 1_000_000 }) })],
      }),
    },
    {
      title: 'both sides only ever failed',
      over: (now: number) => ({
        strata: [provenStratum(now, { epoch: countsOf({ both_error: 1_000_000 }) })],
      }),
    },
    {
      title: 'one stratum of two has no comparisons',
      over: (now: number) => ({
        strata: [provenStratum(now), provenStratum(now, { seam: 'b', epoch: countsOf({}) })],
      }),
    },
  ])('$title: never a pass', ({ over }) => {
    const migration = at('shadow');
    const evidence = passingEvidence(migration.current, migration.now, over(migration.now));
    expect(refusalOf(migration.ask({ type: 'tick' }, evidence)).code).toBe('gates-not-passed');
  });

  it('does not take yesterday’s evidence for today’s', () => {
    const migration = at('shadow');
    const evidence = passingEvidence(migration.current, migration.now - 3_600_000);
    const missing = refusalOf(migration.ask({ type: 'tick' }, evidence)).missing;
    expect(missing.map((gate) => gate.gate)).toEqual([
      'planes-live',
      'candidate-health',
      'strata-seen',
    ]);
  });

  it('waits for a plane that still routes by an older snapshot', () => {
    const migration = at('shadow');
    const [plane] = passingEvidence(migration.current, migration.now).planes;
    const behind = { ...plane, id: 'guard-2', seenAt: migration.now, snapshotVersion: 0 };
    const planes = [...(plane ? [plane] : []), behind];
    const evidence = passingEvidence(migration.current, migration.now, { planes });
    const refusal = refusalOf(migration.ask({ type: 'tick' }, evidence));
    expect(refusal.missing[0]?.needs).toContain('guard-2');
  });

  it('holds a separate-store migration at its first step while the data side is silent', () => {
    const migration = new FixtureMigration(QUICK_POLICY, 'separate');
    const evidence = passingEvidence(migration.current, migration.now, { data: null });
    const refusal = refusalOf(migration.ask({ type: 'advance', by: 'ada', to: null }, evidence));
    expect(refusal.missing.map((gate) => gate.status)).toEqual(['invalid', 'invalid']);
  });
});

describe('retreat', () => {
  const ramped = (): FixtureMigration => at('shift');
  const alarming = observeBatch(ALARM_AT_REST, { trials: 10, hits: 10 }, 1e-4);

  it('takes every key back to legacy by itself when the regression alarm sounds', () => {
    const migration = ramped();
    const strata = [provenStratum(migration.now, { alarm: alarming })];
    const evidence = passingEvidence(migration.current, migration.now, { strata });
    const next = migration.apply({ type: 'tick' }, evidence);
    expect(next).toMatchObject({ stage: 'shadow', share: { percent: 0 }, retreats: 1 });
    expect(migration.log.at(-1)).toMatchObject({ action: 'retreat', by: 'falsework' });
  });

  it.each([
    {
      title: 'one critical mismatch',
      over: (now: number) => ({
        strata: [provenStratum(now, { step: countsOf({ match: 1e6 }, { critical: 1 }) })],
      }),
    },
    {
      title: 'callers of the candidate getting errors',
      over: () => ({
        seams: [
          {
            seam: 'POST /orders',
            step: {
              legacy: { requests: 100, failures: 0 },
              candidate: { requests: 10, failures: 10 },
            },
            candidateFailuresLastHour: 10,
            alarm: alarming,
          },
        ],
      }),
    },
    {
      title: 'an unhealthy candidate',
      over: (now: number) => ({
        health: {
          candidate: {
            side: 'candidate' as const,
            at: now,
            isHealthy: false,
            build: null,
            because: 'connection refused',
          },
        },
      }),
    },
  ])('is demanded by $title', ({ over }) => {
    const migration = ramped();
    const evidence = passingEvidence(migration.current, migration.now, over(migration.now));
    expect(migration.apply({ type: 'tick' }, evidence).share.percent).toBe(0);
  });

  it('is taken over from a plane that retreated before control knew', () => {
    const migration = ramped();
    migration.apply({ type: 'retreat', plane: 'guard-1', because: 'regression alarm' });
    expect(migration.current.stage).toBe('shadow');
  });

  it('stays possible while the migration is on hold, and while it waits for a person', () => {
    const migration = ramped();
    migration.apply({ type: 'hold', by: 'grace', reason: 'release freeze' });
    const strata = [provenStratum(migration.now, { alarm: alarming })];
    const evidence = passingEvidence(migration.current, migration.now, { strata });
    expect(migration.apply({ type: 'tick' }, evidence).stage).toBe('shadow');
    expect(migration.current.hold).not.toBeNull();
  });

  it('costs the next attempt: a fresh epoch, and less alpha to spend', () => {
    const migration = ramped();
    const before = migration.current;
    migration.apply({ type: 'retreat', plane: 'guard-1', because: 'regression alarm' });
    const after = migration.current;
    expect(after.epoch.ordinal).toBe(before.epoch.ordinal + 1);
    expect(after.rounds.shadow).toBeGreaterThan(before.rounds.shadow ?? 0);
  });

  it('is not needed while the candidate serves nobody: its faults only hold the next step', () => {
    const migration = at('shadow');
    const strata = [provenStratum(migration.now, { alarm: alarming })];
    const evidence = passingEvidence(migration.current, migration.now, { strata });
    const refusal = refusalOf(migration.ask({ type: 'tick' }, evidence));
    expect(refusal.missing.map((gate) => gate.gate)).toEqual(['alarm-quiet']);
  });
});

describe('a new epoch', () => {
  const tuple = { legacyBuild: 'l1', candidateBuild: 'c2', comparator: 'cmp', schema: '1' };

  it('sends a share back to legacy: the new build has proven nothing', () => {
    const migration = at('shift');
    const next = migration.apply({ type: 'epoch', tuple });
    expect(next).toMatchObject({ stage: 'shadow', share: { percent: 0 }, rung: -1 });
    expect(next.epoch).toMatchObject({ candidateBuild: 'c2', ordinal: 2 });
    expect(next.epoch.reason).toBe('candidateBuild c1 → c2');
  });

  it('starts the soak again', () => {
    const migration = at('shadow');
    migration.apply({ type: 'epoch', tuple });
    const refusal = refusalOf(migration.ask({ type: 'tick' }));
    expect(refusal.missing.map((gate) => gate.gate)).toEqual(['soak']);
  });

  it('changes nothing when it is the present one', () => {
    const migration = at('shadow');
    const same = { ...tuple, candidateBuild: 'c1' };
    expect(refusalOf(migration.ask({ type: 'epoch', tuple: same })).code).toBe('nothing-changed');
  });
});

describe('people', () => {
  it('have to say yes by name before the seal, and each name counts once', () => {
    const migration = new FixtureMigration({ ...QUICK_POLICY, approvals: { seal: 2 } });
    migration.walkTo('shift');
    const yes = { type: 'approve', by: 'ada', for: 'seal' } as const;
    migration.apply(yes);
    expect(refusalOf(migration.ask(yes)).code).toBe('approved-already');
    migration.now += 600_000;
    const refusal = refusalOf(migration.ask({ type: 'advance', by: 'ada', to: 'seal' }));
    expect(refusal.missing.map((gate) => gate.gate)).toContain('approval');
  });

  it('cannot approve what does not ask for it', () => {
    const migration = at('shadow');
    const outcome = migration.ask({ type: 'approve', by: 'ada', for: 'seal' });
    expect(refusalOf(outcome).code).toBe('nothing-to-approve');
  });

  it('stop every step forward by holding, until they resume', () => {
    const migration = at('shadow');
    migration.apply({ type: 'hold', by: 'grace', reason: 'release freeze' });
    expect(refusalOf(migration.ask({ type: 'tick' })).message).toContain('release freeze');
    migration.apply({ type: 'resume', by: 'grace' });
    expect(refusalOf(migration.ask({ type: 'resume', by: 'grace' })).code).toBe('not-on-hold');
    migration.now += 600_000;
    expect(migration.apply({ type: 'tick' }).stage).toBe('shift');
  });

  it('are waited for at a stage that the policy does not let the loop enter', () => {
    const migration = new FixtureMigration({ ...QUICK_POLICY, automatic: [] });
    expect(refusalOf(migration.ask({ type: 'tick' })).code).toBe('waits-for-person');
    expect(migration.apply({ type: 'advance', by: 'ada', to: 'shadow' }).stage).toBe('shadow');
  });

  it('may go back to any earlier stage, and only to one on the walk', () => {
    const migration = at('shift');
    const to = (stage: Stage) =>
      ({ type: 'rollback', by: 'ada', to: stage, reason: 'rehearsal' }) as const;
    expect(refusalOf(migration.ask(to('turnover'))).code).toBe('not-earlier');
    expect(refusalOf(migration.ask(to('reconcile'))).code).toBe('not-earlier');
    expect(migration.apply(to('inert'))).toMatchObject({
      stage: 'inert',
      rolledBackAt: migration.now,
    });
  });

  it('cannot go back from the seal to a legacy that is not running', () => {
    const migration = at('seal');
    const evidence = passingEvidence(migration.current, migration.now, { health: {} });
    const event = { type: 'rollback', by: 'ada', to: 'shift', reason: 'fault' } as const;
    expect(refusalOf(migration.ask(event, evidence)).code).toBe('legacy-unhealthy');
    expect(migration.apply(event).stage).toBe('shift');
  });
});

describe('the ramp', () => {
  it('climbs one rung at a time, and holds each for its time', () => {
    const migration = at('shadow');
    migration.apply({ type: 'tick' });
    expect(migration.current.share.percent).toBe(10);
    const early = refusalOf(migration.ask({ type: 'tick' }));
    expect(early.missing.map((gate) => gate.gate)).toEqual(['ramp-hold']);
    migration.now += 60_000;
    expect(migration.apply({ type: 'tick' }).share.percent).toBe(100);
    expect(migration.log.at(-1)?.action).toBe('ramp');
  });

  it('must be earned anew at every rung: what was proven in the shadow does not carry it', () => {
    const migration = at('shift');
    const strata = [provenStratum(migration.now, { step: countsOf({ match: 100 }) })];
    const evidence = passingEvidence(migration.current, migration.now, { strata });
    const refusal = refusalOf(migration.ask({ type: 'tick' }, evidence));
    expect(refusal.missing.map((gate) => gate.gate)).toContain('mismatch');
  });
});

describe('a decision', () => {
  it('carries the evidence and the gates that it rested on', () => {
    const migration = at('shift');
    const entered = migration.log.find((decision) => decision.to.stage === 'shift');
    expect(entered?.evidence?.strata).toHaveLength(1);
    expect(entered?.gates.every((gate) => gate.status === 'pass')).toBe(true);
    expect(entered?.gates.map((gate) => gate.gate)).toContain('worst-window');
  });

  it('numbers the log and the snapshots without gaps', () => {
    const migration = at('strike');
    const numbers = migration.log.map((decision) => decision.sequence);
    expect(numbers).toEqual(numbers.map((_, i) => i + 1));
    expect(migration.current.version).toBe(numbers.length);
  });

  it('starts a migration once', () => {
    const migration = new FixtureMigration();
    const [first] = migration.log;
    expect(first).toMatchObject({ action: 'kickoff', at: START_AT, from: null });
    if (first?.event.type !== 'kickoff') throw new Error('The log does not begin with a kickoff.');
    expect(refusalOf(migration.ask(first.event)).code).toBe('started-already');
  });
});
