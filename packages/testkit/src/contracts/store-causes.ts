import { PAIR_LENGTH_MAX, PAIRS_PER_CAUSE_MAX } from '@falsework/core/evidence';
import type { ControlStore, SignatureNote } from '@falsework/core/ports';
import { describe, expect, it } from 'vitest';
import { START_AT } from '../migration-fixtures.ts';
import {
  batchOf,
  caused,
  commitOf,
  kickedOff,
  looking,
  ORDERS,
  paired,
  seen,
  taking,
} from './store-fixtures.ts';
import { type StoreBench, type StoreSubject, storeBench } from './store-subject.ts';

/** What makes a cause readable: pairs to look at, notes, how much was compared, who accepted it. */
export function causesContract(subject: StoreSubject): void {
  describe('what is known of causes', () => {
    const bench = storeBench(subject);
    pairsKept(bench);
    pairsRead(bench);
    pairsBounded(bench);
    notesKept(bench);
    volumesShown(bench);
    noiseApart(bench);
    acceptancesKept(bench);
  });
}

async function take(store: ControlStore, sequence: number, over: object): Promise<void> {
  await store.ingest(ORDERS, batchOf('guard-1', sequence, over), taking());
}

function pairsKept({ store }: StoreBench): void {
  it('gives back a pair as it came, with and without a request', async () => {
    await kickedOff(store());
    const request = {
      method: 'GET',
      target: '/quote?sku=ax\u0000\ud800',
      headers: [['accept', 'application/json']],
      isComplete: false,
    } as const;
    const odd = 'Ünïcode 𝒻 \u0000 \ud800 "quoted" \n';
    const pairs = [
      paired(['a41f'], 2, { request, legacy: odd }),
      paired(['7c20'], 1, { format: 'text', candidate: '' }),
    ];
    await take(store(), 1, { pairs });
    expect(await store().pairs(ORDERS, null, 10)).toEqual(pairs);
  });

  it('keeps the latest three pairs of a cause, in whatever order they come', async () => {
    await kickedOff(store());
    for (const [i, at] of [5, 1, 9, 3, 7, 2].entries()) {
      await take(store(), i + 1, { pairs: [paired(['a41f'], at)] });
    }
    const kept = await store().pairs(ORDERS, 'a41f', 10);
    expect(kept.map(({ at }) => at)).toEqual([9, 7, 5]);
    expect(kept).toHaveLength(PAIRS_PER_CAUSE_MAX);
  });

  it('keeps a pair that comes twice once', async () => {
    await kickedOff(store());
    const pairs = [paired(['a41f', 'a41f'], 1), paired(['a41f'], 1)];
    await take(store(), 1, { pairs });
    await take(store(), 2, { pairs });
    expect(await store().pairs(ORDERS, null, 10)).toHaveLength(1);
  });
}

function pairsRead({ store }: StoreBench): void {
  it('shows a pair under each of its causes, and once among all', async () => {
    await kickedOff(store());
    const both = paired(['a41f', '7c20'], 2);
    const one = paired(['7c20'], 1);
    await take(store(), 1, { pairs: [both, one] });
    expect(await store().pairs(ORDERS, 'a41f', 10)).toEqual([both]);
    expect(await store().pairs(ORDERS, '7c20', 10)).toEqual([both, one]);
    expect(await store().pairs(ORDERS, null, 10)).toEqual([both, one]);
    expect(await store().pairs(ORDERS, 'none', 10)).toEqual([]);
    expect(await store().pairs('billing', null, 10)).toEqual([]);
  });

  it('hands out as many as are asked for, latest first', async () => {
    await kickedOff(store());
    const pairs = Array.from({ length: 20 }, (_, i) => paired([`cause ${i}`, 'shared'], i));
    await take(store(), 1, { pairs });
    const ats = async (limit: number): Promise<number[]> =>
      (await store().pairs(ORDERS, null, limit)).map(({ at }) => at);
    expect(await ats(3)).toEqual([19, 18, 17]);
    expect(await ats(0)).toEqual([]);
    expect(await ats(-1)).toEqual([]);
    expect(await ats(100)).toHaveLength(20);
  });
}

function pairsBounded({ store }: StoreBench): void {
  it('keeps no pair longer than a plane may send, and none cut short', async () => {
    await kickedOff(store());
    const [longest, longer] = ['x'.repeat(PAIR_LENGTH_MAX), 'x'.repeat(PAIR_LENGTH_MAX + 1)];
    const request = { method: 'GET', target: longer, headers: [], isComplete: true };
    const pairs = [
      paired(['1'], 1, { legacy: longest, candidate: longest }),
      paired(['2'], 2, { legacy: longer }),
      paired(['3'], 3, { candidate: longer }),
      paired(['4'], 4, { request }),
    ];
    await take(store(), 1, { pairs, signatures: [caused('2', 1)] });
    expect((await store().pairs(ORDERS, null, 10)).map(({ ids }) => ids)).toEqual([['1']]);
    expect(await store().signatures(ORDERS, 1, 10)).toHaveLength(1);
  });

  it('makes room by the causes that were seen longest ago, and goes on with those it knows', async () => {
    await kickedOff(store());
    for (const sequence of [1, 2, 3, 4, 5]) {
      const pairs = Array.from({ length: 250 }, (_, i) =>
        paired([`${sequence}/${i}`], sequence * 1_000 + i),
      );
      await take(store(), sequence, { pairs: [...pairs, paired(['steady'], sequence * 1_000)] });
    }
    const kept = await store().pairs(ORDERS, null, 10_000);
    expect(new Set(kept.flatMap(({ ids }) => ids)).size).toBe(1_000);
    expect((await store().pairs(ORDERS, 'steady', 10)).map(({ at }) => at)).toEqual([
      5_000, 4_000, 3_000,
    ]);
    expect(await store().pairs(ORDERS, '1/0', 10)).toEqual([]);
    expect(await store().pairs(ORDERS, '5/249', 10)).toHaveLength(1);
  });

  it('stores a pair of very many causes under fifty of them', async () => {
    await kickedOff(store());
    const ids = Array.from({ length: 500 }, (_, i) => `cause ${i}`);
    await take(store(), 1, { pairs: [paired(ids, 1)] });
    expect((await store().pairs(ORDERS, null, 10))[0]?.ids).toHaveLength(50);
  });

  it('counts nothing of a batch with a pair that is none', async () => {
    await kickedOff(store());
    const wrong = [{ at: Number.NaN }, { ids: [1] }, { format: 'xml' }, { request: {} }];
    for (const over of wrong) {
      const pairs = [paired(['a41f'], 1), paired(['7c20'], 1, over as never)];
      await expect(take(store(), 1, { pairs })).rejects.toMatchObject({
        code: 'FW_STORE_BATCH',
        message: expect.stringContaining('batch.pairs[1]'),
      });
    }
    expect(await store().pairs(ORDERS, null, 10)).toEqual([]);
  });
}

const noted = (over: Partial<SignatureNote> = {}): SignatureNote => ({
  seam: 'quote',
  id: 'a41f',
  owner: 'grace',
  text: 'rounded half down',
  by: 'ada',
  at: START_AT,
  ...over,
});

function notesKept({ store }: StoreBench): void {
  it('keeps what people write about a cause, the last word of each', async () => {
    await kickedOff(store());
    await store().note(ORDERS, noted());
    await store().note(ORDERS, noted({ id: '7c20', owner: null }));
    await store().note(ORDERS, noted({ text: 'fixed in 2.1', by: 'grace', at: START_AT + 1 }));
    expect(await store().notes(ORDERS)).toEqual([
      noted({ id: '7c20', owner: null }),
      noted({ text: 'fixed in 2.1', by: 'grace', at: START_AT + 1 }),
    ]);
    expect(await store().notes('billing')).toEqual([]);
  });

  it('keeps no note about a migration that was never started', async () => {
    await expect(store().note('billing', noted())).rejects.toMatchObject({
      code: 'FW_STORE_NO_MIGRATION',
    });
  });

  it('cuts a note that is a document, and takes text of any script', async () => {
    await kickedOff(store());
    await store().note(ORDERS, noted({ text: 'x'.repeat(100_000) }));
    expect((await store().notes(ORDERS))[0]?.text).toHaveLength(2_000);
    const text = `Ünïcode 𝒻 \u0000 \ud800 "quoted" '); drop table fw_notes;--`;
    await store().note(ORDERS, noted({ text }));
    expect((await store().notes(ORDERS))[0]?.text).toBe(text);
  });

  it('finds the cause of a note again, however long the name of its seam', async () => {
    await kickedOff(store());
    const seam = '漢'.repeat(2_000);
    await take(store(), 1, { signatures: [caused('a41f', 1, { seam })] });
    await store().note(ORDERS, noted({ seam }));
    const [[record], [note]] = [
      await store().signatures(ORDERS, 1, 10),
      await store().notes(ORDERS),
    ];
    expect(note?.seam).toBe(record?.seam);
  });
}

function volumesShown({ store }: StoreBench): void {
  it('says how much was compared at each seam in each epoch, over all strata and steps', async () => {
    await kickedOff(store());
    const strata = [
      seen({ verdicts: { match: 90, mismatch: 7, accepted: 3, shed: 1_000, timeout: 9 } }),
      seen({ stratum: 'gold', step: 2, verdicts: { match: 5 } }),
      seen({ epoch: 2, step: 3, verdicts: { match: 20 } }),
      seen({ seam: 'orders', verdicts: { match: 1 } }),
    ];
    await take(store(), 1, { strata });
    const volumes = await store().volumes(ORDERS);
    const [first, ...rest] = volumes;
    expect(rest).toEqual([
      { epoch: 1, seam: 'quote', compared: expect.any(Number) },
      { epoch: 2, seam: 'quote', compared: 20 },
    ]);
    expect(first).toEqual({ epoch: 1, seam: 'orders', compared: 1 });
    // What was shed was never compared; everything else that ran was.
    expect(rest[0]?.compared).toBeGreaterThanOrEqual(105);
    expect(rest[0]?.compared).toBeLessThan(1_000);
    expect(await store().volumes('billing')).toEqual([]);
  });
}

function noiseApart({ store }: StoreBench): void {
  it('keeps what legacy does to itself apart from what the candidate does at the same place', async () => {
    await kickedOff(store());
    for (const sequence of [1, 2]) {
      const signatures = [
        caused('a41f', sequence, { count: 10 }),
        caused('a41f', sequence, { count: 1, isNoise: true }),
      ];
      await take(store(), sequence, { signatures });
    }
    expect(await store().signatures(ORDERS, 1, 10)).toMatchObject([
      { id: 'a41f', isNoise: false, count: 20 },
      { id: 'a41f', isNoise: true, count: 2 },
    ]);
  });

  it('shows the noisiest paths of an epoch as evidence, with the rule that would settle each', async () => {
    await kickedOff(store());
    const signatures = Array.from({ length: 15 }, (_, i) =>
      caused(`noise ${i}`, 1, { isNoise: true, count: i + 1, template: `$.at${i}` }),
    );
    await take(store(), 1, { signatures: [...signatures, caused('a41f', 1, { count: 99 })] });
    const { noise } = await store().evidence(ORDERS, looking());
    expect(noise).toHaveLength(10);
    expect(noise[0]).toMatchObject({ seam: 'quote', template: '$.at14', count: 15 });
    expect(noise[0]?.rule).toContain('$.at14');
    expect((await store().evidence(ORDERS, looking({ epoch: 2 }))).noise).toEqual([]);
  });

  it('cuts shapes, strata and hours that a plane should have bounded', async () => {
    await kickedOff(store());
    const many = Array.from({ length: 5_000 }, (_, i) => `${i} ${'x'.repeat(1_000)}`);
    const hours = many.map((_, i) => [i * 3_600_000, 1] as const);
    await take(store(), 1, {
      signatures: [caused('a41f', 1, { shapes: many, strata: many, hours })],
    });
    const records = await store().signatures(ORDERS, 1, 10);
    expect(JSON.stringify(records).length).toBeLessThan(30_000);
    expect(records[0]?.hours.at(-1)).toEqual(hours.at(-1));
  });
}

function acceptancesKept({ store }: StoreBench): void {
  it('keeps who accepted what until when in the state, and tells planes in the snapshot', async () => {
    const migration = await kickedOff(store());
    const { seam, id, template, kind, shapes } = caused('a41f', 1);
    const accepted = {
      type: 'accept',
      by: 'ada',
      cause: { seam, id, template, kind, shapes },
      owner: 'grace',
      reason: 'rounded half down, as the law says',
      expiresAt: migration.now + 86_400_000,
    } as const;
    migration.apply(accepted);
    expect(await store().commit(commitOf(migration))).toBe('committed');
    expect((await store().migration(ORDERS))?.accepted).toMatchObject([
      { id, shapes, owner: 'grace', acceptedBy: 'ada', expiresAt: accepted.expiresAt },
    ]);
    expect((await store().snapshot(ORDERS))?.accepted).toEqual([{ seam, id, shapes }]);
    expect((await store().decisions(ORDERS, 1, 10))[0]).toMatchObject({
      action: 'accept',
      event: accepted,
    });
    migration.apply({ type: 'reopen', by: 'ada', seam, id });
    expect(await store().commit(commitOf(migration))).toBe('committed');
    expect((await store().snapshot(ORDERS))?.accepted).toEqual([]);
  });
}
