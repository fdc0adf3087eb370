import type { ControlStore } from '@falsework/core/ports';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { START_AT } from '../migration-fixtures.ts';
import {
  batchOf,
  caused,
  kickedOff,
  looking,
  ORDERS,
  seen,
  served,
  taking,
} from './store-fixtures.ts';
import { type StoreBench, type StoreSubject, storeBench } from './store-subject.ts';

/** Evidence is counted once, whole, under what it names, in whatever order it comes. */
export function ingestContract(subject: StoreSubject): void {
  describe('taking evidence', () => {
    const bench = storeBench(subject);
    countedOnce(bench);
    countedWhere(bench);
    anyOrder(bench);
    refused(bench);
    bounded(bench);
  });
}

const ONE_MATCH = { strata: [seen({ verdicts: { match: 1 } })] };

async function matches(store: ControlStore, epoch = 1, step = 1): Promise<number | undefined> {
  const { strata } = await store.evidence(ORDERS, looking({ epoch, step }));
  return strata[0]?.step.verdicts.match;
}

function countedOnce({ store }: StoreBench): void {
  it('counts a batch once, however often it is delivered', async () => {
    await kickedOff(store());
    const batch = batchOf('guard-1', 1, ONE_MATCH);
    expect(await store().ingest(ORDERS, batch, taking())).toBe(true);
    expect(await store().ingest(ORDERS, batch, taking())).toBe(false);
    expect(await matches(store())).toBe(1);
  });

  it('does not count a batch that is older than the last one of its plane', async () => {
    await kickedOff(store());
    for (const sequence of [1, 2, 3, 2, 1]) {
      await store().ingest(ORDERS, batchOf('guard-1', sequence, ONE_MATCH), taking());
    }
    expect(await matches(store())).toBe(3);
  });

  it('numbers the batches of each plane and of each migration for themselves', async () => {
    await kickedOff(store());
    for (const plane of ['guard-1', 'guard-2', 'seam in checkout']) {
      expect(await store().ingest(ORDERS, batchOf(plane, 1, ONE_MATCH), taking())).toBe(true);
    }
    expect(await matches(store())).toBe(3);
  });
}

function countedWhere({ store }: StoreBench): void {
  it('counts late evidence under the epoch and the step that it names', async () => {
    await kickedOff(store());
    const strata = [
      seen({ epoch: 1, step: 4, verdicts: { match: 1 } }),
      seen({ epoch: 2, step: 5, verdicts: { match: 10 } }),
      seen({ epoch: 2, step: 6, verdicts: { match: 100 } }),
    ];
    await store().ingest(ORDERS, batchOf('guard-1', 1, { strata }), taking());
    await store().ingest(ORDERS, batchOf('guard-2', 1, { strata: strata.slice(0, 1) }), taking());
    expect(await matches(store(), 1, 4)).toBe(2);
    expect(await matches(store(), 2, 5)).toBe(10);
    expect(await matches(store(), 2, 6)).toBe(100);
    expect((await store().evidence(ORDERS, looking({ epoch: 3 }))).strata).toEqual([]);
  });

  it('adds what two builds showed in one step of one batch', async () => {
    await kickedOff(store());
    const [first] = ONE_MATCH.strata;
    if (!first) throw new Error('The fixture is empty.');
    const other = { ...first, position: { ...first.position, candidateBuild: 'c2' } };
    const batch = batchOf('guard-1', 1, { strata: [first, other] });
    await store().ingest(ORDERS, batch, taking());
    expect(await matches(store())).toBe(2);
  });

  it('keeps names of any characters and any length apart', async () => {
    await kickedOff(store());
    const long = 'x'.repeat(3_000);
    const strata = ['a\0b', '\ud800', 'ü ö', `${long}1`, `${long}2`, '漢'.repeat(2_000)];
    const batch = (sequence: number) =>
      batchOf('guard \0 1', sequence, {
        strata: strata.map((stratum) => seen({ seam: long, stratum, verdicts: { match: 1 } })),
        seams: strata.map((seam) => served([1, 0], [0, 0], { seam })),
        signatures: strata.map((id) => caused(id, START_AT, { seam: long })),
      });
    for (const sequence of [1, 2, 2]) await store().ingest(ORDERS, batch(sequence), taking());
    const view = await store().evidence(ORDERS, looking());
    expect(view.strata.map((stratum) => stratum.epoch.verdicts.match)).toEqual(strata.map(() => 2));
    expect(view.seams.map((seam) => seam.step.candidate.requests)).toEqual(strata.map(() => 2));
    expect((await store().signatures(ORDERS, 1, 10)).map(({ count }) => count)).toEqual(
      strata.map(() => 2),
    );
  });
}

const observed = fc.record({
  seam: fc.constantFrom('quote', 'orders'),
  stratum: fc.constantFrom('', 'gold'),
  step: fc.constantFrom(1, 2),
  match: fc.nat(1_000),
  mismatch: fc.nat(20),
  timeMs: fc.double({ min: 0.01, max: 1e4, noNaN: true }),
});

function anyOrder({ store }: StoreBench): void {
  it('adds up to the same in whatever order planes report', async () => {
    let run = 0;
    const counted = async (deltas: readonly Observed[]): Promise<unknown> => {
      // An epoch for each, so that one store serves for all of them.
      run += 1;
      for (const [i, delta] of deltas.entries()) {
        await store().ingest(ORDERS, reported(delta, `${run}/${i}`, run), taking());
      }
      const { strata } = await store().evidence(ORDERS, looking({ epoch: run }));
      const counts = strata.map(({ seam, stratum, epoch }) => ({ seam, stratum, epoch }));
      const causes = await store().signatures(ORDERS, run, 100);
      const latency = await store().latency(ORDERS, run);
      return { counts, latency: rounded(latency), causes: causes.map((c) => ({ ...c, epoch: 0 })) };
    };
    await kickedOff(store());
    const shuffled = fc
      .array(observed, { minLength: 1, maxLength: 8 })
      .chain((deltas) =>
        fc.tuple(fc.constant(deltas), fc.shuffledSubarray(deltas, { minLength: deltas.length })),
      );
    await fc.assert(
      fc.asyncProperty(shuffled, async ([one, other]) => {
        expect(await counted(one)).toEqual(await counted(other));
      }),
      { numRuns: 15, seed: 2026 },
    );
  });
}

type Observed = typeof observed extends fc.Arbitrary<infer Value> ? Value : never;

function reported(
  { seam, stratum, step, match, mismatch, timeMs }: Observed,
  plane: string,
  epoch: number,
) {
  const verdicts = { match, mismatch };
  const buckets = [[Math.ceil(Math.log(timeMs)), 1]] as const;
  const latency = { count: 1, sumMs: timeMs, maxMs: timeMs, buckets };
  const at = START_AT + Math.floor(timeMs * 1_000);
  return batchOf(plane, 1, {
    strata: [seen({ seam, stratum, epoch, step, verdicts, latency })],
    signatures: [caused('a41f', at, { epoch, seam, count: mismatch })],
  });
}

/** Sums of fractions differ in their last digit with the order of adding; nothing else may. */
function rounded(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_, part) =>
      typeof part === 'number' ? Number(part.toPrecision(12)) : part,
    ),
  );
}

function refused({ store }: StoreBench): void {
  it('takes no evidence for a migration that was never started', async () => {
    const batch = batchOf('guard-1', 1, ONE_MATCH);
    const refusal = { code: 'FW_STORE_NO_MIGRATION', httpStatus: 404 };
    await expect(store().ingest(ORDERS, batch, taking())).rejects.toMatchObject(refusal);
    const scan = { files: 1, scannedAt: START_AT };
    await expect(store().noteLegacyCode(ORDERS, scan)).rejects.toMatchObject(refusal);
    await kickedOff(store());
    expect(await store().ingest(ORDERS, batch, taking())).toBe(true);
  });

  it('counts nothing of a batch in which one number is none', async () => {
    await kickedOff(store());
    const good = seen({ verdicts: { match: 1 } });
    const bad = [Number.NaN, -1, 0.5, Number.POSITIVE_INFINITY, 2 ** 60, undefined as never];
    for (const mismatch of bad) {
      const batch = batchOf('guard-1', 1, { strata: [good, seen({ verdicts: { mismatch } })] });
      await expect(store().ingest(ORDERS, batch, taking())).rejects.toMatchObject({
        code: 'FW_STORE_BATCH',
        message: expect.stringContaining('batch.strata[1].tally.verdicts.mismatch'),
      });
    }
    expect((await store().evidence(ORDERS, looking())).strata).toEqual([]);
    expect(await store().ingest(ORDERS, batchOf('guard-1', 1, ONE_MATCH), taking())).toBe(true);
  });
}

function bounded({ store }: StoreBench): void {
  it('lets no key function fill the store: strata beyond the limit share one, and all are counted', async () => {
    await kickedOff(store());
    for (const sequence of [1, 2, 3]) {
      const strata = Array.from({ length: 1_000 }, (_, i) =>
        seen({ stratum: `customer ${sequence}/${i}`, verdicts: { match: 1, mismatch: 1 } }),
      );
      await store().ingest(ORDERS, batchOf('guard-1', sequence, { strata }), taking());
    }
    const { strata } = await store().evidence(ORDERS, looking());
    expect(strata.length).toBeLessThanOrEqual(2_001);
    const total = strata.reduce((sum, { epoch }) => sum + epoch.verdicts.mismatch, 0);
    expect(total).toBe(3_000);
    const shared = strata.find(({ stratum }) => stratum === '(other strata)');
    expect(shared?.epoch.verdicts.match).toBeGreaterThanOrEqual(999);
  });
}
