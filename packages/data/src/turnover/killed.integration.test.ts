import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { drainAll } from '../../test/stores.ts';
import { authority, switchBench } from '../../test/switch-bench.ts';
import { violations } from '../../test/switching.ts';

const { missing, urls, connected, writing, rehearsed } = await switchBench();

const WORKER = fileURLToPath(new URL('../../test/turnover-worker.ts', import.meta.url));

/** Runs a switch in a process of its own; gives its last line, or the signal that ended it. */
async function inProcess(kind: string, killAt: number | null): Promise<unknown> {
  const args = ['--conditions=falsework-source', WORKER, urls().legacy, urls().candidate, kind];
  const child = spawn(process.execPath, killAt === null ? args : [...args, String(killAt)]);
  let output = '';
  let errors = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  if (signal !== null) return signal;
  if (code !== 0) throw new Error(errors);
  return JSON.parse(output.trim().split('\n').at(-1) ?? 'null');
}

// As often as a switch notes a step: catching up is taken twice.
const NOTED = 12;

describe.skipIf(missing !== null)(missing ?? 'a switch that is killed', () => {
  it.each(Array.from({ length: NOTED }, (_, i) => i + 1))(
    'at note %i is carried on or undone by the next, with writers at work',
    async (killAt) => {
      const one = await rehearsed();
      const writers = writing(3);
      expect(await inProcess('turnover', killAt)).toBe('SIGKILL');
      expect(await inProcess('turnover', null)).toMatchObject({ state: 'done' });
      const before = writers.acknowledged;
      await expect
        .poll(() => writers.acknowledged, { timeout: 10_000 })
        .toBeGreaterThan(before + 5);
      expect(await authority(one)).toBe('candidate');
      expect(await inProcess('rollback', killAt)).toBe('SIGKILL');
      expect(await inProcess('rollback', null)).toMatchObject({ state: 'done' });
      const history = await writers.stop();
      await drainAll(one.parts.forward);
      expect(await authority(one)).toBe('legacy');
      expect(await violations(one.stores, history)).toEqual([]);
    },
    60_000,
  );

  it('leaves no store that nobody may write to, though nobody comes back for it', async () => {
    const one = await rehearsed();
    // The sixth note is the first behind the fence.
    expect(await inProcess('turnover', 6)).toBe('SIGKILL');
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
