import { setTimeout as later } from 'node:timers/promises';
import { SeededRandom } from '@falsework/testkit';
import { postgresForTests } from '@falsework/testkit/postgres';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { ACCOUNTS, type Accounts, accounts, quietly } from '../../test/reconciling.ts';
import { drainAll, execute, resolved, startedFeed } from '../../test/stores.ts';
import { runDrain } from '../drain/run-drain.ts';
import { sql, table } from '../mapping/sql.ts';
import { checkInvariants } from './invariants.ts';

const one = await postgresForTests();
const two = await postgresForTests();
const missing = one.missing ?? two.missing;
const open: Accounts[] = [];

afterEach(async () => {
  for (const { stores } of open.splice(0)) await stores.close();
});
afterAll(async () => {
  await one.server?.stop();
  await two.server?.stop();
});

async function world(): Promise<Accounts> {
  const made = await accounts([one.server, two.server] as Parameters<typeof accounts>[0]);
  open.push(made);
  return made;
}

const TOTAL = { total: sql`select sum(amount_cents), count(*) from ${table('accounts')}` };
const OWN = {
  total: {
    legacy: sql`select sum(amount) * 100, count(*) from accounts`,
    candidate: sql`select sum(amount_cents)::numeric(30,2), count(*) from ledger_accounts`,
  },
};

describe.skipIf(missing !== null)(missing ?? 'an invariant', () => {
  it('agrees on equal stores, whichever way it is written', async () => {
    const { feed } = await world();
    expect(await checkInvariants(feed, TOTAL)).toMatchObject([{ name: 'total', state: 'agree' }]);
    expect(await checkInvariants(feed, OWN)).toMatchObject([{ state: 'agree' }]);
  });

  it('disagrees by one cent, and says how many rows of the answer differ', async () => {
    const at = await world();
    await quietly(
      at.stores.candidate,
      at.feed,
      'update ledger_accounts set amount_cents = amount_cents + 1 where account_id = 9',
    );
    const byOwner = {
      owners: sql`select owner, sum(amount_cents) from ${table('accounts')} group by 1`,
    };
    expect(await checkInvariants(at.feed, byOwner)).toMatchObject([
      { name: 'owners', state: 'disagree', onlySource: 1, onlyFollower: 1 },
    ]);
  });

  it('is not disturbed by rows in flight', async () => {
    const at = await world();
    await execute(
      at.stores.legacy,
      'update accounts set amount = amount + 1; delete from accounts where id < 4',
    );
    expect(await checkInvariants(at.feed, TOTAL)).toMatchObject([{ state: 'agree' }]);
    await quietly(
      at.stores.candidate,
      at.feed,
      `insert into ledger_accounts values (999, 'y', null, 1, 1, null, now())`,
    );
    expect(await checkInvariants(at.feed, TOTAL)).toMatchObject([{ state: 'disagree' }]);
  });

  it('that reads tables itself waits for nothing to be in flight, and is never a pass before', async () => {
    const at = await world();
    await execute(at.stores.legacy, 'update accounts set amount = amount + 1 where id = 3');
    const unsettled = await checkInvariants(at.feed, OWN, { patienceMs: 0 });
    expect(unsettled).toMatchObject([{ state: 'unsettled', at: null }]);
    await drainAll(at.feed);
    expect(await checkInvariants(at.feed, OWN)).toMatchObject([{ state: 'agree' }]);
  });

  it('agrees at every look while money moves between accounts and the drain runs', async () => {
    const at = await world();
    const stop = new AbortController();
    const random = new SeededRandom(3);
    const drain = runDrain(at.feed, { signal: stop.signal });
    const writer = (async () => {
      while (!stop.signal.aborted) {
        const [from, to] = [1 + random.below(40), 1 + random.below(40)];
        await execute(
          at.stores.legacy,
          `begin; update accounts set amount = amount - 1 where id = ${from};
           update accounts set amount = amount + 1 where id = ${to}; commit`,
        );
      }
    })();
    try {
      for (let look = 0; look < 30; look += 1) {
        expect(await checkInvariants(at.feed, TOTAL)).toMatchObject([{ state: 'agree' }]);
        await later(5);
      }
    } finally {
      stop.abort();
      await writer;
      await drain;
    }
  });

  it('is evaluated on the way back in the same words', async () => {
    const at = await world();
    const { forward } = await resolved(at.stores, ACCOUNTS);
    const back = await startedFeed(at.stores, { tables: ACCOUNTS, direction: 'reverse' });
    expect(await checkInvariants(back, TOTAL, { shapes: forward })).toMatchObject([
      { state: 'agree' },
    ]);
    await execute(
      at.stores.candidate,
      'update ledger_accounts set amount_cents = amount_cents + 100 where account_id = 4',
    );
    expect(await checkInvariants(back, TOTAL, { shapes: forward })).toMatchObject([
      { state: 'agree' },
    ]);
    await quietly(at.stores.legacy, back, 'update accounts set amount = amount + 1 where id = 9');
    expect(await checkInvariants(back, TOTAL, { shapes: forward })).toMatchObject([
      { state: 'disagree' },
    ]);
  });

  it('is refused when it names no table of the plan, or is no query', async () => {
    const { feed } = await world();
    for (const wrong of [
      sql`select * from ${table('nothing')}`,
      sql`selekt 1`,
      sql`select 1 / 0`,
    ]) {
      await expect(checkInvariants(feed, { wrong })).rejects.toMatchObject({
        code: 'FW_DATA_INVARIANT',
      });
    }
  });
});
