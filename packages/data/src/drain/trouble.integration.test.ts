import { execFileSync } from 'node:child_process';
import { chownSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { systemClock } from '@falsework/system';
import { postgresForTests } from '@falsework/testkit/postgres';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import {
  ask,
  drainAll,
  execute,
  startedFeed,
  type TwoStores,
  twoStores,
} from '../../test/stores.ts';
import { runBackfill } from '../backfill/run-backfill.ts';
import { openDatabase } from '../postgres/database.ts';

const { server, missing } = await postgresForTests();
const TABLE = 'create table entries (id int primary key, body text not null)';
const MEGABYTE = 1_024 * 1_024;
const SMALL = 8 * MEGABYTE;
const LARGE = 128 * MEGABYTE;
const ROWS = 12_000;
const write = (from: number, to: number): string =>
  `insert into entries select g, repeat(md5(g::text), 32) from generate_series(${from}, ${to}) g`;
const count = 'select count(*), sum(hashtextextended(body, 0)) from entries';
const TABLES = { entries: { to: 'entries' } };

let disk: SmallDisk | null = null;

afterEach(() => {
  disk?.remove();
  disk = null;
});
afterAll(async () => server?.stop());

/** A file system that is full soon, for tables of the server. */
class SmallDisk {
  readonly folder: string;

  constructor(dataFolder: string) {
    const { uid, gid } = statSync(dataFolder);
    // Beside the data, because the server's own account may not look everywhere.
    this.folder = mkdtempSync(join(dirname(dataFolder), 'small-disk-'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${SMALL}`, 'tmpfs', this.folder], {
      stdio: 'pipe',
    });
    chownSync(this.folder, uid, gid);
  }

  makeRoom(): void {
    execFileSync('mount', ['-o', `remount,size=${LARGE}`, this.folder], { stdio: 'pipe' });
  }

  remove(): void {
    execFileSync('umount', ['-l', this.folder], { stdio: 'pipe' });
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function whyNoDisk(): string | null {
  const folder = mkdtempSync(join(tmpdir(), 'may-mount-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=65536', 'tmpfs', folder], { stdio: 'pipe' });
    execFileSync('umount', [folder], { stdio: 'pipe' });
    return null;
  } catch {
    return 'this account may not mount a file system that is soon full';
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const notFull = missing ?? whyNoDisk();

describe.skipIf(notFull !== null)(notFull ?? 'a follower whose disk is full', () => {
  async function storesOnSmallDisk(): Promise<TwoStores> {
    if (server === null) throw new Error('There is no server.');
    const stores = await twoStores(server, { legacy: TABLE, candidate: '' });
    const [[folder] = []] = await ask(stores.candidate, 'show data_directory');
    disk = new SmallDisk(folder ?? '');
    const name = `small_${Date.now()}`;
    // Alone, as it must not be in a transaction, which several statements at once would be.
    await execute(stores.candidate, `create tablespace ${name} location '${disk.folder}'`);
    await execute(stores.candidate, `${TABLE} tablespace ${name}`);
    return stores;
  }

  it('stops the drain with what happened, loses nothing, and goes on when there is room', async () => {
    const stores = await storesOnSmallDisk();
    const feed = await startedFeed(stores, { tables: TABLES });
    await execute(stores.legacy, write(1, 100));
    await drainAll(feed);
    await execute(stores.legacy, write(101, ROWS));
    await expect(drainAll(feed, 100_000)).rejects.toMatchObject({
      code: 'FW_DATA_FULL',
      message: expect.stringMatching(/^candidate ran out of disk.*That step was undone\.$/),
    });
    expect(await ask(stores.candidate, 'select count(*) from entries')).toEqual([['100']]);
    disk?.makeRoom();
    await drainAll(feed);
    expect(await ask(stores.candidate, count)).toEqual(await ask(stores.legacy, count));
    await stores.close();
  });

  it('stops the backfill with how far it is, and goes on behind the last chunk', async () => {
    const stores = await storesOnSmallDisk();
    await execute(stores.legacy, write(1, ROWS));
    const feed = await startedFeed(stores, { tables: TABLES });
    await expect(runBackfill(feed, { clock: systemClock })).rejects.toMatchObject({
      code: 'FW_DATA_BACKFILL_FULL',
      message: expect.stringMatching(/[1-9]\d* rows in [1-9]\d* chunks are copied and kept/),
    });
    disk?.makeRoom();
    const { outcome } = await runBackfill(feed, { clock: systemClock });
    await drainAll(feed);
    expect(outcome).toBe('done');
    expect(await ask(stores.candidate, count)).toEqual(await ask(stores.legacy, count));
    await stores.close();
  });
});

describe.skipIf(missing !== null)(missing ?? 'a role that may not do what is asked of it', () => {
  it('is told what it was doing and where, and everything goes on once it may', async () => {
    if (server === null) throw new Error('There is no server.');
    const stores = await twoStores(server, { legacy: TABLE, candidate: TABLE });
    const name = `teller_${Date.now()}`;
    const url = new URL(stores.candidate.url);
    await execute(
      stores.candidate,
      `create role ${name} login password 'teller'; grant create on database "${url.pathname.slice(1)}" to ${name}`,
    );
    url.username = name;
    url.password = 'teller';
    const teller = openDatabase({ url: url.href, label: 'candidate' });
    const restricted = { ...stores, candidate: teller };
    const feed = await startedFeed(restricted, { tables: TABLES, asReplica: false });
    await execute(stores.legacy, write(1, 3));
    const refused = await drainAll(feed).catch((error: unknown) => error);
    expect(refused).toMatchObject({
      code: 'FW_DATA_DENIED',
      message:
        'The role has no permission in candidate (SQLSTATE 42501) for draining. That step was undone.',
    });
    // The server's own text names the table, and is for whoever looks at the cause.
    expect(String(refused)).not.toContain('teller');
    await execute(stores.candidate, `grant select, insert, update, delete on entries to ${name}`);
    await drainAll(feed);
    expect(await ask(stores.candidate, count)).toEqual(await ask(stores.legacy, count));
    await teller.close();
    await stores.close();
  });
});
