import { postgresForTests } from '@falsework/testkit/postgres';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { HOLDS } from '../../test/holds.ts';
import {
  ask,
  drainAll,
  execute,
  startedFeed,
  type TwoStores,
  twoStores,
} from '../../test/stores.ts';
import { uninstallCapture } from '../capture/install.ts';
import { rotateOutboxes } from '../capture/rotate.ts';
import { drainOnce } from '../drain/drain-once.ts';
import type { Feed } from '../drain/feed.ts';
import { readWatermark } from '../drain/follower.ts';
import { recordLeftKeys } from './left-keys.ts';

const { server, missing } = await postgresForTests();
const open: TwoStores[] = [];

afterEach(async () => {
  for (const stores of open.splice(0)) await stores.close();
});
afterAll(async () => {
  await server?.stop();
});

async function world(kind: 'trigger' | 'application' = 'trigger'): Promise<[TwoStores, Feed]> {
  if (server === null) throw new Error('There is no server.');
  const stores = await twoStores(server, HOLDS);
  open.push(stores);
  return [stores, await startedFeed(stores, { tables: HOLDS.mapping, capture: kind })];
}

const left = async ({ legacy }: TwoStores, { schema }: Feed): Promise<unknown[]> => {
  const rows = await ask(legacy, `select key from "${schema}".left_keys order by xid, key`);
  return rows.flat();
};
const triggers = async ({ legacy }: TwoStores): Promise<unknown[]> => {
  const sql = `select tgrelid::regclass::text from pg_trigger where tgname like '%\\_left'`;
  return (await ask(legacy, sql)).flat();
};

describe.skipIf(missing !== null)(missing ?? 'the keys that rows leave', () => {
  it('are noted when a row moves or goes, and not when it stays', async () => {
    const [stores, feed] = await world();
    await recordLeftKeys(feed, HOLDS.keys);
    await execute(stores.legacy, 'insert into holds values (1, 5, 1), (2, 6, 1)');
    await execute(stores.legacy, 'update holds set rev = 2');
    expect(await left(stores, feed)).toEqual([]);
    await execute(stores.legacy, 'update holds set acct = 7 where ref = 1');
    await execute(stores.legacy, 'update holds set ref = 3 where ref = 2');
    const again = 'on conflict (ref) do update set acct = excluded.acct';
    await execute(stores.legacy, `insert into holds values (1, 8, 2) ${again}`);
    await execute(stores.legacy, 'delete from holds where ref = 3');
    expect(await left(stores, feed)).toEqual(['5', '7', '6']);
  });

  it('are noted of a column that another trigger sets', async () => {
    const [stores, feed] = await world();
    await recordLeftKeys(feed, HOLDS.keys);
    await execute(
      stores.legacy,
      `create function move() returns trigger language plpgsql as
         $$ begin new.acct := new.acct + 1; return new; end $$;
       create trigger moves before update on holds for each row execute function move();
       insert into holds values (1, 5, 1)`,
    );
    await execute(stores.legacy, 'update holds set rev = 2');
    expect(await left(stores, feed)).toEqual(['5']);
  });

  it('are noted under replica role too, and not for what a drain of ours writes', async () => {
    const [stores, feed] = await world();
    await recordLeftKeys(feed, HOLDS.keys);
    const reverse = await startedFeed(stores, { tables: HOLDS.mapping, direction: 'reverse' });
    await execute(stores.candidate, 'insert into hold values (1, 5, 1)');
    await drainAll(reverse);
    await execute(stores.candidate, 'update hold set account_id = 6');
    await drainOnce(reverse, { changesMax: 100 });
    expect(await ask(stores.legacy, 'select acct from holds')).toEqual([['6']]);
    expect(await left(stores, feed)).toEqual([]);
    const asReplica = `set session_replication_role = 'replica'; update holds set acct = 9; reset all`;
    await execute(stores.legacy, asReplica);
    expect(await left(stores, feed)).toEqual(['6']);
  });

  it('are of the tables whose rows do not have them in their own key, as last asked for', async () => {
    const [stores, feed] = await world();
    await recordLeftKeys(feed, HOLDS.keys);
    await recordLeftKeys(feed, HOLDS.keys);
    expect(await triggers(stores)).toEqual(['holds']);
    await execute(stores.legacy, 'insert into holds values (1, 5, 1)');
    await recordLeftKeys(feed, { ...HOLDS.keys, holds: 'rev' });
    await execute(stores.legacy, 'update holds set acct = 6, rev = 4');
    expect(await left(stores, feed)).toEqual(['1']);
    await recordLeftKeys(feed, null);
    expect(await triggers(stores)).toEqual([]);
    await recordLeftKeys(feed, HOLDS.keys);
    await uninstallCapture(stores.legacy, feed.migration);
    expect(await triggers(stores)).toEqual([]);
  });

  it('are none where the application reports its changes itself', async () => {
    const [stores, feed] = await world('application');
    await recordLeftKeys(feed, HOLDS.keys);
    expect(await triggers(stores)).toEqual([]);
  });

  it('are forgotten with the events that they belong to', async () => {
    const [stores, feed] = await world();
    await recordLeftKeys(feed, HOLDS.keys);
    await execute(stores.legacy, 'insert into holds values (1, 5, 1)');
    await execute(stores.legacy, 'update holds set acct = 6');
    await drainAll(feed);
    const { snapshot } = await feed.follower.use((session) => readWatermark(session, feed));
    await execute(stores.legacy, 'update holds set acct = 7');
    const rotate = () => rotateOutboxes(stores.legacy, { schema: feed.schema, consumed: snapshot });
    await rotate();
    expect(await left(stores, feed)).toEqual(['5', '6']);
    await drainAll(feed);
    const then = await feed.follower.use((session) => readWatermark(session, feed));
    for (let i = 0; i < 3; i += 1) {
      await rotateOutboxes(stores.legacy, { schema: feed.schema, consumed: then.snapshot });
    }
    expect(await left(stores, feed)).toEqual([]);
  });
});
