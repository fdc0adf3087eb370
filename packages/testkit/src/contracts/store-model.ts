import type { EvidenceBatch, VerdictCounts } from '@falsework/core/evidence';
import { addVerdicts, NO_VERDICTS } from '@falsework/core/evidence';
import type { ControlStore } from '@falsework/core/ports';
import type { Decision } from '@falsework/core/stage';
import { expect } from 'vitest';
import { START_AT } from '../migration-fixtures.ts';
import { looking, ORDERS } from './store-fixtures.ts';

const SEPARATOR = ' | ';

/**
 * What a store should know, kept in the plainest way there is: sums in maps. It has no windows and
 * no alarms, which follow the order of arrival and are tried for themselves.
 */
export class StoreModel {
  readonly log: Decision[] = [];
  readonly planes = new Map<string, number>();
  readonly strata = new Map<string, VerdictCounts>();
  readonly served = new Map<string, number>();
  readonly causes = new Map<string, number>();
  probes = 0;
  lastHitAt: number | null = null;
  countingSince: number | null = null;
  /** The model's own clock: every batch comes a second after the one before. */
  now = START_AT;

  /** Counts a batch, and says whether it was new. */
  take(batch: EvidenceBatch): boolean {
    this.now += 1_000;
    if (batch.sequence <= (this.planes.get(batch.plane) ?? 0)) return false;
    this.planes.set(batch.plane, batch.sequence);
    for (const { seam, stratum, position, tally } of batch.strata) {
      const key = [position.epoch, position.step, seam, stratum].join(SEPARATOR);
      const before = this.strata.get(key) ?? NO_VERDICTS;
      this.strata.set(key, addVerdicts(before, tally.verdicts));
    }
    for (const { seam, step, served } of batch.seams) {
      add(this.served, [step, seam].join(SEPARATOR), served.candidate.requests);
    }
    for (const { epoch, seam, id, count } of batch.signatures) {
      add(this.causes, [epoch, seam, id].join(SEPARATOR), count);
    }
    this.probes += batch.legacyProbes;
    this.countingSince ??= this.now;
    if (batch.legacyHits > 0) this.lastHitAt = this.now;
    return true;
  }
}

function add(sums: Map<string, number>, key: string, value: number): void {
  sums.set(key, (sums.get(key) ?? 0) + value);
}

/** Compares all that a store shows with all that the model knows. */
export async function expectAlike(model: StoreModel, store: ControlStore): Promise<void> {
  expect(await store.decisions(ORDERS, 0, 1_000)).toEqual(model.log);
  expect((await store.migration(ORDERS))?.version ?? 0).toBe(model.log.length);
  expect((await store.snapshot(ORDERS))?.version ?? 0).toBe(model.log.length);
  const strata = new Map<string, VerdictCounts>();
  const served = new Map<string, number>();
  for (const [epoch, step] of POSITIONS) {
    const scope = looking({ epoch, step, now: model.now });
    const view = await store.evidence(ORDERS, scope);
    for (const { seam, stratum, step: counts } of view.strata) {
      // A stratum of another step of the epoch is shown as well, at zero.
      if (counts.verdicts.match + counts.verdicts.mismatch === 0) continue;
      strata.set([epoch, step, seam, stratum].join(SEPARATOR), counts.verdicts);
    }
    for (const { seam, step: counts } of view.seams) {
      served.set([step, seam].join(SEPARATOR), counts.candidate.requests);
    }
    expect(view.planes.map(({ id }) => id)).toEqual([...model.planes.keys()].toSorted());
    expect(view.legacyTraffic?.probes ?? 0).toBe(model.probes);
    expect(view.legacyTraffic?.lastHitAt ?? null).toBe(model.lastHitAt);
    expect(view.legacyTraffic?.countingSince ?? null).toBe(model.countingSince);
  }
  expect(strata).toEqual(model.strata);
  expect(served).toEqual(model.served);
  const records = await store.signatures(ORDERS, null, 1_000);
  const causes = records.map(({ epoch, seam, id, count }) => {
    return [[epoch, seam, id].join(SEPARATOR), count] as const;
  });
  expect(new Map(causes)).toEqual(model.causes);
  const counts = causes.map(([, count]) => count);
  expect(counts).toEqual(counts.toSorted((a, b) => b - a));
}

/** The epochs and steps in which evidence of the model may lie; a step belongs to one epoch. */
export const POSITIONS = [
  [1, 1],
  [1, 2],
  [2, 3],
] as const;
