import { ALARM_AT_REST, isAlarming, observeBatch, observeServed } from '@falsework/core/evidence';
import { describe, expect, it } from 'vitest';
import { START_AT } from '../migration-fixtures.ts';
import { batchOf, kickedOff, looking, ORDERS, seen, served, taking } from './store-fixtures.ts';
import { type StoreBench, type StoreSubject, storeBench } from './store-subject.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** What a decision is shown is what planes reported, of one moment, and never more than that. */
export function evidenceContract(subject: StoreSubject): void {
  describe('showing evidence', () => {
    const bench = storeBench(subject);
    strataShown(bench);
    windowsShown(bench);
    alarmsShown(bench);
    seamsShown(bench);
    surroundingsShown(bench);
    trafficShown(bench);
    latencyShown(bench);
    historyShown(bench);
  });
}

/** Reports one stratum in batch after batch, a second apart. */
async function report(
  { store }: StoreBench,
  deltas: readonly Parameters<typeof seen>[0][],
  from = 1,
): Promise<void> {
  for (const [i, delta] of deltas.entries()) {
    const batch = batchOf('guard-1', from + i, { strata: [seen(delta)] });
    await store().ingest(ORDERS, batch, taking({ now: START_AT + (from + i) * 1_000 }));
  }
}

function strataShown(bench: StoreBench): void {
  const { store } = bench;

  it('shows an epoch as the sum of its steps, and the present step alone', async () => {
    await kickedOff(store());
    await report(bench, [
      { step: 1, verdicts: { match: 1, shed: 2 } },
      { step: 2, verdicts: { match: 10, mismatch: 1 } },
      { step: 2, verdicts: { match: 100 } },
      { epoch: 2, step: 3, verdicts: { match: 1_000 } },
    ]);
    const [view, ...others] = (await store().evidence(ORDERS, looking({ step: 2 }))).strata;
    expect(others).toEqual([]);
    expect(view).toMatchObject({ seam: 'quote', stratum: '', lastAt: START_AT + 3_000 });
    expect(view?.epoch.verdicts).toMatchObject({ match: 111, mismatch: 1, shed: 2 });
    expect(view?.epoch.latency).toEqual({ pairs: 111, slow: 0 });
    expect(view?.step.verdicts).toMatchObject({ match: 110, mismatch: 1, shed: 0 });
  });

  it('shows a stratum of the epoch that is silent in this step, at zero and at rest', async () => {
    await kickedOff(store());
    await report(bench, [{ step: 1, verdicts: { mismatch: 50 } }]);
    const [view] = (await store().evidence(ORDERS, looking({ step: 2 }))).strata;
    expect(view?.epoch.verdicts.mismatch).toBe(50);
    expect(view?.step.verdicts.mismatch).toBe(0);
    expect(view?.alarm).toEqual(ALARM_AT_REST);
  });

  it('shows every stratum of every seam for itself, in order', async () => {
    await kickedOff(store());
    const places = [
      ['quote', 'gold'],
      ['Quote', ''],
      ['quote', ''],
      ['orders', 'gold'],
    ] as const;
    const strata = places.map(([seam, stratum]) => seen({ seam, stratum, verdicts: { match: 1 } }));
    await store().ingest(ORDERS, batchOf('guard-1', 1, { strata }), taking());
    const { strata: views } = await store().evidence(ORDERS, looking());
    expect(views.map(({ seam, stratum }) => [seam, stratum])).toEqual([
      ['Quote', ''],
      ['orders', 'gold'],
      ['quote', ''],
      ['quote', 'gold'],
    ]);
  });
}

function windowsShown(bench: StoreBench): void {
  const { store } = bench;

  it('finds the worst window where it lies across two steps', async () => {
    await kickedOff(store());
    await report(bench, [
      { step: 1, verdicts: { match: 20 } },
      { step: 1, verdicts: { match: 3, mismatch: 2 } },
      { step: 2, verdicts: { match: 3, mismatch: 2 } },
      { step: 2, verdicts: { match: 20 } },
    ]);
    const [view] = (await store().evidence(ORDERS, looking({ step: 2 }))).strata;
    expect(view?.worstWindow).toEqual({
      fromAt: START_AT + 2_000,
      toAt: START_AT + 3_000,
      trials: 10,
      hits: 4,
    });
  });

  it('has no worst window before there is a whole one, nor of what is past the cycle', async () => {
    await kickedOff(store());
    await report(bench, [{ verdicts: { match: 4, mismatch: 5 } }]);
    const worst = async (now: number) =>
      (await store().evidence(ORDERS, looking({ now, cycleMs: HOUR_MS }))).strata[0]?.worstWindow;
    expect(await worst(START_AT + 2_000)).toBeNull();
    await report(bench, [{ verdicts: { match: 1 } }], 2);
    expect(await worst(START_AT + 2_000)).toMatchObject({ trials: 10, hits: 5 });
    expect(await worst(START_AT + 2 * HOUR_MS)).toBeNull();
  });

  it('says that differences rise when they do, and not before', async () => {
    await kickedOff(store());
    const rising = async () => (await store().evidence(ORDERS, looking())).strata[0]?.isRising;
    await report(
      bench,
      Array.from({ length: 10 }, () => ({ verdicts: { match: 10 } })),
    );
    expect(await rising()).toBe(false);
    const worse = Array.from({ length: 10 }, () => ({ verdicts: { match: 5, mismatch: 5 } }));
    await report(bench, worse, 11);
    expect(await rising()).toBe(true);
  });
}

function alarmsShown(bench: StoreBench): void {
  const { store } = bench;

  it('keeps the state of each alarm, batch by batch, so that a restart forgets nothing', async () => {
    await kickedOff(store());
    let expected = ALARM_AT_REST;
    for (const [i, hits] of [0, 1, 0, 0, 2].entries()) {
      await report(bench, [{ verdicts: { match: 10 - hits, mismatch: hits } }], i + 1);
      expected = observeBatch(expected, { trials: 10, hits }, taking().alarmRateOk);
      const [view] = (await store().evidence(ORDERS, looking())).strata;
      expect(view?.alarm).toEqual(expected);
    }
  });

  it('sounds the alarm of a stratum whose every answer is wrong within a handful', async () => {
    await kickedOff(store());
    await report(bench, [{ verdicts: { match: 10_000 } }, { verdicts: { mismatch: 5 } }]);
    const [view] = (await store().evidence(ORDERS, looking())).strata;
    const settings = { rateOk: taking().alarmRateOk, threshold: 1e9 };
    expect(isAlarming(view?.alarm ?? [], settings)).toBe(true);
  });
}

const NOBODY = { requests: 0, failures: 0 };

function seamsShown({ store }: StoreBench): void {
  it('shows what each side served in the present step', async () => {
    await kickedOff(store());
    const seams = [served([10, 1], [90, 2]), served([1, 0], [1, 0], { step: 2 })];
    for (const plane of ['guard-1', 'guard-2']) {
      await store().ingest(ORDERS, batchOf(plane, 1, { seams }), taking());
    }
    const [view, ...others] = (await store().evidence(ORDERS, looking())).seams;
    expect(others).toEqual([]);
    expect(view?.step).toEqual({
      candidate: { requests: 20, failures: 2 },
      legacy: { requests: 180, failures: 4 },
    });
    expect((await store().evidence(ORDERS, looking({ step: 3 }))).seams).toEqual([]);
  });

  it('adds up reads that fences kept with legacy, and says nothing where there were none', async () => {
    await kickedOff(store());
    const fenced = { legacy: { requests: 5, failures: 0, fenced: 3 }, candidate: NOBODY };
    const one = { ...served([0, 0]), served: fenced };
    await store().ingest(ORDERS, batchOf('guard-1', 1, { seams: [one] }), taking());
    await store().ingest(ORDERS, batchOf('guard-2', 1, { seams: [one] }), taking());
    await store().ingest(ORDERS, batchOf('guard-1', 2, { seams: [served([1, 0])] }), taking());
    const [view] = (await store().evidence(ORDERS, looking())).seams;
    expect(view?.step.legacy).toEqual({ requests: 10, failures: 0, fenced: 6 });
    expect(view?.step.candidate).toEqual({ requests: 1, failures: 0 });
  });

  it("lets the candidate's failures of the last hour slide out of it", async () => {
    await kickedOff(store());
    for (const [i, minute] of [0, 30, 59].entries()) {
      const now = START_AT + minute * MINUTE_MS;
      const seams = [served([10, 10 ** i])];
      await store().ingest(ORDERS, batchOf('guard-1', i + 1, { seams }), taking({ now }));
    }
    const lastHour = async (minute: number) => {
      const now = START_AT + minute * MINUTE_MS;
      const [view] = (await store().evidence(ORDERS, looking({ now }))).seams;
      return view?.candidateFailuresLastHour;
    };
    expect(await lastHour(59)).toBe(111);
    expect(await lastHour(62)).toBe(110);
    expect(await lastHour(92)).toBe(100);
    expect(await lastHour(121)).toBe(0);
  });

  it('keeps the alarm on what callers of the candidate got', async () => {
    await kickedOff(store());
    let alarm = ALARM_AT_REST;
    let total = { legacy: { requests: 0, failures: 0 }, candidate: { requests: 0, failures: 0 } };
    for (const sequence of [1, 2, 3]) {
      const seams = [served([10, 4], [100, 1])];
      await store().ingest(ORDERS, batchOf('guard-1', sequence, { seams }), taking());
      total = {
        legacy: { requests: 100 * sequence, failures: sequence },
        candidate: { requests: 10 * sequence, failures: 4 * sequence },
      };
      const batch = { requests: 10, failures: 4 };
      alarm = observeServed(alarm, { total, batch }, taking().alarmRateOk);
    }
    const [view] = (await store().evidence(ORDERS, looking())).seams;
    expect(view?.alarm).toEqual(alarm);
    expect(isAlarming(alarm, { rateOk: 1e-4, threshold: 1e9 })).toBe(true);
  });
}

function surroundingsShown({ store }: StoreBench): void {
  it('shows each plane with the snapshot that it routes by', async () => {
    await kickedOff(store());
    for (const [i, plane] of ['guard-2', 'guard-1', 'guard-2'].entries()) {
      const batch = batchOf(plane, i + 1, { snapshotVersion: i });
      await store().ingest(ORDERS, batch, taking({ now: START_AT + i }));
    }
    expect((await store().evidence(ORDERS, looking())).planes).toEqual([
      { id: 'guard-1', seenAt: START_AT + 1, snapshotVersion: 1 },
      { id: 'guard-2', seenAt: START_AT + 2, snapshotVersion: 2 },
    ]);
  });

  it('keeps the latest look at each side, in whatever order looks arrive', async () => {
    await kickedOff(store());
    const look = (side: 'legacy' | 'candidate', at: number, isHealthy: boolean) => ({
      side,
      at: START_AT + at,
      isHealthy,
      build: `b${at}`,
      because: isHealthy ? null : 'HTTP 503',
    });
    const batches = [
      [look('candidate', 20, false), look('legacy', 10, true)],
      [look('candidate', 10, true)],
      [look('candidate', 15, true), look('candidate', 12, true)],
    ];
    for (const [i, health] of batches.entries()) {
      const now = START_AT + 100;
      await store().ingest(ORDERS, batchOf('guard-1', i + 1, { health }), taking({ now }));
    }
    expect((await store().evidence(ORDERS, looking())).health).toEqual({
      candidate: look('candidate', 20, false),
      legacy: look('legacy', 10, true),
    });
  });

  it('does not let a plane whose clock is ahead hide that the candidate fell ill', async () => {
    await kickedOff(store());
    const look = { side: 'candidate', build: 'c1' } as const;
    const ahead = { ...look, at: START_AT + HOUR_MS, isHealthy: true, because: null };
    const ill = { ...look, at: START_AT + 1, isHealthy: false, because: 'HTTP 503' };
    await store().ingest(ORDERS, batchOf('guard-1', 1, { health: [ahead] }), taking());
    const now = START_AT + 2;
    await store().ingest(ORDERS, batchOf('guard-2', 1, { health: [ill] }), taking({ now }));
    expect((await store().evidence(ORDERS, looking())).health.candidate).toEqual(ill);
  });
}

function trafficShown({ store }: StoreBench): void {
  it('counts no legacy traffic before a plane has reported', async () => {
    await kickedOff(store());
    expect((await store().evidence(ORDERS, looking())).legacyTraffic).toBeNull();
  });

  it('knows when legacy was last called, and that the counter is alive', async () => {
    await kickedOff(store());
    const counted = [
      { legacyHits: 0, legacyProbes: 0 },
      { legacyHits: 3, legacyProbes: 0 },
      { legacyHits: 0, legacyProbes: 2 },
      { legacyHits: 0, legacyProbes: 1 },
    ];
    for (const [i, counts] of counted.entries()) {
      const now = START_AT + i * 1_000;
      await store().ingest(ORDERS, batchOf('guard-1', i + 1, counts), taking({ now }));
    }
    expect((await store().evidence(ORDERS, looking())).legacyTraffic).toEqual({
      lastHitAt: START_AT + 1_000,
      countingSince: START_AT,
      probes: 3,
      lastProbeAt: START_AT + 3_000,
    });
  });

  it('keeps the newest scan of the source tree', async () => {
    await kickedOff(store());
    for (const [files, scannedAt] of [
      [61, 10],
      [3, 30],
      [40, 20],
    ] as const) {
      await store().noteLegacyCode(ORDERS, { files, scannedAt });
    }
    const { legacyCode, data } = await store().evidence(ORDERS, looking());
    expect(legacyCode).toEqual({ files: 3, scannedAt: 30 });
    expect(data).toBeNull();
  });
}

function latencyShown(bench: StoreBench): void {
  const { store } = bench;

  it('shows the latency of an epoch, all its steps together', async () => {
    await kickedOff(store());
    const sketch = (index: number, ms: number) => ({
      count: 1,
      sumMs: ms,
      maxMs: ms,
      buckets: [[index, 1]] as const,
    });
    await report(bench, [
      { step: 1, verdicts: {}, latency: sketch(5, 1.5) },
      { step: 2, verdicts: {}, latency: sketch(7, 2.25) },
      { step: 2, verdicts: {}, latency: sketch(5, 1.5) },
      { epoch: 2, step: 3, verdicts: {}, latency: sketch(9, 100) },
    ]);
    const buckets = [
      [5, 2],
      [7, 1],
    ];
    const both = { count: 3, sumMs: 5.25, maxMs: 2.25, buckets };
    expect(await store().latency(ORDERS, 1)).toEqual([
      { seam: 'quote', stratum: '', legacy: both, candidate: both },
    ]);
    expect(await store().latency(ORDERS, 7)).toEqual([]);
  });
}

function historyShown(bench: StoreBench): void {
  const { store } = bench;
  const all = { seam: null, stratum: null, limit: 100 };

  it('shows what was compared over time, by stratum and step of every epoch, latest first', async () => {
    await kickedOff(store());
    await report(bench, [
      { step: 1, verdicts: { match: 8, mismatch: 2 } },
      { step: 2, verdicts: { match: 5 } },
      { epoch: 2, step: 3, verdicts: { match: 1 } },
    ]);
    const rows = await store().history(ORDERS, all);
    expect(rows.map(({ epoch, step }) => [epoch, step])).toEqual([
      [2, 3],
      [1, 2],
      [1, 1],
    ]);
    const at = START_AT + 1_000;
    expect(rows[2]?.slices).toEqual([{ fromAt: at, toAt: at, trials: 10, hits: 2 }]);
    expect(rows[2]?.verdicts).toMatchObject({ match: 8, mismatch: 2 });
  });

  it('shows the history of one seam, of one stratum, and no more rows than asked for', async () => {
    await kickedOff(store());
    const places = [
      ['quote', ''],
      ['quote', 'gold'],
      ['orders', ''],
    ] as const;
    const strata = places.map(([seam, stratum]) => seen({ seam, stratum, verdicts: { match: 1 } }));
    await store().ingest(ORDERS, batchOf('guard-1', 1, { strata }), taking());
    const shown = async (scope: Partial<typeof all> | { seam: string; stratum?: string }) =>
      (await store().history(ORDERS, { ...all, ...scope })).map(({ seam, stratum }) => [
        seam,
        stratum,
      ]);
    expect(await shown({ seam: 'quote' })).toEqual([
      ['quote', ''],
      ['quote', 'gold'],
    ]);
    expect(await shown({ seam: 'quote', stratum: '' })).toEqual([['quote', '']]);
    expect(await shown({ limit: 2 })).toHaveLength(2);
    expect(await shown({ limit: 0 })).toEqual([]);
  });
}
