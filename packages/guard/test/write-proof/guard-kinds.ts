import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { request } from 'undici';
import { openWritesAt, orderWrites } from '../../src/orders/order-client.ts';
import type { PlantedFault } from './guard-process.ts';
import type { GuardKind, Places, StillOpen } from './killable-guard.ts';

const MODULE = join(import.meta.dirname, 'guard-process.ts');
// What `falsework` runs, from source.
const COMMAND = join(import.meta.dirname, 'run-command.ts');

/** The module of writes behind a bare server, where faults can be planted. */
export function moduleGuard({ folder, legacy, candidate }: Places, fault: PlantedFault): GuardKind {
  const ask = async <Answer>(url: string): Promise<Answer> => {
    const { body } = await request(url);
    return (await body.json()) as Answer;
  };
  return {
    args: [MODULE, join(folder, 'journal'), legacy, candidate, fault],
    originIn: (said) => {
      const port = /^(\d+)\n/.exec(said)?.[1];
      return port === undefined ? null : `http://127.0.0.1:${port}`;
    },
    open: (origin) => ask<StillOpen>(`${origin}/state`),
    settle: (origin, sequence, isApplied) =>
      ask(`${origin}/settle/${sequence}/${isApplied ? 'applied' : 'not-applied'}`),
  };
}

/** `falsework guard` with a configuration: nothing of it knows that it is being tried. */
export function commandGuard({ folder, legacy, candidate }: Places): GuardKind {
  const own = join(folder, 'guard');
  mkdirSync(own, { recursive: true });
  const config = join(own, 'falsework.config.json');
  writeFileSync(config, JSON.stringify(configOf(legacy, candidate)));
  const journal = join(own, 'writes');
  return {
    args: [COMMAND, 'guard', '--config', config],
    originIn: (said) => /guard on (http:\/\/\S+)\n/.exec(said)?.[1] ?? null,
    open: async () => {
      const { writes, debts } = await openWritesAt(journal);
      return { debts, entries: writes?.journal.entries ?? 0 };
    },
    settle: (_origin, sequence, isApplied) =>
      orderWrites(journal, {
        order: 'settle',
        sequence,
        isApplied,
        by: 'the proof',
        reason: 'looked up',
      }),
  };
}

function configOf(legacy: string, candidate: string): object {
  const key = { from: 'path', name: 'id' };
  return {
    name: 'proof',
    owner: 'proof',
    deleteBy: '2099-12-31',
    store: 'separate',
    // Nobody is there: a guard serves on without control.
    control: { url: 'http://127.0.0.1:9', token: 'nobody-asks-for-this-token' },
    guard: {
      legacy,
      candidate,
      port: 0,
      writes: {
        folder: 'writes',
        // Small, so that segments are rolled and removed while it is killed.
        size: '4MiB',
        diskFree: '0B',
        timeout: '2s',
        deadLetter: { attempts: 50 },
      },
      routes: {
        // Only the first declares that a repeated key is answered without an effect.
        'POST /accounts/{id}/entries': { effects: 'follow', idempotent: true, key },
        'POST /accounts/{id}/notes': { effects: 'follow', key },
      },
    },
  };
}
