import type { Acceptance, SignatureRecord } from '@falsework/core/evidence';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { causeAt, idOf, SEAM } from '../../test/fixtures.ts';
import { type CauseFacts, causesOf, distinctRecords } from './causes.ts';

const volume = (epoch: number, compared: number, seam = SEAM) => ({ epoch, compared, seam });
const facts = (over: Partial<CauseFacts> = {}): CauseFacts => ({
  records: [],
  volumes: [volume(1, 1_000)],
  notes: [],
  accepted: [],
  ...over,
});
const acceptance = (over: Partial<Acceptance> = {}): Acceptance => ({
  seam: SEAM,
  id: idOf('a41f'),
  template: '$.total',
  kind: 'number',
  shapes: ['number within 0.01 more'],
  owner: 'grace',
  reason: 'as the law says',
  acceptedBy: 'ada',
  acceptedAt: 1,
  expiresAt: 2,
  ...over,
});
// Nothing narrow can be proposed for a missing member, so that it stays open by itself.
const missing = (over: Partial<SignatureRecord> = {}, digits = 'a41f'): SignatureRecord =>
  causeAt(digits, 1, { kind: 'missing', ...over });
const states = (given: Partial<CauseFacts>, epoch: number | null = null): string[] =>
  causesOf(facts(given), epoch).map(({ state }) => state);

describe('the state of a cause', () => {
  it('is open while nobody says why', () => {
    expect(states({ records: [missing()] })).toEqual(['open']);
  });

  it('is explained by a note, or by a rule that is narrow enough to be proposed', () => {
    const note = { seam: SEAM, id: idOf('a41f'), owner: null, text: 'known', by: 'ada', at: 1 };
    expect(states({ records: [missing()], notes: [note] })).toEqual(['explained']);
    const order = causesOf(facts({ records: [missing({ kind: 'order' })] }), null);
    expect(order[0]).toMatchObject({
      state: 'explained',
      proposal: { rule: '{"rule":"unordered","path":"$.total"}' },
    });
  });

  it('is accepted as long as it comes in the shapes that were accepted', () => {
    expect(states({ records: [missing()], accepted: [acceptance()] })).toEqual(['accepted']);
  });

  it('opens again when it comes in another shape, and still shows who had accepted what', () => {
    const records = [missing({ shapes: ['number within 0.01 more', 'number far more'] })];
    const [cause] = causesOf(facts({ records, accepted: [acceptance()] }), null);
    expect(cause).toMatchObject({ state: 'open', acceptance: { owner: 'grace' } });
  });

  it('is not opened again by a shape that only an older build had', () => {
    const records = [missing({ shapes: ['number far more'] }), missing({ epoch: 2 })];
    const volumes = [volume(1, 100), volume(2, 100)];
    expect(states({ records, volumes, accepted: [acceptance()] })).toEqual(['accepted']);
  });

  it('is fixed when it would have been seen again by now, and was not', () => {
    const records = [missing({ count: 100 })];
    expect(states({ records, volumes: [volume(1, 1_000), volume(2, 20)] })).toEqual(['open']);
    expect(states({ records, volumes: [volume(1, 1_000), volume(2, 500)] })).toEqual(['fixed']);
  });

  it('has regressed when it was fixed and is back', () => {
    const records = [missing({ count: 100 }), missing({ epoch: 3 })];
    const volumes = [volume(1, 1_000), volume(2, 500), volume(3, 10)];
    expect(states({ records, volumes })).toEqual(['regressed']);
  });

  it('is judged by the traffic of its own seam', () => {
    const records = [missing({ count: 100 })];
    const volumes = [volume(1, 1_000), volume(2, 50_000, 'GET /other')];
    expect(states({ records, volumes })).toEqual(['open']);
  });

  it('of noise is never accepted: there is nothing of the candidate’s to answer for', () => {
    const records = [missing({ isNoise: true })];
    const [cause] = causesOf(facts({ records, accepted: [acceptance()] }), null);
    expect(cause?.acceptance).toBeNull();
  });
});

describe('causes', () => {
  it('come most frequent first, one for each seam and signature', () => {
    const records = [
      missing({ count: 2 }),
      missing({ count: 300 }, '7c20'),
      missing({ count: 40, seam: 'GET /other' }),
    ];
    const shown = causesOf(facts({ records }), null).map(({ record }) => [record.id, record.count]);
    expect(shown).toEqual([
      [idOf('7c20'), 300],
      [idOf('a41f'), 40],
      [idOf('a41f'), 2],
    ]);
  });

  it('of all epochs are added up, with the shapes of the last in which they were seen', () => {
    const records = [
      missing({ epoch: 2, count: 5, shapes: ['now'], firstAt: 10, lastAt: 20 }),
      missing({ epoch: 1, count: 7, shapes: ['then'], firstAt: 1, lastAt: 2 }),
    ];
    expect(causesOf(facts({ records }), null)[0]?.record).toMatchObject({
      epoch: 2,
      count: 12,
      shapes: ['now'],
      firstAt: 1,
      lastAt: 20,
    });
  });

  it('of one epoch are those that were seen in it, with their counts in it', () => {
    const records = [missing({ count: 7 }), missing({ epoch: 2 }, '7c20')];
    const seen = (epoch: number) =>
      causesOf(facts({ records }), epoch).map(({ record }) => [record.id, record.count]);
    expect(seen(1)).toEqual([[idOf('a41f'), 7]]);
    expect(seen(2)).toEqual([[idOf('7c20'), 1]]);
    expect(seen(3)).toEqual([]);
  });

  it('keep what legacy does to itself apart from what the candidate does', () => {
    const records = [missing({ count: 9 }), missing({ count: 2, isNoise: true })];
    const shown = causesOf(facts({ records }), null);
    expect(shown.map(({ record }) => [record.isNoise, record.count])).toEqual([
      [false, 9],
      [true, 2],
    ]);
  });

  const record = fc
    .record({
      digits: fc.constantFrom('a', 'b', 'c'),
      epoch: fc.integer({ min: 1, max: 3 }),
      isNoise: fc.boolean(),
      count: fc.nat(1_000),
    })
    .map(({ digits, ...over }) => missing(over, digits));
  const recordsOnce = fc.array(record, { maxLength: 12 }).map(distinctRecords);

  it('lose no count and invent none, whatever the records', () => {
    fc.assert(
      fc.property(recordsOnce, (records) => {
        const total = (list: readonly SignatureRecord[]): number =>
          list.reduce((sum, { count }) => sum + count, 0);
        const all = causesOf(facts({ records }), null).map((cause) => cause.record);
        expect(total(all)).toBe(total(records));
        const byEpoch = [1, 2, 3].flatMap((epoch) => causesOf(facts({ records }), epoch));
        expect(total(byEpoch.map((cause) => cause.record))).toBe(total(records));
      }),
    );
  });
});

describe('records that were read in two ways', () => {
  it('are each there once', () => {
    const records = [missing(), missing({ epoch: 2 }), missing({ isNoise: true })];
    expect(distinctRecords([...records, ...records])).toEqual(records);
  });
});
