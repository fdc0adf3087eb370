import {
  POSTGRES_VERSIONS,
  type PostgresVersion,
  startPostgres,
} from '@falsework/testkit/postgres';
import { describe, expect, it } from 'vitest';
import { accounts, openDivergences, quietly } from '../../test/reconciling.ts';
import { sql, table } from '../mapping/sql.ts';
import { checkInvariants } from './invariants.ts';
import { repair } from './repair.ts';
import { runReconcile } from './run-reconcile.ts';

const NEWEST = POSTGRES_VERSIONS.at(-1) as PostgresVersion;
const PAIRS = POSTGRES_VERSIONS.map((version) => [version, NEWEST] as const);

describe('two servers of different versions', () => {
  it.each([...PAIRS, [NEWEST, POSTGRES_VERSIONS[0]] as const])(
    'PostgreSQL %i and %i hash alike, find the same and repair it',
    async (source, follower) => {
      const servers = [
        await startPostgres({ version: source }),
        await startPostgres({ version: follower }),
      ] as const;
      try {
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
      } finally {
        for (const server of servers) await server.stop();
      }
    },
  );
});
