import { mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { GuardReport } from '@falsework/guard';
import { SeededRandom } from '@falsework/testkit';
import { buildWorld, type World } from '../data/world.ts';
import { Caller } from '../load/caller.ts';
import { Reader } from '../load/reader.ts';
import { isOfWriters } from '../load/realms.ts';
import { type Counts, Tally } from '../load/tally.ts';
import { Writer } from '../load/writer.ts';
import { Process } from './process.ts';

const here = join(import.meta.dirname, '..');
const folder = join(here, '.falsework');
const cli = join(dirname(fileURLToPath(import.meta.resolve('falsework'))), '../bin/falsework.js');
const TOKEN_KEY = 'a key that both shops hold';
// As many readers at once as shadows may run for one route: more would only be shed.
const READERS_AT_ONCE = 4;
// Differences are looked at a second time after a quarter of a second; a guard that is stopped
// before has not looked.
const RECHECK_MS = 1_500;

export interface ShopOptions {
  readonly seed: number;
  /** Pages that readers look at, all together. */
  readonly pages: number;
}

/** How the whole run went. */
export interface Outcome {
  readonly report: GuardReport;
  readonly callers: Counts;
  /** Rows in the candidate's database that the guard's callers put there: a shadow must not. */
  readonly candidateRowsChanged: number;
  /** What the same writers saw on the candidate alone, once the guard was gone. */
  readonly writersAlone: Counts;
}

/** Starts both shops and the guard, lets callers loose, and gathers what they have to say. */
export async function runShop({ seed, pages }: ShopOptions): Promise<Outcome> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const world = buildWorld(seed);
  const started: Process[] = [];
  try {
    const [legacy, candidate] = await Promise.all([
      startService('legacy', seed, started),
      startService('candidate', seed, started),
    ]);
    const before = rowsOf('candidate');
    const sides = ['--legacy', legacy, '--candidate', candidate];
    // Most pages are a customer's own: a shadow without their token would only be told to sign in.
    const all = ['--sample', '100%', '--shadow-credentials'];
    const args = [cli, 'guard', ...sides, '--port', '0', ...all, '--json'];
    const guard = new Process({ name: 'guard', args });
    started.push(guard);
    const url = await guard.until(/guard on (\S+)/);
    const callers = await letLoose({ world, seed, pages, url, legacy });
    await pause(RECHECK_MS);
    const report = JSON.parse(await guard.stop()) as GuardReport;
    const candidateRowsChanged = Math.abs(rowsOf('candidate') - before);
    const writersAlone = await writeTo(candidate, world);
    return { report, callers, candidateRowsChanged, writersAlone };
  } finally {
    await Promise.allSettled(started.map((each) => each.stop()));
  }
}

async function startService(
  side: 'legacy' | 'candidate',
  seed: number,
  started: Process[],
): Promise<string> {
  const file = join(here, `services/${side}/server.ts`);
  const service = new Process({
    name: side,
    args: [file, '--database', databaseOf(side), '--seed', String(seed)],
    env: { SHOP_TOKEN_KEY: TOKEN_KEY },
  });
  started.push(service);
  return `http://127.0.0.1:${await service.until(/"listening":(\d+)/)}`;
}

function databaseOf(side: string): string {
  return join(folder, `${side}.db`);
}

/** How many rows there are in a service's database, in all tables. */
function rowsOf(side: string): number {
  const db = new DatabaseSync(databaseOf(side), { readOnly: true });
  const tables = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
  const rows = tables.reduce((sum, { name }) => {
    return sum + Number(db.prepare(`SELECT count(*) AS n FROM "${name}"`).get()?.['n']);
  }, 0);
  db.close();
  return rows;
}

interface Loose extends ShopOptions {
  readonly world: World;
  readonly url: string;
  readonly legacy: string;
}

/** Readers and writers at once, until all pages are read and every writer has had their walk. */
async function letLoose({ world, seed, pages, url, legacy }: Loose): Promise<Counts> {
  const [shop, truth, tally] = [new Caller(url), new Caller(legacy), new Tally()];
  const readers = world.customers.filter((customer) => !isOfWriters(customer));
  const looking = Array.from({ length: READERS_AT_ONCE }, async (_, i) => {
    const random = new SeededRandom(seed * READERS_AT_ONCE + i);
    // Each works through customers of their own, one after the other.
    const mine = readers.filter((_customer, at) => at % READERS_AT_ONCE === i);
    for (const customer of mine) {
      const reader = new Reader({ world, customer, random, shop, truth, tally });
      await reader.signIn();
      for (let page = 0; page < pages / readers.length; page += 1) await reader.look();
    }
  });
  try {
    await Promise.all([...looking, write(world, shop, tally)]);
  } finally {
    await Promise.all([shop.close(), truth.close()]);
  }
  return tally.counts;
}

/** Every writer has their walk, one after the other. */
async function write(world: World, shop: Caller, tally: Tally): Promise<void> {
  for (const customer of world.customers.filter((each) => isOfWriters(each))) {
    await new Writer({ world, customer, shop, tally }).walk();
  }
}

async function writeTo(url: string, world: World): Promise<Counts> {
  const [shop, tally] = [new Caller(url), new Tally()];
  try {
    await write(world, shop, tally);
  } finally {
    await shop.close();
  }
  return tally.counts;
}
