import { systemClock } from '@falsework/system';
import { describe, expect, it } from 'vitest';
import { ask, drainAll, execute } from '../../test/stores.ts';
import { authority, DAY_MS, switchBench } from '../../test/switch-bench.ts';
import { runDrain } from '../drain/run-drain.ts';
import { dataReport } from '../stages/report.ts';
import { reverseStanding } from '../stages/reverse-standing.ts';
import { rehearse } from './rehearse.ts';
import { forgetGap, readSeal, sealStores } from './seal.ts';
import { leftovers, strikeStores } from './strike-stores.ts';
import { rollBackStores, turnOver } from './turnover.ts';

const { missing, rehearsed } = await switchBench();

describe.skipIf(missing !== null)(missing ?? 'seal and the gap', () => {
  it('brings everything written since the seal back, deletions included', async () => {
    const one = await rehearsed();
    await execute(
      one.stores.legacy,
      `insert into accounts (owner, amount) values ('keep', 1), ('gone', 1)`,
    );
    await turnOver(one.parts);
    await drainAll(one.parts.reverse);
    const sealed = await sealStores(one.parts.reverse, {
      now: systemClock.now(),
      retainMs: DAY_MS,
    });
    expect(sealed.state).toBe('done');
    await execute(
      one.stores.candidate,
      `insert into ledger_accounts (owner, amount_cents) values ('since', 7);
       update ledger_accounts set amount_cents = 9 where owner = 'keep';
       delete from ledger_accounts where owner = 'gone'`,
    );
    const outcome = await rollBackStores(one.parts);
    expect(outcome).toMatchObject({ state: 'done', run: { facts: { resurrected: 0 } } });
    expect(await readSeal(one.stores.candidate, one.parts.reverse.schema)).toBeNull();
    expect(
      await ask(one.stores.legacy, 'select owner, amount from accounts order by owner'),
    ).toEqual([
      ['keep', '0.09'],
      ['since', '0.07'],
    ]);
    expect(await authority(one)).toBe('legacy');
  });

  it('is refused while something waits on its way back', async () => {
    const one = await rehearsed();
    await turnOver(one.parts);
    await execute(
      one.stores.candidate,
      `insert into ledger_accounts (owner, amount_cents) values ('a', 7)`,
    );
    const sealed = await sealStores(one.parts.reverse, {
      now: systemClock.now(),
      retainMs: DAY_MS,
      withinMs: 0,
    });
    expect(sealed).toMatchObject({ state: 'refused' });
  });

  it('waits for what was written before, and not for writers to rest', async () => {
    const one = await rehearsed();
    await turnOver(one.parts);
    const stop = new AbortController();
    const insert = `insert into ledger_accounts (owner, amount_cents) values ('a', 7)`;
    const write = async (): Promise<void> => {
      while (!stop.signal.aborted) await execute(one.stores.candidate, insert);
    };
    await execute(one.stores.candidate, insert);
    const writing = write();
    const draining = runDrain(one.parts.reverse, { signal: stop.signal });
    const sealed = await sealStores(one.parts.reverse, {
      now: systemClock.now(),
      retainMs: DAY_MS,
    });
    const standing = await reverseStanding(one.parts.reverse);
    stop.abort();
    await Promise.all([writing, draining]);
    expect(sealed.state).toBe('done');
    expect(standing).toEqual({ lagRows: 0, deadBecause: null });
  });

  it('refuses to come back when the gap is no longer retained, and says so', async () => {
    const one = await rehearsed();
    await turnOver(one.parts);
    await drainAll(one.parts.reverse);
    await sealStores(one.parts.reverse, { now: 0, retainMs: 1 });
    await execute(
      one.stores.candidate,
      `insert into ledger_accounts (owner, amount_cents) values ('a', 7)`,
    );
    const seal = await readSeal(one.stores.candidate, one.parts.reverse.schema);
    if (seal === null) throw new Error('There is no seal.');
    // Writers move on to another slot first; then the one with the gap can be emptied.
    await forgetGap(one.parts.reverse, { seal, now: 2 });
    expect(await forgetGap(one.parts.reverse, { seal, now: 2 })).toBe(true);
    expect(await rollBackStores(one.parts)).toMatchObject({
      state: 'refused',
      because: expect.stringContaining('no longer retained'),
    });
    expect(await authority(one)).toBe('candidate');
  });
});

describe.skipIf(missing !== null)('the reverse feed', () => {
  it('is dead when its changes wait, and alive again when they are drained', async () => {
    const one = await rehearsed();
    await turnOver(one.parts);
    expect(await reverseStanding(one.parts.reverse)).toEqual({ lagRows: 0, deadBecause: null });
    await execute(
      one.stores.candidate,
      `insert into ledger_accounts (owner, amount_cents) values ('a', 7)`,
    );
    const dead = await reverseStanding(one.parts.reverse, -1);
    expect(dead).toMatchObject({
      lagRows: 1,
      deadBecause: expect.stringContaining('1 changes have waited'),
    });
    await drainAll(one.parts.reverse);
    expect((await reverseStanding(one.parts.reverse, -1)).lagRows).toBe(0);
  });

  it('is dead when somebody takes its capture away, with the table named', async () => {
    const one = await rehearsed();
    await turnOver(one.parts);
    await execute(
      one.stores.candidate,
      'alter table ledger_accounts disable trigger falsework_ledger_update',
    );
    const { deadBecause } = await reverseStanding(one.parts.reverse);
    expect(deadBecause).toBe('capture is gone from public.ledger_accounts');
    const report = await dataReport(one.parts, systemClock.now());
    expect(report).toMatchObject({ authority: 'candidate', reverse: { deadBecause } });
  });
});

describe.skipIf(missing !== null)('strike', () => {
  it('leaves both schemas as they were before there was a migration', async () => {
    const one = await rehearsed();
    await turnOver(one.parts);
    await rehearse(one.parts, { validMs: DAY_MS });
    expect((await leftovers(one.stores, 'ledger')).legacy.length).toBeGreaterThan(5);
    expect(await strikeStores(one.stores, 'ledger')).toEqual({ legacy: [], candidate: [] });
    const objects = `select count(*) from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast') and c.relkind = 'r'`;
    for (const store of [one.stores.legacy, one.stores.candidate]) {
      expect(await ask(store, objects)).toEqual([['1']]);
    }
    await execute(one.stores.legacy, `insert into accounts (owner, amount) values ('after', 1)`);
  });
});
