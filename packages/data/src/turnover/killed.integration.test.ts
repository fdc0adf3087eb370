import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { drainAll } from '../../test/stores.ts';
import { authority, switchBench } from '../../test/switch-bench.ts';
import { violations } from '../../test/switching.ts';
import type { RunKind } from './run-journal.ts';
import type { SwitchOutcome } from './switch-parts.ts';
import { rollBackStores, type TurnoverParts, turnOver } from './turnover.ts';

const { missing, urls, connected, writing, rehearsed } = await switchBench();

const WORKER = fileURLToPath(new URL('../../test/turnover-worker.ts', import.meta.url));

/** Runs a switch in a process of its own that ends itself at a note; gives what ended it. */
async function killed(kind: RunKind, note: number): Promise<unknown> {
  const { legacy, candidate } = urls();
  const args = ['--conditions=falsework-source', WORKER, legacy, candidate, kind, String(note)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  return signal ?? `ended by itself with ${code}: ${errors}`;
}

/** The server may take a moment to notice that the one who held the lock is gone. */
async function finished(
  act: (parts: TurnoverParts) => Promise<SwitchOutcome>,
  parts: TurnoverParts,
): Promise<string> {
  for (let tries = 1; ; tries += 1) {
    const outcome = await act(parts);
    if (outcome.state !== 'refused' || tries > 50) return outcome.state;
    await pause(100);
  }
}

/*
 * Notes that differ in what they leave behind: a lock on the outbox, a fence that falls by itself,
 * the other feed begun anew, a store closed for good, both sides moved and nobody told. Each is met
 * on the way or on the way back, most on both; `npm run chaos -- data` meets every one, many times.
 */
const [VERIFY, DRAIN, COMMIT, OPEN, ANNOUNCE] = [3, 6, 10, 11, 12] as const;
const KILLS = [
  { there: VERIFY, back: ANNOUNCE },
  { there: DRAIN, back: OPEN },
  { there: COMMIT, back: DRAIN },
  { there: OPEN, back: COMMIT },
];

describe.skipIf(missing !== null)(missing ?? 'a switch that is killed', () => {
  it.each(KILLS)(
    'at note $there, and at note $back on the way back, is carried on or undone by the next',
    async ({ there, back }) => {
      const one = await rehearsed();
      const writers = writing(3);
      expect(await killed('turnover', there)).toBe('SIGKILL');
      expect(await finished(turnOver, one.parts)).toBe('done');
      expect(await authority(one)).toBe('candidate');
      const before = writers.acknowledged;
      await expect
        .poll(() => writers.acknowledged, { timeout: 10_000 })
        .toBeGreaterThan(before + 5);
      expect(await killed('rollback', back)).toBe('SIGKILL');
      expect(await finished(rollBackStores, one.parts)).toBe('done');
      const history = await writers.stop();
      await drainAll(one.parts.forward);
      expect(await authority(one)).toBe('legacy');
      expect(await violations(one.stores, history)).toEqual([]);
    },
    60_000,
  );

  it('leaves no store that nobody may write to, though nobody comes back for it', async () => {
    const one = await rehearsed();
    // The first note behind the fence.
    expect(await killed('turnover', DRAIN)).toBe('SIGKILL');
    const client = await connected(urls().legacy);
    const insert = `insert into accounts (owner, amount) values ('back', 1)`;
    const isTaken = (): Promise<boolean> =>
      client.query(insert).then(
        () => true,
        () => false,
      );
    expect(await isTaken()).toBe(false);
    await expect.poll(isTaken, { timeout: 10_000 }).toBe(true);
    expect(await authority(one)).toBe('legacy');
  });
});
