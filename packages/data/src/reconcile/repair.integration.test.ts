import { postgresForTests } from '@falsework/testkit/postgres';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { type Accounts, accounts, openDivergences, quietly } from '../../test/reconciling.ts';
import {
  ask,
  drainAll,
  execute,
  startedFeed,
  type TwoStores,
  twoStores,
} from '../../test/stores.ts';
import { sql } from '../mapping/sql.ts';
import { repair } from './repair.ts';
import { runReconcile } from './run-reconcile.ts';
import { reconcileStatus } from './status.ts';

const one = await postgresForTests();
const two = await postgresForTests();
const missing = one.missing ?? two.missing;
const servers = [one.server, two.server] as Parameters<typeof accounts>[0];
const open: TwoStores[] = [];

afterEach(async () => {
  for (const stores of open.splice(0)) await stores.close();
});
afterAll(async () => {
  await one.server?.stop();
  await two.server?.stop();
});

async function broken(): Promise<Accounts> {
  const at = await accounts(servers);
  open.push(at.stores);
  await quietly(at.stores.legacy, at.feed, 'update accounts set amount = 3 where id = 5');
  await quietly(at.stores.legacy, at.feed, 'delete from accounts where id = 25');
  await execute(at.stores.candidate, 'delete from ledger_accounts where account_id = 26');
  await execute(
    at.stores.candidate,
    'update ledger_accounts set amount_cents = 0 where account_id = 27',
  );
  await execute(
    at.stores.candidate,
    `insert into ledger_accounts values (999, 'y', null, 1, 1, null, now())`,
  );
  await runReconcile(at.feed);
  return at;
}

const FOUND = [
  '5 lost-event',
  '25 missed-delete',
  '26 rogue-delete',
  '27 corruption',
  '999 rogue-insert',
];
const rowsOf = ({ stores }: Accounts): ReturnType<typeof ask> =>
  ask(stores.candidate, 'select * from ledger_accounts order by 1');

describe.skipIf(missing !== null)(missing ?? 'a repair', () => {
  it('only says what it would do, unless it is told to do it', async () => {
    const at = await broken();
    const before = await rowsOf(at);
    expect(await openDivergences(at)).toEqual(FOUND);
    const report = await repair(at.feed, { by: 'ada' });
    expect(report.isExecuted).toBe(false);
    expect(
      report.rows.map(({ kind, action, outcome }) => [kind, action, outcome]).toSorted(),
    ).toEqual(
      [
        ['corruption', 'write', 'planned'],
        ['lost-event', 'write', 'planned'],
        ['missed-delete', 'remove', 'planned'],
        ['rogue-delete', 'write', 'planned'],
        ['rogue-insert', 'remove', 'planned'],
      ].toSorted(),
    );
    expect(await rowsOf(at)).toEqual(before);
    expect(await openDivergences(at)).toEqual(FOUND);
  });

  it('makes the rows equal, keeps what it did and who ordered it, and is proven by the next pass', async () => {
    const at = await broken();
    await repair(at.feed, { by: 'ada', execute: true });
    expect(await openDivergences(at)).toEqual([]);
    const audit = await ask(
      at.stores.candidate,
      `select key[1], kind, action, outcome, repaired_by from "${at.feed.schema}".reconcile_repair order by key[1]::int`,
    );
    expect(audit).toHaveLength(5);
    expect(audit[0]).toEqual(['5', 'lost-event', 'write', 'done', 'ada']);
    expect((await runReconcile(at.feed)).isClean).toBe(true);
    expect((await reconcileStatus(at.feed)).mappings[0]?.rogueWrites?.count).toBe(3);
    expect((await repair(at.feed, { by: 'ada', execute: true })).rows).toEqual([]);
  });

  it('no longer blames a repaired write for what happens to its row later', async () => {
    const at = await broken();
    await repair(at.feed, { by: 'ada', execute: true });
    await quietly(at.stores.legacy, at.feed, 'delete from accounts where id = 27');
    await runReconcile(at.feed);
    expect(await openDivergences(at)).toEqual(['27 missed-delete']);
  });

  it('writes the row of now, not the one of when the divergence was found', async () => {
    const at = await broken();
    await execute(at.stores.legacy, 'update accounts set amount = 77 where id = 27');
    await repair(at.feed, { by: 'ada', execute: true, kinds: ['corruption'] });
    const [row] = await ask(
      at.stores.candidate,
      'select amount_cents from ledger_accounts where account_id = 27',
    );
    expect(row).toEqual(['7700']);
    await drainAll(at.feed);
    expect(await openDivergences(at)).toEqual(FOUND.filter((text) => !text.includes('corruption')));
  });

  it('lets a split brain be, unless it is named', async () => {
    const at = await broken();
    const seen = `"${at.feed.schema}"."seen_${at.mapping.id}"`;
    await quietly(
      at.stores.candidate,
      at.feed,
      `update ${seen} set mark = (mark::bigint + 500)::text where fw_k1 = 27`,
    );
    await runReconcile(at.feed);
    await repair(at.feed, { by: 'ada', execute: true });
    expect(await openDivergences(at)).toEqual(['27 split-brain']);
    await repair(at.feed, { by: 'ada', execute: true, kinds: ['split-brain'] });
    expect((await runReconcile(at.feed)).isClean).toBe(true);
  });

  it('names a row that the follower refuses, and goes on with the others', async () => {
    const at = await broken();
    await quietly(at.stores.legacy, at.feed, 'update accounts set amount = 1000000 where id = 5');
    const { rows } = await repair(at.feed, { by: 'ada', execute: true });
    expect(rows.filter(({ outcome }) => outcome === 'refused').map(({ kind }) => kind)).toEqual([
      'lost-event',
    ]);
    await runReconcile(at.feed);
    expect(await openDivergences(at)).toEqual(['5 poisoned']);
  });

  it('finds the row of the source also where its key is made by an expression', async () => {
    const stores = await twoStores(
      servers[0],
      {
        legacy: 'create table a (id int primary key, n int)',
        candidate: 'create table b (code text primary key, n int)',
      },
      servers[1],
    );
    open.push(stores);
    const feed = await startedFeed(stores, {
      tables: { a: { to: 'b', columns: { code: sql`'a-' || id` } } },
    });
    await execute(stores.legacy, 'insert into a select i, i from generate_series(1, 20) i');
    await drainAll(feed);
    await quietly(
      stores.candidate,
      feed,
      `insert into b values ('a-99', 1), ('other', 2); update b set n = 0 where code = 'a-7'`,
    );
    await quietly(stores.candidate, feed, `delete from b where code = 'a-8'`);
    expect((await runReconcile(feed)).passes[0]?.divergences).toEqual({
      corruption: 1,
      'rogue-delete': 1,
      'extra-row': 2,
    });
    await repair(feed, { by: 'ada', execute: true });
    expect((await runReconcile(feed)).isClean).toBe(true);
    expect(await ask(stores.candidate, 'select count(*) from b')).toEqual([['20']]);
  });
});
