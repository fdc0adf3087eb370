import {
  type PostgresServer,
  type PostgresVersion,
  startPostgres,
} from '@falsework/testkit/postgres';
import { afterAll, describe, expect, it } from 'vitest';
import { accounts, openDivergences, quietly } from '../../test/reconciling.ts';
import { VERSION_PAIRS } from '../../test/thorough.ts';
import { sql, table } from '../mapping/sql.ts';
import { checkInvariants } from './invariants.ts';
import { repair } from './repair.ts';
import { runReconcile } from './run-reconcile.ts';

const started = new Map<PostgresVersion, PostgresServer>();

async function serverOf(version: PostgresVersion): Promise<PostgresServer> {
  const server = started.get(version) ?? (await startPostgres({ version }));
  started.set(version, server);
  return server;
}

afterAll(async () => {
  for (const server of started.values()) await server.stop();
});

describe('two servers of different versions', () => {
  it.each(VERSION_PAIRS)(
    'PostgreSQL %i and %i hash alike, find the same and repair it',
    async (source, follower) => {
      const servers = [await serverOf(source), await serverOf(follower)] as const;
      const at = await accounts(servers);
      const { feed, stores } = at;
      expect(await runReconcile(feed)).toMatchObject({ isClean: true, hashing: 'record' });
      await quietly(
        stores.candidate,
        feed,
        `update ledger_accounts set note = '' where account_id = 24;
           delete from ledger_accounts where account_id = 30`,
      );
      await runReconcile(feed);
      expect(await openDivergences(at)).toEqual(['24 corruption', '30 rogue-delete']);
      await repair(feed, { by: 'test', execute: true });
      expect((await runReconcile(feed, { hashing: 'text' })).isClean).toBe(true);
      const total = sql`select sum(amount_cents) from ${table('accounts')}`;
      expect(await checkInvariants(feed, { total })).toMatchObject([{ state: 'agree' }]);
      await stores.close();
    },
  );
});
