import { strictForMoney } from '@falsework/core/policy';
import { FixtureMigration, passingEvidence, provenStratum, QUICK_POLICY } from '@falsework/testkit';
import { describe, expect, it } from 'vitest';

const DAY_MS = 86_400_000;
const CAUSE = {
  seam: 'quote',
  id: 'a41f'.padEnd(16, '0'),
  template: '$.tax',
  kind: 'number',
  shapes: ['number within 0.01 less'],
};

const accepting = (migration: FixtureMigration, over = {}) =>
  ({
    type: 'accept',
    by: 'ada',
    cause: CAUSE,
    owner: 'grace',
    reason: 'rounded half down, as the law says',
    expiresAt: migration.now + 30 * DAY_MS,
    ...over,
  }) as const;

const at = (stage: 'shadow' | 'shift', policy = QUICK_POLICY): FixtureMigration => {
  const migration = new FixtureMigration(policy);
  migration.walkTo(stage);
  migration.now += 600_000;
  return migration;
};

describe('accepting a difference', () => {
  it('acts forward only: the evidence starts again', () => {
    const migration = at('shadow');
    const before = migration.current;
    const after = migration.apply(accepting(migration));
    expect(after.epoch.ordinal).toBe(before.epoch.ordinal + 1);
    expect(after.accepted).toMatchObject([{ id: CAUSE.id, owner: 'grace', acceptedBy: 'ada' }]);
    expect(migration.log.at(-1)).toMatchObject({ action: 'accept', by: 'ada' });
  });

  it('leaves whoever is served by the candidate there: nothing about the candidate has changed', () => {
    const migration = at('shift');
    const { share } = migration.current;
    expect(migration.apply(accepting(migration))).toMatchObject({ stage: 'shift', share });
  });

  it('ends by itself when it expires, and the evidence starts again once more', () => {
    const migration = at('shadow');
    migration.apply(accepting(migration));
    migration.now += 31 * DAY_MS;
    const after = migration.apply({ type: 'tick' });
    expect(after.accepted).toEqual([]);
    expect(migration.log.at(-1)).toMatchObject({ action: 'reopen', by: 'falsework' });
  });

  it('may be taken back by a person', () => {
    const migration = at('shadow');
    migration.apply(accepting(migration));
    const { seam, id } = CAUSE;
    expect(migration.apply({ type: 'reopen', by: 'ada', seam, id }).accepted).toEqual([]);
    const again = migration.ask({ type: 'reopen', by: 'ada', seam, id });
    expect(again).toMatchObject({ refused: { code: 'not-accepted' } });
  });

  it('is renewed when it comes in another shape, and refused when there is nothing new', () => {
    const migration = at('shadow');
    migration.apply(accepting(migration));
    const same = migration.ask(accepting(migration));
    expect(same).toMatchObject({ refused: { code: 'accepted-already' } });
    const shapes = [...CAUSE.shapes, 'number far less'];
    const wider = migration.apply(accepting(migration, { cause: { ...CAUSE, shapes } }));
    expect(wider.accepted).toHaveLength(1);
    const other = migration.apply(accepting(migration, { cause: { ...CAUSE, shapes: ['null'] } }));
    expect(other.accepted).toMatchObject([{ shapes: [...shapes, 'null'] }]);
  });

  it('is refused where money is at stake, and for a date that is past', () => {
    const strict = at('shadow', strictForMoney(QUICK_POLICY));
    expect(strict.ask(accepting(strict))).toMatchObject({ refused: { code: 'never-accepted' } });
    const migration = at('shadow');
    const past = accepting(migration, { expiresAt: migration.now });
    expect(migration.ask(past)).toMatchObject({ refused: { code: 'expiry-past' } });
  });

  it('is for a year at most: what is meant for good is a rule', () => {
    const migration = at('shadow');
    const last = migration.now + 366 * DAY_MS;
    const tooFar = accepting(migration, { expiresAt: last + 1 });
    expect(migration.ask(tooFar)).toMatchObject({ refused: { code: 'expiry-too-far' } });
    expect(migration.ask(accepting(migration, { expiresAt: last }))).toHaveProperty('next');
  });

  it('is renewed for longer, or handed to another owner, without proving anything again', () => {
    const migration = at('shadow');
    const before = migration.apply(accepting(migration));
    const expiresAt = migration.now + 60 * DAY_MS;
    const after = migration.apply(accepting(migration, { expiresAt, owner: 'edsger' }));
    expect(after.epoch).toEqual(before.epoch);
    expect(after.step).toBe(before.step);
    expect(after.accepted).toMatchObject([{ owner: 'edsger', expiresAt, shapes: CAUSE.shapes }]);
    expect(migration.log.at(-1)?.because).toContain('renewed');
  });
});

describe('noise', () => {
  const noisy = (noise: {
    pairs: number;
    noisy: number;
    candidateOnly: number;
    noiseOnly: number;
  }) => {
    const migration = at('shadow');
    const stratum = provenStratum(migration.now);
    const epoch = { ...stratum.epoch, noise };
    const paths = [
      { seam: stratum.seam, template: '$.at', kind: 'string', count: 9, rule: '{"rule":"ignore"}' },
    ];
    const evidence = passingEvidence(migration.current, migration.now, {
      strata: [{ ...stratum, epoch }],
      noise: paths,
    });
    return migration.ask({ type: 'tick' }, evidence);
  };

  it('of its own size refuses the claim a gate, and names the path with the rule that would settle it', () => {
    const outcome = noisy({ pairs: 2_000, noisy: 100, candidateOnly: 0, noiseOnly: 100 });
    if (!('refused' in outcome)) throw new Error('It was not refused.');
    const [gate] = outcome.refused.missing;
    expect(gate).toMatchObject({ gate: 'noise', status: 'fail' });
    expect(gate?.needs).toContain('$.at ({"rule":"ignore"})');
  });

  it('that nobody has seen holds nothing up', () => {
    expect(noisy({ pairs: 2_000, noisy: 0, candidateOnly: 0, noiseOnly: 0 })).toHaveProperty(
      'next',
    );
  });
});
