import type { EvidenceBatch } from '@falsework/core/evidence';
import type { Commit, ControlStore } from '@falsework/core/ports';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  batchOf,
  caused,
  firstCommit,
  nextCommit,
  ORDERS,
  seen,
  served,
  taking,
} from './store-fixtures.ts';
import { expectAlike, POSITIONS, StoreModel } from './store-model.ts';
import type { StoreSubject } from './store-subject.ts';

const RUNS = 12;

/** A store as a journey goes through it: it may be closed and opened again on the way. */
interface Real {
  store: ControlStore;
  readonly reopen: () => Promise<ControlStore>;
}

type Step = fc.AsyncCommand<StoreModel, Real>;

/** Whatever is asked of a store in whatever order, it shows what the plainest bookkeeping shows. */
export function journeysContract(subject: StoreSubject): void {
  describe('journeys', () => {
    it('end where plain sums end, through repeats, rivals and restarts', async () => {
      const property = fc.asyncProperty(journeys(subject), async (steps) => {
        const open = await subject.place();
        const real: Real = { store: await open(), reopen: open };
        const model = new StoreModel();
        await fc.asyncModelRun(() => ({ model, real }), steps);
        await expectAlike(model, real.store);
        await real.store.close();
      });
      await fc.assert(property, { numRuns: RUNS, seed: 2026 });
    });
  });
}

function journeys({ isPrivate }: StoreSubject) {
  const always = [
    fc.constant(new Decide()),
    fc.constant(new DecideOnOldState()),
    reported().map((batch) => new Report(batch)),
    reported().map((batch) => new Report(batch)),
    fc.constant(new Look()),
  ];
  // What lives in memory ends with its store.
  const all = isPrivate ? always : [...always, fc.constant(new Restart())];
  return fc.commands(all as fc.Arbitrary<Step>[], { maxCommands: 25 });
}

/** Batches of few planes with few numbers, so that many come twice, late or with a gap. */
function reported(): fc.Arbitrary<EvidenceBatch> {
  const seam = fc.constantFrom('quote', 'orders');
  const position = fc.constantFrom(...POSITIONS);
  const stratum = fc
    .record({
      seam,
      position,
      stratum: fc.constantFrom('', 'gold'),
      match: fc.integer({ min: 1, max: 99 }),
    })
    .map(({ position: [epoch, step], match, ...place }) =>
      seen({ ...place, epoch, step, verdicts: { match, mismatch: match % 3 } }),
    );
  const atSeam = fc
    .record({ seam, position, requests: fc.nat(50) })
    .map(({ seam: name, position: [, step], requests }) =>
      served([requests, 0], [0, 0], { seam: name, step }),
    );
  const cause = fc
    .record({
      seam,
      position,
      id: fc.constantFrom('a41f', '7c20'),
      count: fc.integer({ min: 1, max: 9 }),
    })
    .map(({ position: [epoch], id, ...over }) => caused(id, over.count, { ...over, epoch }));
  return fc
    .record({
      plane: fc.constantFrom('guard-1', 'guard-2', 'seam'),
      sequence: fc.integer({ min: 1, max: 8 }),
      strata: fc.array(stratum, { maxLength: 4 }),
      seams: fc.array(atSeam, { maxLength: 3 }),
      signatures: fc.array(cause, { maxLength: 3 }),
      legacyHits: fc.constantFrom(0, 0, 3),
      legacyProbes: fc.constantFrom(0, 1),
    })
    .map(({ plane, sequence, ...rest }) => batchOf(plane, sequence, rest));
}

/** What comes next: the kickoff, and after it a hold and a resume in turn. */
async function upcoming(model: StoreModel, { store }: Real): Promise<Commit> {
  return model.log.length === 0 ? firstCommit(ORDERS) : nextCommit(store, 'ada');
}

class Decide implements Step {
  check(): boolean {
    return true;
  }

  async run(model: StoreModel, real: Real): Promise<void> {
    const commit = await upcoming(model, real);
    expect(await real.store.commit(commit)).toBe('committed');
    model.log.push(commit.decision);
  }

  toString(): string {
    return 'decide';
  }
}

/** Two decide on the same state; the second comes too late. */
class DecideOnOldState implements Step {
  check(): boolean {
    return true;
  }

  async run(model: StoreModel, real: Real): Promise<void> {
    const [commit, rival] = [await upcoming(model, real), await upcoming(model, real)];
    expect(await real.store.commit(commit)).toBe('committed');
    expect(await real.store.commit(rival)).toBe('stale');
    model.log.push(commit.decision);
  }

  toString(): string {
    return 'decide twice';
  }
}

class Report implements Step {
  readonly #batch: EvidenceBatch;

  constructor(batch: EvidenceBatch) {
    this.#batch = batch;
  }

  check(): boolean {
    return true;
  }

  async run(model: StoreModel, { store }: Real): Promise<void> {
    if (model.log.length === 0) {
      const early = store.ingest(ORDERS, this.#batch, taking({ now: model.now }));
      await expect(early).rejects.toMatchObject({ code: 'FW_STORE_NO_MIGRATION' });
      return;
    }
    const isNew = model.take(this.#batch);
    const taken = await store.ingest(ORDERS, this.#batch, taking({ now: model.now }));
    expect(taken).toBe(isNew);
  }

  toString(): string {
    return `report ${JSON.stringify(this.#batch)}`;
  }
}

class Look implements Step {
  check(): boolean {
    return true;
  }

  async run(model: StoreModel, { store }: Real): Promise<void> {
    await expectAlike(model, store);
  }

  toString(): string {
    return 'look';
  }
}

class Restart implements Step {
  check(): boolean {
    return true;
  }

  async run(_model: StoreModel, real: Real): Promise<void> {
    await real.store.close();
    real.store = await real.reopen();
  }

  toString(): string {
    return 'restart';
  }
}
