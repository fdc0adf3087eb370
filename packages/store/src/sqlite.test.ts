import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { ControlStore } from '@falsework/core/ports';
import { passingData } from '@falsework/testkit';
import {
  batchOf,
  caused,
  commitOf,
  kickedOff,
  looking,
  nextCommit,
  ORDERS,
  paired,
  seen,
  served,
  taking,
} from '@falsework/testkit/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openStore } from './index.ts';

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'falsework-sqlite-'));
  file = join(folder, 'state.db');
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** A store with something in every table. */
async function filled(): Promise<ControlStore> {
  const store = await openStore(file);
  await kickedOff(store);
  const batch = batchOf('guard-1', 1, {
    strata: [seen({ verdicts: { match: 1 } })],
    seams: [served([1, 0])],
    signatures: [caused('a41f', 1)],
    pairs: [paired(['a41f'], 1)],
    health: [{ side: 'legacy', at: 1, isHealthy: true, build: null, because: null }],
  });
  await store.ingest(ORDERS, batch, taking());
  await store.noteLegacyCode(ORDERS, { files: 1, scannedAt: 1 });
  await store.noteData(ORDERS, passingData(1));
  const note = { seam: 'quote', id: 'a41f', owner: null, text: 'known', by: 'ada', at: 1 };
  await store.note(ORDERS, note);
  return store;
}

function directly(sql: string): void {
  const database = new DatabaseSync(file);
  database.exec(sql);
  database.close();
}

const SECRET = 'Ada Lovelace, 4111-1111-1111-1111';
const READS: Readonly<Record<string, (store: ControlStore) => Promise<unknown>>> = {
  migrations: (store) => store.migrations(),
  migration: (store) => store.migration(ORDERS),
  snapshot: (store) => store.snapshot(ORDERS),
  decisions: (store) => store.decisions(ORDERS, 0, 10),
  evidence: (store) => store.evidence(ORDERS, looking()),
  latency: (store) => store.latency(ORDERS, 1),
  signatures: (store) => store.signatures(ORDERS, null, 10),
  volumes: (store) => store.volumes(ORDERS),
  notes: (store) => store.notes(ORDERS),
  pairs: (store) => store.pairs(ORDERS, null, 10),
  'pairs of a cause': (store) => store.pairs(ORDERS, 'a41f', 10),
  ingest: (store) =>
    store.ingest(
      ORDERS,
      batchOf('guard-2', 1, {
        strata: [seen({ verdicts: { match: 1 } })],
        seams: [served([1, 0])],
        signatures: [caused('a41f', 2)],
      }),
      taking(),
    ),
};

describe('a row that somebody damaged', () => {
  it.each([
    ['fw_migrations', 'state', 'orders', ['migrations', 'migration']],
    ['fw_migrations', 'snapshot', 'orders', ['snapshot']],
    ['fw_decisions', 'decision', 'orders / 1', ['decisions']],
    ['fw_strata', 'counts', 'orders / 1 / 1 / quote / ', ['evidence', 'ingest', 'volumes']],
    ['fw_strata', 'slices', 'orders / 1 / 1 / quote / ', ['evidence', 'ingest']],
    ['fw_strata', 'alarm', 'orders / 1 / 1 / quote / ', ['evidence', 'ingest']],
    ['fw_strata', 'legacy_latency', 'orders / 1 / 1 / quote / ', ['latency', 'ingest']],
    ['fw_strata', 'candidate_latency', 'orders / 1 / 1 / quote / ', ['latency', 'ingest']],
    ['fw_seams', 'served', 'orders / 1 / quote', ['evidence', 'ingest']],
    ['fw_seams', 'failures', 'orders / 1 / quote', ['evidence', 'ingest']],
    ['fw_seams', 'alarm', 'orders / 1 / quote', ['evidence', 'ingest']],
    ['fw_signatures', 'record', 'orders / 1 / quote / a41f', ['signatures', 'ingest']],
    ['fw_notes', 'note', 'orders / quote / a41f', ['notes']],
    ['fw_pairs', 'pair', 'orders / a41f / 1', ['pairs', 'pairs of a cause']],
    ['fw_health', 'report', 'orders / legacy', ['evidence']],
  ])('%s.%s is named and not quoted, whatever is in it', async (table, column, key, reads) => {
    for (const rubbish of [SECRET, `{"name":"${SECRET}"}`, '[[1]]', 'null', '']) {
      const store = await filled();
      directly(`update ${table} set ${column} = '${rubbish}'`);
      for (const read of reads) {
        const error = await failureOf(READS[read]?.(store));
        expect(error, `${read} with ${rubbish}`).toMatchObject({
          code: 'FW_STORE_CORRUPT',
          facts: { table, key },
        });
        expect(`${error} ${JSON.stringify(error)}`).not.toContain('Ada');
      }
      await store.close();
      rmSync(file);
    }
  });

  it('is found when it is whole but of another version', async () => {
    const store = await filled();
    directly('update fw_migrations set version = 7');
    for (const read of ['migration', 'snapshot']) {
      const error = await failureOf(READS[read]?.(store));
      expect(error).toMatchObject({ code: 'FW_STORE_CORRUPT' });
    }
    await store.close();
  });

  it('is found when a line of the log stands in another place', async () => {
    const store = await filled();
    directly('update fw_decisions set sequence = 2');
    const error = await failureOf(store.decisions(ORDERS, 0, 10));
    expect(error).toMatchObject({ code: 'FW_STORE_CORRUPT', facts: { key: 'orders / 2' } });
    await store.close();
  });

  it('stops no evidence half-way: what came with it is not counted either', async () => {
    const store = await filled();
    directly("update fw_signatures set record = 'x'");
    const batch = batchOf('guard-2', 1, {
      strata: [seen({ verdicts: { match: 1 } })],
      signatures: [caused('a41f', 2)],
    });
    const refused = store.ingest(ORDERS, batch, taking());
    await expect(refused).rejects.toMatchObject({ code: 'FW_STORE_CORRUPT' });
    const { strata, planes } = await store.evidence(ORDERS, looking());
    expect(strata[0]?.epoch.verdicts.match).toBe(1);
    expect(planes.map(({ id }) => id)).toEqual(['guard-1']);
    await store.close();
  });
});

async function failureOf(acting: Promise<unknown> | undefined): Promise<unknown> {
  try {
    await acting;
  } catch (error) {
    return error;
  }
  return undefined;
}

describe('a file', () => {
  it('that cannot be had is said so, with its path', async () => {
    const missing = join(folder, 'no such folder', 'state.db');
    await expect(openStore(missing)).rejects.toMatchObject({
      code: 'FW_STORE_UNREACHABLE',
      message: expect.stringContaining(missing),
    });
  });

  it('of something else is left as it is', async () => {
    writeFileSync(file, 'Dear diary, '.repeat(1_000));
    await expect(openStore(file)).rejects.toMatchObject({ code: 'FW_STORE_UNREACHABLE' });
  });

  it('in use by another writer is waited for with the event loop free', async () => {
    const store = await filled();
    const other = new DatabaseSync(file);
    other.exec('begin immediate');
    const commit = await nextCommit(store, 'ada');
    const committing = store.commit(commit);
    let turns = 0;
    const turning = setInterval(() => {
      turns += 1;
      if (turns === 5) other.exec('commit');
    }, 1);
    expect(await committing).toBe('committed');
    clearInterval(turning);
    expect(turns).toBeGreaterThanOrEqual(5);
    other.close();
    await store.close();
  });
});

describe('old evidence', () => {
  it('is forgotten twenty epochs later; the decisions that rested on it are not', async () => {
    const store = await openStore(':memory:');
    const migration = await kickedOff(store);
    const tuple = { legacyBuild: 'l1', comparator: 'cmp', schema: '1' };
    for (let build = 2; build <= 25; build += 1) {
      const { epoch, step } = migration.current;
      const batch = batchOf('guard-1', build, {
        strata: [seen({ epoch: epoch.ordinal, step, verdicts: { match: 1 } })],
        signatures: [caused('a41f', build, { epoch: epoch.ordinal })],
        pairs: [paired([`of build ${build}`], build, { epoch: epoch.ordinal })],
      });
      await store.ingest(ORDERS, batch, taking());
      migration.apply({ type: 'epoch', tuple: { ...tuple, candidateBuild: `c${build}` } });
      await store.commit(commitOf(migration));
    }
    const has = async (epoch: number): Promise<boolean> =>
      (await store.evidence(ORDERS, looking({ epoch }))).strata.length > 0;
    expect(migration.current.epoch.ordinal).toBe(25);
    expect([await has(5), await has(6), await has(24)]).toEqual([false, true, true]);
    const epochs = (await store.signatures(ORDERS, null, 100)).map(({ epoch }) => epoch);
    expect(Math.min(...epochs)).toBe(6);
    const pairs = await store.pairs(ORDERS, null, 100);
    expect(Math.min(...pairs.map(({ epoch }) => epoch))).toBe(6);
    expect(await store.decisions(ORDERS, 0, 100)).toEqual(migration.log);
    await store.close();
  });

  it('of planes long gone is shown for a week and forgotten after a month', async () => {
    const store = await openStore(file);
    await kickedOff(store);
    const day = 86_400_000;
    const report = (plane: string, now: number): Promise<boolean> =>
      store.ingest(ORDERS, batchOf(plane, 1), taking({ now }));
    const shown = async (now: number): Promise<string[]> =>
      (await store.evidence(ORDERS, looking({ now }))).planes.map(({ id }) => id);
    await report('old', 0);
    await report('new', 8 * day);
    expect(await shown(6 * day)).toEqual(['new', 'old']);
    expect(await shown(8 * day)).toEqual(['new']);
    expect(await report('old', 29 * day)).toBe(false);
    await report('newest', 31 * day);
    const database = new DatabaseSync(file);
    const kept = database.prepare('select plane from fw_planes order by plane').all();
    expect(kept.map(({ plane }) => plane)).toEqual(['new', 'newest']);
    database.close();
    await store.close();
  });
});
