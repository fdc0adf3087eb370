import { postgresForTests } from '@falsework/testkit/postgres';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import {
  type Accounts,
  accounts,
  openDivergences,
  outboxOf,
  quietly,
  someAccounts,
} from '../../test/reconciling.ts';
import { ask, drainAll, execute } from '../../test/stores.ts';
import { installCapture, uninstallCapture } from '../capture/install.ts';
import { drainOnce } from '../drain/drain-once.ts';
import type { Database } from '../postgres/database.ts';
import { FAULT_CLASSES, type FaultClass, type FaultName } from './fault-classes.ts';
import { runReconcile } from './run-reconcile.ts';
import { reconcileStatus } from './status.ts';

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

async function world(options?: { readonly isWatched?: boolean }): Promise<Accounts> {
  const servers = [one.server, two.server] as Parameters<typeof accounts>[0];
  const made = await accounts(servers, options);
  open.push(made);
  return made;
}

const legacy = ({ stores }: Accounts, statements: string): Promise<void> =>
  execute(stores.legacy, statements);
const candidate = ({ stores }: Accounts, statements: string): Promise<void> =>
  execute(stores.candidate, statements);
/** On the follower, under our own name: what a mistake of ours would do. */
const byUs = ({ stores, feed }: Accounts, statements: string): Promise<void> =>
  quietly(stores.candidate, feed, statements);
/** On the source, past capture. */
const pastCapture = ({ stores, feed }: Accounts, statements: string): Promise<void> =>
  quietly(stores.legacy, feed, statements);

/** Loses every event that is waiting, then drains. */
async function loseEvents(at: Accounts): Promise<void> {
  await legacy(at, `delete from ${outboxOf(at)}`);
  await drainAll(at.feed);
}

const seen = ({ feed, mapping }: Accounts): string => `"${feed.schema}"."seen_${mapping.id}"`;

/**
 * Plants a fault and gives the keys of the rows that must be found; accounts 21 to 40 were drained.
 */
type Plant = (at: Accounts) => Promise<readonly number[]>;

/** Faults that other stages prove by themselves, and one that leaves nothing to find. */
type Elsewhere = 'counters-bypassed' | 'sequence-behind' | 'reverse-feed-dead';

const PLANTS: Readonly<Record<Exclude<FaultName, Elsewhere>, Plant>> = {
  'lost-event': async (at) => {
    await legacy(at, 'update accounts set amount = 1 where id in (5, 25)');
    await loseEvents(at);
    return [5, 25];
  },
  'lost-insert': async (at) => {
    await legacy(at, someAccounts(50, 51));
    await loseEvents(at);
    return [50, 51];
  },
  'lost-delete': async (at) => {
    await legacy(at, 'delete from accounts where id in (5, 25)');
    await loseEvents(at);
    return [5, 25];
  },
  'bypassed-capture': async (at) => {
    await pastCapture(at, `update accounts set mood = 'bad' where id in (7, 30)`);
    return [7, 30];
  },
  'bypassed-truncate': async (at) => {
    await pastCapture(at, 'truncate accounts');
    return Array.from({ length: 40 }, (_, i) => i + 1);
  },
  truncate: async (at) => {
    await legacy(at, `truncate accounts; ${someAccounts(3, 60)}`);
    await drainAll(at.feed);
    return [];
  },
  'duplicated-event': async (at) => {
    await legacy(at, 'update accounts set amount = 3 where id = 25');
    const slot = outboxOf(at).replace(/"$/, '_0"');
    await legacy(at, `insert into ${slot} (op, k1) select op, k1 from ${outboxOf(at)}`);
    await drainAll(at.feed);
    return [];
  },
  'inverted-pair': async (at) => {
    await legacy(at, 'update accounts set amount = 3 where id = 25');
    await legacy(at, 'update accounts set amount = 4 where id = 25');
    await legacy(at, `update ${outboxOf(at)} set id = -id`);
    await drainAll(at.feed);
    return [];
  },
  'older-version': async (at) => {
    await byUs(at, 'update ledger_accounts set amount_cents = 1 where account_id = 25');
    await byUs(at, `update ${seen(at)} set mark = (mark::bigint - 1)::text where fw_k1 = 25`);
    return [25];
  },
  'stale-overwrite': async (at) => {
    await legacy(at, 'update accounts set amount = 99 where id = 25');
    await drainAll(at.feed);
    await byUs(at, 'update ledger_accounts set amount_cents = 2525 where account_id = 25');
    return [25];
  },
  resurrected: async (at) => {
    await legacy(at, 'delete from accounts where id = 5');
    await drainAll(at.feed);
    await byUs(at, `insert into ledger_accounts values (5, 'o', null, 1, 1, 'good', now())`);
    return [5];
  },
  'swapped-values': async (at) => {
    await byUs(
      at,
      `update ledger_accounts set amount_cents = case account_id when 25 then 2625 else 2525 end
        where account_id in (25, 26)`,
    );
    return [25, 26];
  },
  'null-or-empty': async (at) => {
    // Every third note is NULL.
    await byUs(at, `update ledger_accounts set note = '' where account_id = 24`);
    await byUs(at, `update ledger_accounts set note = 'NULL' where account_id = 27`);
    await byUs(at, `update ledger_accounts set note = null where account_id = 28`);
    return [24, 27, 28];
  },
  'shifted-boundary': async (at) => {
    await byUs(
      at,
      `update ledger_accounts set owner = owner || 'n', note = substr(note, 2) where account_id = 25`,
    );
    return [25];
  },
  'rogue-update': async (at) => {
    await candidate(at, 'update ledger_accounts set rate = 2 where account_id in (5, 25)');
    return [5, 25];
  },
  'rogue-insert': async (at) => {
    await candidate(
      at,
      `insert into ledger_accounts values (0, 'x', null, 1, 1, null, now()), (999, 'y', null, 1, 1, null, now())`,
    );
    return [0, 999];
  },
  'rogue-delete': async (at) => {
    await candidate(at, 'delete from ledger_accounts where account_id in (5, 25)');
    return [5, 25];
  },
  'rogue-undone': async (at) => {
    await candidate(at, 'update ledger_accounts set rate = 2 where account_id = 25');
    await candidate(at, 'update ledger_accounts set rate = 1.0 where account_id = 25');
    return [];
  },
  'poison-row': async (at) => {
    await legacy(at, 'update accounts set amount = 1000000 where id = 25');
    await drainAll(at.feed);
    return [25];
  },
  'split-brain': async (at) => {
    await byUs(at, 'update ledger_accounts set amount_cents = 7 where account_id = 25');
    await byUs(at, `update ${seen(at)} set mark = (mark::bigint + 500)::text where fw_k1 = 25`);
    return [25];
  },
  'open-transaction': async (at) => {
    await at.stores.legacy.use(async (slow) => {
      await slow.run('begin');
      await slow.run('update accounts set amount = 1 where id = 5');
      await slow.run('delete from accounts where id = 6');
      await slow.run(someAccounts(70, 75));
      await legacy(at, 'update accounts set amount = 2 where id = 7');
      await drainAll(at.feed);
      const during = await runReconcile(at.feed);
      expect(during.isClean).toBe(true);
      await slow.run('commit');
    });
    await drainAll(at.feed);
    return [];
  },
  'rolled-back': async (at) => {
    await legacy(at, `begin; delete from accounts; ${someAccounts(70, 75)}; rollback`);
    await drainAll(at.feed);
    return [];
  },
  'drain-killed': async (at) => {
    await legacy(at, `update accounts set amount = 2; ${someAccounts(70, 75)}`);
    const killed = { ...at.feed, follower: dyingBeforeCommit(at.feed.follower) };
    await expect(drainOnce(killed, { changesMax: 1000 })).rejects.toThrow();
    await drainAll(at.feed);
    return [];
  },
  'backfill-killed': async (at) => {
    await byUs(at, 'delete from ledger_accounts where account_id between 11 and 20');
    return Array.from({ length: 10 }, (_, i) => i + 11);
  },
  'server-restored': async ({ feed }) => {
    await uninstallCapture(feed.source, feed.migration);
    await installCapture(feed.source, {
      migration: feed.migration,
      kind: 'trigger',
      tables: feed.tables,
    });
    return [];
  },
  'equal-values': async (at) => {
    await byUs(at, 'update ledger_accounts set rate = 1.00 where account_id = 25');
    return [];
  },
  'own-columns': async (at) => {
    await candidate(at, `update ledger_accounts set remark = 'changed' where account_id = 25`);
    return [];
  },
  'source-wrong': async (at) => {
    await legacy(at, 'update accounts set amount = -1 where id = 25');
    await drainAll(at.feed);
    return [];
  },
};

function dyingBeforeCommit(database: Database): Database {
  return {
    label: database.label,
    url: database.url,
    use: (use) => database.use(use),
    transaction: (mode, use) =>
      database.transaction(mode, async (session) => {
        await use(session);
        throw new Error('killed');
      }),
    close: () => database.close(),
  };
}

const rows = Object.entries(PLANTS) as [keyof typeof PLANTS, Plant][];
const classOf = (name: FaultName): FaultClass => FAULT_CLASSES[name];

describe.skipIf(missing !== null)(missing ?? 'a fault of the data side', () => {
  it.each(rows.filter(([name]) => classOf(name).found !== null))(
    '%s is found, by its name, and nothing else is',
    async (name, plant) => {
      const at = await world();
      expect((await runReconcile(at.feed)).isClean).toBe(true);
      const keys = await plant(at);
      const report = await runReconcile(at.feed);
      const { found } = classOf(name);
      expect(await openDivergences(at)).toEqual(keys.map((key) => `${key} ${found}`));
      expect(report.passes[0]).toMatchObject({
        state: 'diverged',
        divergences: { [found ?? '']: keys.length },
      });
      // Of a source that is empty, nothing can be planted.
      const canaries = name === 'bypassed-truncate' ? 0 : 6;
      expect(report.passes[0]?.canaries).toMatchObject({ planted: canaries, found: canaries });
    },
  );

  it.each(rows.filter(([name]) => ['harmless', 'nothing'].includes(classOf(name).check)))(
    '%s leaves the stores equal for all that a pass can tell',
    async (_name, plant) => {
      const at = await world();
      await plant(at);
      const report = await runReconcile(at.feed);
      expect(await openDivergences(at)).toEqual([]);
      expect(report.isClean).toBe(true);
    },
  );

  it('server-restored is refused before anything is compared', async () => {
    const at = await world();
    await PLANTS['server-restored'](at);
    await expect(runReconcile(at.feed)).rejects.toMatchObject({ code: 'FW_DATA_PLACE' });
  });

  it('rogue-undone is kept by the watch, with who it was, though no pass can see it', async () => {
    const at = await world();
    await PLANTS['rogue-undone'](at);
    expect((await runReconcile(at.feed)).isClean).toBe(true);
    const { mappings } = await reconcileStatus(at.feed);
    expect(mappings[0]?.rogueWrites).toMatchObject({ count: 2, roles: ['postgres'] });
  });

  it('is planted by a test for every class that a pass has to do with', () => {
    const elsewhere = Object.keys(FAULT_CLASSES).filter((name) => !(name in PLANTS));
    expect(elsewhere.map((name) => classOf(name as FaultName).check).toSorted()).toEqual([
      'counters',
      'rehearsal',
      'turnover',
    ]);
  });

  it('rows that came before the watch are extra rows: which fault it was cannot be said', async () => {
    const at = await world({ isWatched: false });
    await candidate(at, `insert into ledger_accounts values (999, 'y', null, 1, 1, null, now())`);
    await runReconcile(at.feed);
    expect(await openDivergences(at)).toEqual(['999 extra-row']);
  });

  it('swapping values leaves a sum of unseeded hashes as it was, which is why rows have a seed', async () => {
    const at = await world();
    const sum = async (seed: string): Promise<string | null | undefined> => {
      const [row] = await ask(
        at.stores.candidate,
        `select mod(sum(hash_record_extended(row(account_id, owner, amount_cents), ${seed})), 18446744073709551616)
           from ledger_accounts where account_id in (25, 26)`,
      );
      return row?.[0];
    };
    const modulo = (text: string | null | undefined): bigint =>
      BigInt.asUintN(64, BigInt(text ?? 0));
    const [unseeded, seeded] = [await sum('0'), await sum('account_id')];
    await PLANTS['swapped-values'](at);
    expect(modulo(await sum('0'))).toBe(modulo(unseeded));
    expect(modulo(await sum('account_id'))).not.toBe(modulo(seeded));
  });
});
