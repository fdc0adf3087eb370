import { setTimeout as later } from 'node:timers/promises';
import { SeededRandom } from '@falsework/testkit';
import { postgresForTests } from '@falsework/testkit/postgres';
import { afterAll, describe, expect, it } from 'vitest';
import { type Accounts, accounts, openDivergences, quietly } from '../../test/reconciling.ts';
import { execute } from '../../test/stores.ts';
import { runDrain } from '../drain/run-drain.ts';
import { repair } from './repair.ts';
import { runReconcile } from './run-reconcile.ts';

const one = await postgresForTests();
const two = await postgresForTests();
const missing = one.missing ?? two.missing;

afterAll(async () => {
  await one.server?.stop();
  await two.server?.stop();
});

const WRITERS = 5;
const KEYS = 3_000;
// Nobody but the planter of drifts writes to the keys from here on.
const STILL = 2_900;

/**
 * One transaction of a writer: some rows inserted, updated or deleted, now and then rolled back.
 */
function transaction(random: SeededRandom): string {
  const statements = Array.from({ length: 1 + random.below(4) }, () => {
    const id = 1 + random.below(STILL - 1);
    const amount = random.below(1_000_000) / 100;
    if (random.chance(0.2)) return `delete from accounts where id = ${id}`;
    return `insert into accounts values (${id}, 'o${id}', null, ${amount}, 1, 'bad')
      on conflict (id) do update set amount = excluded.amount, mood = excluded.mood`;
  });
  // Locks in the order of keys, so that writers do not run into deadlocks; those are not our
  // subject.
  const ordered = statements.toSorted((a, b) => keyIn(a) - keyIn(b));
  return `begin; ${ordered.join('; ')}; ${random.chance(0.1) ? 'rollback' : 'commit'}`;
}

const keyIn = (statement: string): number =>
  Number(/(?:id = |values \()(\d+)/.exec(statement)?.[1]);

/** Runs writers and the drain for as long as `act` takes; gives the number of transactions. */
async function underFire(
  { stores, feed }: Accounts,
  seed: number,
  act: () => Promise<void>,
): Promise<number> {
  const stop = new AbortController();
  let transactions = 0;
  const writers = Array.from({ length: WRITERS }, async (_, i) => {
    const random = new SeededRandom(seed * 100 + i);
    while (!stop.signal.aborted) {
      await execute(stores.legacy, transaction(random));
      transactions += 1;
    }
  });
  const drain = runDrain(feed, { signal: stop.signal });
  try {
    await later(200);
    await act();
  } finally {
    stop.abort();
    await Promise.all(writers);
    await drain;
  }
  return transactions;
}

describe.skipIf(missing !== null)(missing ?? 'reconciling while both stores are written to', () => {
  it.each([7, 11])(
    'finds the drifts that were planted and no other, pass after pass (seed %i)',
    async (seed) => {
      const at = await accounts([one.server, two.server] as Parameters<typeof accounts>[0], {
        half: KEYS / 2,
      });
      const drifts = [2901, 2915, 2930, 2950, 2999];
      try {
        let inFlight = 0;
        const written = await underFire(at, seed, async () => {
          for (let pass = 0; pass < 3; pass += 1) {
            const report = await runReconcile(at.feed, { targetMs: 20 });
            expect(await openDivergences(at)).toEqual([]);
            expect(report.isClean).toBe(true);
            inFlight += report.passes[0]?.inFlight ?? 0;
          }
          await quietly(
            at.stores.candidate,
            at.feed,
            `update ledger_accounts set rate = 9 where account_id in (${drifts.join()})`,
          );
          for (let pass = 0; pass < 3; pass += 1) {
            const report = await runReconcile(at.feed, { targetMs: 20 });
            expect(await openDivergences(at)).toEqual(drifts.map((key) => `${key} corruption`));
            expect(report.passes[0]).toMatchObject({ state: 'diverged', unsettled: 0 });
          }
          const { rows } = await repair(at.feed, { by: 'test', execute: true });
          expect(rows.map(({ outcome }) => outcome)).toEqual(drifts.map(() => 'done'));
          expect((await runReconcile(at.feed)).isClean).toBe(true);
        });
        expect(written).toBeGreaterThan(100);
        expect(inFlight).toBeGreaterThan(0);
      } finally {
        await at.stores.close();
      }
    },
  );
});
