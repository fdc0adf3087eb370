import { compared } from '@falsework/core/evidence';
import type { ControlStore } from '@falsework/core/ports';
import { replay } from '@falsework/core/stage';
import { describe, expect, it } from 'vitest';
import { FixtureMigration } from '../migration-fixtures.ts';
import {
  batchOf,
  caused,
  commitOf,
  kickedOff,
  looking,
  nextCommit,
  ORDERS,
  seen,
  served,
  taking,
} from './store-fixtures.ts';
import { type StoreBench, type StoreSubject, storeBench } from './store-subject.ts';

/** Many hands on one store: nothing is lost, nothing is done twice. */
export function concurrencyContract(subject: StoreSubject): void {
  describe('many hands', () => {
    const bench = storeBench(subject);
    deciders(bench);
    reporters(bench);
    closing(bench, subject);
  });
}

function deciders({ store, another }: StoreBench): void {
  it('lets exactly one of eight deciders win', async () => {
    await kickedOff(store());
    const hands = [store(), await another()];
    const commits = await Promise.all(
      Array.from({ length: 8 }, (_, i) => nextCommit(store(), `decider ${i}`)),
    );
    const results = await Promise.all(
      commits.map((commit, i) => (hands[i % 2] as ControlStore).commit(commit)),
    );
    const winners = commits.filter((_, i) => results[i] === 'committed');
    expect(winners).toHaveLength(1);
    expect(results.filter((result) => result === 'stale')).toHaveLength(7);
    expect((await store().decisions(ORDERS, 1, 10))[0]).toEqual(winners[0]?.decision);
    expect(await store().snapshot(ORDERS)).toEqual(winners[0]?.snapshot);
  });

  it('lets exactly one of many start a migration', async () => {
    const hands = [store(), await another(), await another()];
    const results = await Promise.all(
      hands.map((hand) => hand.commit(commitOf(new FixtureMigration()))),
    );
    expect(results.toSorted()).toEqual(['committed', 'stale', 'stale']);
  });

  it('keeps a log without gaps or doubles while two decide against each other', async () => {
    await kickedOff(store());
    const rivals = [store(), await another()];
    const wins = await Promise.all(rivals.map((hand, i) => decideOften(hand, `rival ${i}`, 20)));
    const total = wins.reduce((sum, won) => sum + won, 1);
    const log = await store().decisions(ORDERS, 0, 1_000);
    expect(log.map((line) => line.sequence)).toEqual(log.map((_, i) => i + 1));
    expect(log).toHaveLength(total);
    expect(replay(log)).toEqual({ state: await store().migration(ORDERS) });
  });
}

async function decideOften(store: ControlStore, by: string, times: number): Promise<number> {
  let won = 0;
  for (let i = 0; i < times; i += 1) {
    const result = await store.commit(await nextCommit(store, by));
    if (result === 'committed') won += 1;
  }
  return won;
}

function reporters({ store, another }: StoreBench): void {
  it('counts every batch of planes that report at once, each once', async () => {
    await kickedOff(store());
    const hands = [store(), await another()];
    const planes = ['a', 'b', 'c', 'd'];
    await Promise.all(
      planes.map(async (plane, i) => {
        for (let sequence = 1; sequence <= 10; sequence += 1) {
          const batch = batchOf(plane, sequence, {
            strata: [seen({ verdicts: { match: 2, mismatch: 1 } })],
            seams: [served([3, 1])],
            signatures: [caused('a41f', sequence)],
            legacyProbes: 1,
          });
          // Every batch twice, by both ways at once, as a plane does that did not hear the answer.
          const taken = await Promise.all(
            hands.map((hand) => hand.ingest(ORDERS, batch, taking())),
          );
          expect(taken.filter(Boolean), `batch ${sequence} of plane ${i}`).toHaveLength(1);
        }
      }),
    );
    const view = await store().evidence(ORDERS, looking());
    expect(view.strata[0]?.epoch.verdicts).toMatchObject({ match: 80, mismatch: 40 });
    expect(compared(view.strata[0]?.step.verdicts ?? never())).toBe(120);
    expect(view.seams[0]?.step.candidate).toEqual({ requests: 120, failures: 40 });
    expect(view.legacyTraffic?.probes).toBe(40);
    expect((await store().signatures(ORDERS, 1, 10))[0]?.count).toBe(40);
  });

  it('shows evidence of one moment while planes report', async () => {
    await kickedOff(store());
    const hand = await another();
    const progress = { isDone: false };
    const reporting = (async () => {
      for (let sequence = 1; sequence <= 40; sequence += 1) {
        const batch = batchOf('guard-1', sequence, {
          strata: [seen({ verdicts: { match: 3 } })],
          seams: [served([2, 0])],
          legacyProbes: 1,
        });
        await hand.ingest(ORDERS, batch, taking());
      }
      progress.isDone = true;
    })();
    while (!progress.isDone) {
      const { strata, seams, legacyTraffic } = await store().evidence(ORDERS, looking());
      const batches = legacyTraffic?.probes ?? 0;
      expect(strata[0]?.epoch.verdicts.match ?? 0).toBe(3 * batches);
      expect(seams[0]?.step.candidate.requests ?? 0).toBe(2 * batches);
    }
    await reporting;
  });

  it('decides while evidence comes in', async () => {
    await kickedOff(store());
    const hand = await another();
    const reporting = Array.from({ length: 20 }, (_, i) =>
      hand.ingest(ORDERS, batchOf(`plane ${i}`, 1, { legacyProbes: 1 }), taking()),
    );
    expect(await decideOften(store(), 'ada', 10)).toBe(10);
    expect(await Promise.all(reporting)).toEqual(reporting.map(() => true));
    expect((await store().evidence(ORDERS, looking())).legacyTraffic?.probes).toBe(20);
  });
}

function never(): never {
  throw new Error('There is no such evidence.');
}

function closing({ store, another }: StoreBench, { isPrivate }: StoreSubject): void {
  it('finishes what was begun before it closes, and takes nothing after', async () => {
    await kickedOff(store());
    const commit = await nextCommit(store(), 'ada');
    const committing = store().commit(commit);
    const closed = store().close();
    await expect(store().migrations()).rejects.toMatchObject({ code: 'FW_STORE_CLOSED' });
    await expect(committing).resolves.toBe('committed');
    await closed;
    await store().close();
    await expect(store().commit(commit)).rejects.toMatchObject({ code: 'FW_STORE_CLOSED' });
  });

  it.skipIf(isPrivate)('shows everything again when it is opened again', async () => {
    const migration = await kickedOff(store());
    const batch = batchOf('guard-1', 1, { strata: [seen({ verdicts: { match: 7 } })] });
    await store().ingest(ORDERS, batch, taking());
    const before = await store().evidence(ORDERS, looking());
    await store().close();
    const again = await another();
    expect(await again.migration(ORDERS)).toEqual(migration.current);
    expect(await again.evidence(ORDERS, looking())).toEqual(before);
    expect(await again.ingest(ORDERS, batch, taking())).toBe(false);
  });
}
