import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { batchOf, caused, kickedOff, ORDERS, taking } from './store-fixtures.ts';
import { type StoreBench, type StoreSubject, storeBench } from './store-subject.ts';

/** Ten million differences of one cause are one record, and ten million causes are bounded. */
export function signaturesContract(subject: StoreSubject): void {
  describe('causes of differences', () => {
    const bench = storeBench(subject);
    merged(bench);
    ordered(bench);
    limited(bench);
    longLists(bench);
  });
}

function merged({ store }: StoreBench): void {
  it('keeps one record for a cause, with its latest five examples', async () => {
    await kickedOff(store());
    for (let at = 1; at <= 8; at += 1) {
      const signatures = [caused('a41f', at, { count: 1_000 })];
      await store().ingest(ORDERS, batchOf('guard-1', at, { signatures }), taking());
    }
    const [record, ...others] = await store().signatures(ORDERS, 1, 10);
    expect(others).toEqual([]);
    expect(record).toMatchObject({ count: 8_000, firstAt: 1, lastAt: 8, template: '$.total' });
    expect(record?.samples.map(({ at }) => at)).toEqual([4, 5, 6, 7, 8]);
    expect(record?.samples[4]).toEqual(caused('a41f', 8).samples[0]);
  });

  it('cuts examples that a plane should have cut', async () => {
    await kickedOff(store());
    const body = 'x'.repeat(100_000);
    const example = { at: 1, path: '$', legacy: body, candidate: body, request: body };
    const samples = Array.from({ length: 50 }, () => example);
    const signatures = [caused('a41f', 1, { template: body, kind: body, samples })];
    await store().ingest(ORDERS, batchOf('guard-1', 1, { signatures }), taking());
    const records = await store().signatures(ORDERS, 1, 10);
    expect(JSON.stringify(records).length).toBeLessThan(10_000);
  });

  it('keeps a cause of one build apart from the same cause under the next', async () => {
    await kickedOff(store());
    const signatures = [1, 1, 2].map((epoch) => caused('a41f', epoch, { epoch }));
    await store().ingest(ORDERS, batchOf('guard-1', 1, { signatures }), taking());
    expect(await store().signatures(ORDERS, 1, 10)).toMatchObject([{ epoch: 1, count: 2 }]);
    expect(await store().signatures(ORDERS, 2, 10)).toMatchObject([{ epoch: 2, count: 1 }]);
    expect(await store().signatures(ORDERS, 3, 10)).toEqual([]);
  });
}

function ordered({ store }: StoreBench): void {
  it('lists causes by how often they were seen, of one epoch or of all', async () => {
    await kickedOff(store());
    const signatures = [
      caused('rare', 1, { count: 2 }),
      caused('often', 1, { count: 300 }),
      caused('other seam', 1, { seam: 'orders', count: 40 }),
      caused('next build', 1, { epoch: 2, count: 5 }),
    ];
    await store().ingest(ORDERS, batchOf('guard-1', 1, { signatures }), taking());
    const ids = async (epoch: number | null, limit: number) =>
      (await store().signatures(ORDERS, epoch, limit)).map(({ id }) => id);
    expect(await ids(1, 10)).toEqual(['often', 'other seam', 'rare']);
    expect(await ids(null, 10)).toEqual(['often', 'other seam', 'next build', 'rare']);
    expect(await ids(null, 2)).toEqual(['often', 'other seam']);
    expect(await ids(null, 0)).toEqual([]);
  });
}

function limited({ store }: StoreBench): void {
  it('counts causes beyond the first ten thousand in one record, and drops none', async () => {
    await kickedOff(store());
    for (const sequence of [1, 2, 3]) {
      const signatures = Array.from({ length: 4_000 }, (_, i) =>
        caused(`${sequence}/${i}`, sequence * 10_000 + i, { count: 2 }),
      );
      await store().ingest(ORDERS, batchOf('guard-1', sequence, { signatures }), taking());
    }
    const records = await store().signatures(ORDERS, 1, 100_000);
    expect(records).toHaveLength(10_001);
    expect(records.reduce((sum, { count }) => sum + count, 0)).toBe(24_000);
    expect(records[0]).toMatchObject({ kind: 'overflow', count: 4_000, lastAt: 33_999 });
    expect(records[0]?.samples).toHaveLength(5);
  });
}

const LONG = 10_000;
const ID = fc.constantFrom('a41f', '7c20', 'bead', 'c0de', 'f00d');
const ADDITION = fc.record({
  isMine: fc.boolean(),
  isRead: fc.boolean(),
  causes: fc.array(
    fc.record({
      id: ID,
      // The second sorts before the first by half characters, and after it by bytes.
      seam: fc.constantFrom('\u{ff01}', '\u{1f600}', 'quote'),
      epoch: fc.integer({ min: 1, max: 3 }),
      isNoise: fc.boolean(),
      count: fc.integer({ min: 1, max: 3 }),
    }),
    { minLength: 1, maxLength: 4 },
  ),
});

function longLists({ store, another }: StoreBench): void {
  it('are as true and in the same order in a long list as in a short one, whoever adds to them', async () => {
    const other = await another();
    await kickedOff(store());
    let sequence = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(ADDITION, { minLength: 1, maxLength: 6 }), async (additions) => {
        for (const { isMine, isRead, causes } of additions) {
          sequence += 1;
          const signatures = causes.map(({ id, ...over }) => caused(id, sequence, over));
          const batch = batchOf('guard-1', sequence, { signatures });
          await (isMine ? store() : other).ingest(ORDERS, batch, taking());
          if (!isRead) continue;
          for (const epoch of [null, 2]) {
            const short = await store().signatures(ORDERS, epoch, 900);
            expect(await store().signatures(ORDERS, epoch, LONG)).toEqual(short);
          }
        }
        const [long, short] = [LONG, 900].map((limit) => store().signatures(ORDERS, null, limit));
        expect(await long).toEqual(await short);
      }),
      { numRuns: 20 },
    );
  });

  it('hand out what did not change as it was', async () => {
    await kickedOff(store());
    const signatures = ['often', 'rare'].map((id) => caused(id, 1, { count: 5 }));
    await store().ingest(ORDERS, batchOf('guard-1', 1, { signatures }), taking());
    const [often] = await store().signatures(ORDERS, 1, LONG);
    const again = { signatures: [caused('rare', 2)] };
    await store().ingest(ORDERS, batchOf('guard-1', 2, again), taking());
    const [first, second] = await store().signatures(ORDERS, 1, LONG);
    expect([first?.id, second?.id]).toEqual(['rare', 'often']);
    expect(second).toBe(often);
  });
}
