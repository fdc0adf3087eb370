import { systemClock } from '@falsework/system';
import { describe, expect, it } from 'vitest';
import { ask, drainAll, execute } from '../../test/stores.ts';
import { authority, DAY_MS, switchBench } from '../../test/switch-bench.ts';
import { violations } from '../../test/switching.ts';
import { presentInstant } from '../drain/follower.ts';
import { dataReport } from '../stages/report.ts';
import { noteRehearsal } from './rehearsal.ts';
import { rehearse } from './rehearse.ts';
import { leftovers } from './strike-stores.ts';
import { listRuns, rollBackStores, turnOver } from './turnover.ts';
import { isFenced, writerFence } from './writer-fence.ts';

const { missing, urls, connected, writing, opened, rehearsed } = await switchBench();

describe.skipIf(missing !== null)(missing ?? 'switching two stores', () => {
  it('moves writers over and back and over again, and loses no acknowledged write', async () => {
    const one = await rehearsed();
    const writers = writing(6);
    const steps = [];
    for (const act of [turnOver, rollBackStores, turnOver]) {
      const before = writers.acknowledged;
      steps.push((await act(one.parts)).state);
      await expect.poll(() => writers.acknowledged).toBeGreaterThan(before + 50);
    }
    expect(steps).toEqual(['done', 'done', 'done']);
    const history = await writers.stop();
    await drainAll(one.parts.reverse);
    expect(await violations(one.stores, history)).toEqual([]);
    expect(history.size).toBeGreaterThan(50);
    expect(writers.fenced).toBeGreaterThan(0);
    const runs = await listRuns(one.parts);
    expect(runs.map(({ kind, state }) => [kind, state])).toEqual([
      ['turnover', 'done'],
      ['rollback', 'done'],
      ['turnover', 'done'],
    ]);
    expect(runs.every(({ facts }) => facts.flip !== undefined && facts.resurrected === 0)).toBe(
      true,
    );
  });

  it('knows right after a switch that the stores are equal, whichever feed compared them', async () => {
    const one = await rehearsed();
    await execute(one.stores.legacy, `insert into accounts (owner, amount) values ('a', 1)`);
    const known = async (): Promise<unknown> => {
      const { divergence } = await dataReport(one.parts, systemClock.now());
      return divergence;
    };
    for (const act of [turnOver, rollBackStores, turnOver]) {
      const since = systemClock.now();
      expect((await act(one.parts)).state).toBe('done');
      expect(await known()).toMatchObject({ rows: 0, zeroSince: expect.any(Number) });
      const { verifiedThrough } = (await known()) as { readonly verifiedThrough: number };
      // Both servers run on this machine, so their clocks are ours.
      expect(verifiedThrough).toBeGreaterThanOrEqual(since);
    }
  });

  it('refuses a writer that began before the fence and writes behind it', async () => {
    const one = await rehearsed();
    const late = await connected(urls().legacy);
    await late.query('begin isolation level repeatable read');
    await late.query('select count(*) from accounts');
    expect((await turnOver(one.parts)).state).toBe('done');
    const refused = late.query(`insert into accounts (owner, amount) values ('late', 1)`);
    // A transaction that reads an old snapshot sees the fence as it was, and is stopped all the
    // same.
    await expect(refused).rejects.toMatchObject({ code: expect.stringMatching(/^(25006|40001)$/) });
    expect(await ask(one.stores.legacy, 'select count(*) from accounts')).toEqual([['0']]);
  });

  it('waits for a writer under way, and undoes itself when that one does not end', async () => {
    const one = await rehearsed({ limits: { fenceMs: 1_200, patienceMs: 100 } });
    const slow = await connected(urls().legacy);
    // The fence has to be there before anybody can be under way behind it.
    expect((await rehearse(one.parts, { validMs: DAY_MS })).state).toBe('done');
    await slow.query('begin');
    await slow.query(`insert into accounts (owner, amount) values ('slow', 1)`);
    const undone = await turnOver(one.parts);
    expect(undone).toMatchObject({ state: 'undone', error: { code: 'FW_TURNOVER_TIMEOUT' } });
    expect(await authority(one)).toBe('legacy');
    await slow.query('commit');
    expect((await turnOver(one.parts)).state).toBe('done');
    expect(await ask(one.stores.candidate, 'select owner from ledger_accounts')).toEqual([
      ['slow'],
    ]);
  });

  it('lets an application fence itself, in its own transaction', async () => {
    const one = await rehearsed();
    const fence = writerFence('ledger');
    await rehearse(one.parts, { validMs: DAY_MS });
    const client = await connected(urls().legacy);
    await client.query('begin');
    await fence.enter(client);
    await client.query('commit');
    await turnOver(one.parts);
    await client.query('begin');
    const error = await fence.enter(client).then(
      () => null,
      (reason: unknown) => reason,
    );
    expect(isFenced(error)).toBe(true);
  });

  it('gives the new authority numbers that nobody had before', async () => {
    const one = await rehearsed();
    await execute(
      one.stores.legacy,
      `insert into accounts (owner, amount) select 'x' || i, 1 from generate_series(1, 50) i;
       delete from accounts where id = 50; select nextval('accounts_id_seq') from generate_series(1, 9)`,
    );
    expect((await turnOver(one.parts)).state).toBe('done');
    const [[id]] = (await ask(
      one.stores.candidate,
      `insert into ledger_accounts (owner, amount_cents) values ('new', 1) returning account_id`,
    )) as [[string]];
    expect(Number(id)).toBeGreaterThan(59);
  });

  it('undoes itself when a row differs, whatever the passes before said', async () => {
    const one = await rehearsed();
    await execute(
      one.stores.legacy,
      `insert into accounts (owner, amount) values ('a', 1), ('b', 2)`,
    );
    await drainAll(one.parts.forward);
    const planted = await opened({
      ports: {
        verify: async (feed) => {
          const { snapshot } = await presentInstant(feed);
          // From here on every row that is drained comes out otherwise, and only the last
          // comparison looks. A write of our own beside the switch might come after that.
          await execute(one.stores.candidate, SPOIL);
          await execute(one.stores.legacy, `update accounts set amount = 3 where owner = 'a'`);
          return { divergent: 0, through: snapshot };
        },
        invariants: async () => [],
      },
    });
    const outcome = await turnOver(planted.parts);
    expect(outcome).toMatchObject({ state: 'undone', error: { code: 'FW_TURNOVER_DIVERGED' } });
    expect(await authority(one)).toBe('legacy');
    await execute(one.stores.legacy, `insert into accounts (owner, amount) values ('c', 1)`);
  });

  it('undoes itself when a business invariant differs', async () => {
    const one = await rehearsed({ ports: { invariants: async () => ['balanced'] } });
    const outcome = await turnOver(one.parts);
    expect(outcome).toMatchObject({ state: 'undone', error: { code: 'FW_TURNOVER_INVARIANT' } });
    expect(await authority(one)).toBe('legacy');
  });

  it('is refused without a rehearsal, with one that expired, and with one of another schema', async () => {
    const one = await opened();
    expect(await turnOver(one.parts)).toMatchObject({
      state: 'refused',
      because: 'the way back was never rehearsed',
    });
    const facts = { at: 1, rollbackMs: 1, expiresAt: 2, probes: 1, arrived: 1, rowsTried: 1 };
    await noteRehearsal(one.stores, one.parts.forward, facts);
    expect(await turnOver(one.parts)).toMatchObject({
      because: expect.stringContaining('has expired'),
    });
    expect((await rehearse(one.parts, { validMs: DAY_MS })).state).toBe('done');
    await execute(one.stores.candidate, 'alter table ledger_accounts add column note text');
    expect(await turnOver(one.parts)).toMatchObject({
      because: expect.stringContaining('has changed since'),
    });
  });
});

const SPOIL = `
  create function spoil() returns trigger language plpgsql as
    $$ begin new.amount_cents := new.amount_cents + 1; return new; end $$;
  create trigger spoil before insert or update on ledger_accounts
    for each row execute function spoil();
  alter table ledger_accounts enable always trigger spoil`;

describe.skipIf(missing !== null)('a rehearsal', () => {
  it('tries rows, probes and times on the stores, and leaves both as they were', async () => {
    const one = await opened();
    await execute(
      one.stores.legacy,
      `insert into accounts (owner, amount) select 'x' || i, i / 7.0 from generate_series(1, 300) i`,
    );
    await drainAll(one.parts.forward);
    const before = await ask(one.stores.legacy, 'select xmin, * from accounts order by id');
    const outcome = await rehearse(one.parts, { validMs: DAY_MS, probes: 7 });
    expect(outcome).toMatchObject({
      state: 'done',
      rehearsal: { probes: 7, arrived: 7, rowsTried: 200 },
    });
    expect(await ask(one.stores.legacy, 'select xmin, * from accounts order by id')).toEqual(
      before,
    );
    expect((await leftovers(one.stores, 'ledger probe')).legacy).toEqual([]);
    const report = await dataReport(one.parts, systemClock.now());
    expect(report).toMatchObject({ authority: 'legacy', rehearsal: { voidBecause: null } });
  });

  it('finds a mapping whose way back is another value', async () => {
    const one = await opened();
    await execute(one.stores.legacy, `insert into accounts (owner, amount) values ('a', 1.25)`);
    await drainAll(one.parts.forward);
    await execute(
      one.stores.legacy,
      `create function spoil() returns trigger language plpgsql as
         $$ begin new.amount := new.amount + 0.01; return new; end $$;
       create trigger spoil before update on accounts for each row execute function spoil();
       alter table accounts enable always trigger spoil`,
    );
    const outcome = await rehearse(one.parts, { validMs: DAY_MS, probes: 2 });
    expect(outcome).toMatchObject({
      state: 'failed',
      because: expect.stringContaining('came out otherwise'),
    });
    expect(await ask(one.stores.legacy, 'select amount from accounts')).toEqual([['1.25']]);
  });
});
