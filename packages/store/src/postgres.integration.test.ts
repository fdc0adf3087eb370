import { once } from 'node:events';
import { createServer } from 'node:net';
import type { ControlStore } from '@falsework/core/ports';
import { kickedOff, nextCommit, ORDERS } from '@falsework/testkit/contracts';
import { postgresForTests } from '@falsework/testkit/postgres';
import pg from 'pg';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { openStore } from './index.ts';

const { server, missing } = await postgresForTests();
let address = '';

afterAll(() => server?.stop());

async function asked<Row>(sql: string, on = address): Promise<Row[]> {
  const client = new pg.Client(on);
  await client.connect();
  const { rows } = await client.query(sql);
  await client.end();
  return rows as Row[];
}

/** The same address for somebody else. */
function addressOf(user: string, password: string): string {
  const url = new URL(address);
  url.username = user;
  url.password = password;
  return url.href;
}

describe.skipIf(missing !== null)(missing ?? 'a store on PostgreSQL 18', () => {
  beforeEach(async () => {
    address = (await server?.createDatabase()) ?? '';
  });

  it('keeps its tables together in one schema, out of the way of others', async () => {
    await (await openStore(address)).close();
    await (await openStore(`${address}?schema=team_a`)).close();
    const places = await asked<{ schema: string; tables: number }>(
      `select table_schema as schema, count(*)::int as tables from information_schema.tables
       where table_name like 'fw\\_%' group by 1 order by 1`,
    );
    expect(places).toEqual([
      { schema: 'falsework', tables: 15 },
      { schema: 'team_a', tables: 15 },
    ]);
  });

  it('is made once when eight processes start at once', async () => {
    const stores = await Promise.all(Array.from({ length: 8 }, () => openStore(address)));
    await Promise.all(stores.map((store) => store.close()));
    expect(await asked('select version::int, name from falsework.fw_schema order by 1')).toEqual([
      { version: 1, name: 'first' },
      { version: 2, name: 'data side' },
      { version: 3, name: 'journaled writes' },
      { version: 4, name: 'notices' },
      { version: 5, name: 'revised causes' },
    ]);
  });

  it('needs no right to create anything once it is made', async () => {
    await (await openStore(address)).close();
    await asked(`create role reader login password 'r';
      grant usage on schema falsework to reader;
      grant select, insert, update, delete on all tables in schema falsework to reader`);
    const store = await openStore(addressOf('reader', 'r'));
    await kickedOff(store);
    expect(await store.migrations()).toHaveLength(1);
    await store.close();
  });

  it('can be made in a schema that somebody else provided', async () => {
    await asked(`create role maker login password 'm'; create schema given authorization maker`);
    const store = await openStore(`${addressOf('maker', 'm')}?schema=given`);
    await kickedOff(store);
    await store.close();
  });

  it('is refused when a newer program wrote it', async () => {
    await (await openStore(address)).close();
    await asked(`insert into falsework.fw_schema values (99, 'future', 0)`);
    await expect(openStore(address)).rejects.toMatchObject({
      code: 'FW_STORE_NEWER',
      facts: { found: 99 },
    });
  });

  it('flushes commits to the disk although the database is set not to', async () => {
    await asked(
      `alter database ${new URL(address).pathname.slice(1)} set synchronous_commit = off`,
    );
    const store = await openStore(address);
    await kickedOff(store);
    await asked(`create function told() returns trigger language plpgsql as $$
      begin raise exception 'synchronous_commit is %', current_setting('synchronous_commit'); end $$;
      create trigger told before insert on falsework.fw_decisions
        for each row execute function told()`);
    const failure = await store.commit(await nextCommit(store, 'ada')).catch((e: Error) => e);
    expect(String((failure as Error).cause)).toContain('synchronous_commit is on');
    await store.close();
  });

  it('has written nothing when it had to give up waiting', async () => {
    const store = await openStore(address);
    const { current } = await kickedOff(store);
    const commit = await nextCommit(store, 'ada');
    const holder = new pg.Client(address);
    await holder.connect();
    // The state can be written, the line of the log cannot: a transaction that is half done when it
    // gives up.
    await holder.query('begin; lock table falsework.fw_decisions');
    const committing = store.commit(commit).catch((caught: unknown) => caught);
    await cancelWaiting(holder);
    expect(await committing).toMatchObject({ code: 'FW_STORE_FAILED', retryable: true });
    await holder.query('rollback');
    await holder.end();
    expect(await store.migration(ORDERS)).toEqual(current);
    expect(await store.commit(commit)).toBe('committed');
    await store.close();
  });

  it('goes on by itself after the server was killed', async () => {
    const store = await openStore(address);
    const { current } = await kickedOff(store);
    const commit = await nextCommit(store, 'ada');
    const committing = Promise.allSettled(Array.from({ length: 20 }, () => store.migrations()));
    await server?.crash();
    for (const result of await committing) {
      if (result.status === 'rejected') {
        expect(result.reason).toMatchObject({ code: 'FW_STORE_UNREACHABLE', retryable: true });
      }
    }
    expect(await recovered(store)).toEqual([current]);
    expect(await store.commit(commit)).toBe('committed');
    await store.close();
  });
});

/** Ends whatever waits for a lock, as the server does when its patience has ended. */
async function cancelWaiting(by: pg.Client): Promise<void> {
  for (let found = 0; found === 0; ) {
    const { rowCount } = await by.query(
      `select pg_cancel_backend(pid) from pg_stat_activity where wait_event_type = 'Lock'`,
    );
    found = rowCount ?? 0;
  }
}

/** A connection of the pool may still be a dead one; each is found out by one attempt. */
async function recovered(store: ControlStore): Promise<unknown> {
  for (let attempt = 0; attempt < 10; attempt += 1) {
    try {
      return await store.migrations();
    } catch (error) {
      expect(error).toMatchObject({ code: 'FW_STORE_UNREACHABLE' });
    }
  }
  return null;
}

describe('a server that cannot be had', () => {
  const SECRET = 'hunter2';

  it('is said so with where it was looked for, and without the password', async () => {
    const closed = createServer().listen(0, '127.0.0.1');
    await once(closed, 'listening');
    const { port } = closed.address() as { port: number };
    closed.close();
    await once(closed, 'close');
    const opening = openStore(`postgres://ada:${SECRET}@127.0.0.1:${port}/orders`);
    const error = await opening.catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'FW_STORE_UNREACHABLE', exitCode: 1 });
    expect(String(error)).toContain(`The store orders at 127.0.0.1:${port}`);
    expect(`${error} ${JSON.stringify(error)}`).not.toContain(SECRET);
  });

  it.skipIf(missing !== null)('is said so when the password or the database is wrong', async () => {
    const own = (await server?.createDatabase()) ?? '';
    const wrongPassword = own.replace(/:[0-9a-f]+@/, `:${SECRET}@`);
    const wrongDatabase = own.replace(/\/test_\d+$/, '/nowhere');
    for (const wrong of [wrongPassword, wrongDatabase]) {
      const error = await openStore(wrong).catch((caught: unknown) => caught);
      expect(error).toMatchObject({ code: 'FW_STORE_UNREACHABLE' });
      expect(`${error} ${JSON.stringify(error)}`).not.toContain(SECRET);
    }
  });

  it('does not answer for ever: what talks another language is given up on', async () => {
    const deaf = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    deaf.listen(0, '127.0.0.1');
    await once(deaf, 'listening');
    const { port } = deaf.address() as { port: number };
    const opening = openStore(`postgres://ada@127.0.0.1:${port}/orders`);
    await expect(opening).rejects.toMatchObject({ code: expect.stringMatching(/^FW_STORE_/) });
    deaf.close();
  });
});
