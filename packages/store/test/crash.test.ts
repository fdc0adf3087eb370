import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { replay } from '@falsework/core/stage';
import { SeededRandom } from '@falsework/testkit';
import { kickedOff, looking, ORDERS } from '@falsework/testkit/contracts';
import { postgresForTests } from '@falsework/testkit/postgres';
import { afterAll, describe, expect, it } from 'vitest';
import { openStore } from '../src/index.ts';
import { WriterProcess } from './writer-process.ts';

const KILLS = 6;
// Printed with a failure; the same seed kills after the same delays, as far as two processes can
// repeat themselves.
const random = new SeededRandom(Number(process.env['FALSEWORK_SEED'] ?? 2026));

const folder = mkdtempSync(join(tmpdir(), 'falsework-crash-'));
// Durable as in production: what is tried here is exactly what the tests' faster settings give up.
const { server, missing } = await postgresForTests({ isDurable: true });

afterAll(async () => {
  await server?.stop();
  rmSync(folder, { recursive: true });
});

/**
 * After whatever happened: every acknowledged decision is there, in one log, and evidence is whole
 * batches.
 */
async function expectNothingLost(
  address: string,
  writers: readonly WriterProcess[],
): Promise<void> {
  const store = await openStore(address);
  const log = await store.decisions(ORDERS, 0, 1_000_000);
  const state = await store.migration(ORDERS);
  expect(log.map((line) => line.sequence)).toEqual(log.map((_, i) => i + 1));
  expect(replay(log)).toEqual({ state });
  expect((await store.snapshot(ORDERS))?.version).toBe(state?.version);
  for (const writer of writers) {
    for (const sequence of writer.decided) {
      expect(log[sequence - 1]?.by, `decision ${sequence}`).toBe(writer.plane);
    }
  }
  const { strata, planes, legacyTraffic } = await store.evidence(ORDERS, looking());
  const batches = legacyTraffic?.probes ?? 0;
  const acknowledged = writers.reduce((sum, writer) => sum + writer.reported, 0);
  // A batch may be in without its answer having been heard, one for each writer that was killed;
  // none may be missing.
  expect(batches).toBeGreaterThanOrEqual(acknowledged);
  expect(batches).toBeLessThanOrEqual(acknowledged + writers.length);
  const [gold, silver] = strata;
  expect(gold?.epoch.verdicts.match).toBe(3 * batches);
  expect(silver?.epoch.verdicts.mismatch).toBe(2 * batches);
  expect((await store.signatures(ORDERS, 1, 1))[0]?.count).toBe(batches);
  expect(planes).toHaveLength(writers.length);
  await store.close();
}

async function started(address: string): Promise<void> {
  const store = await openStore(address);
  await kickedOff(store);
  await store.close();
}

async function killAndLook(address: string): Promise<void> {
  await started(address);
  const writers: WriterProcess[] = [];
  for (let kill = 0; kill < KILLS; kill += 1) {
    const writer = new WriterProcess(address, `plane ${kill}`);
    writers.push(writer);
    await writer.until(3);
    await pause(random.next() * 100);
    await writer.kill();
    await expectNothingLost(address, writers);
  }
}

async function raceAndLook(address: string): Promise<void> {
  await started(address);
  const writers = ['plane a', 'plane b', 'plane c'].map(
    (plane) => new WriterProcess(address, plane),
  );
  await Promise.all(writers.map((writer) => writer.until(20)));
  for (const writer of writers) await writer.kill();
  const all = writers.flatMap((writer) => writer.decided);
  expect(new Set(all).size).toBe(all.length);
  await expectNothingLost(address, writers);
}

describe('SQLite file', () => {
  it('loses nothing it acknowledged when the writing process is killed', async () => {
    await killAndLook(join(folder, 'killed.db'));
  });

  it('lets three processes write at once without losing or doubling anything', async () => {
    await raceAndLook(join(folder, 'raced.db'));
  });
});

describe.skipIf(missing !== null)(missing ?? 'PostgreSQL 18', () => {
  it('loses nothing it acknowledged when the writing process is killed', async () => {
    await killAndLook((await server?.createDatabase()) ?? '');
  });

  it('lets three processes write at once without losing or doubling anything', async () => {
    await raceAndLook((await server?.createDatabase()) ?? '');
  });

  it('loses nothing it acknowledged when the server itself is killed', async () => {
    const address = (await server?.createDatabase()) ?? '';
    await started(address);
    const writers: WriterProcess[] = [];
    for (let kill = 0; kill < 3; kill += 1) {
      const writer = new WriterProcess(address, `plane ${kill}`);
      writers.push(writer);
      await writer.until(5 + random.below(20));
      await server?.crash();
      await writer.ended();
      await expectNothingLost(address, writers);
    }
  });
});
