// What capture costs writers: pgbench's own TPC-B, transactions per second with capture over those
// without, on one server that flushes every commit. With and without alternate, so that a neighbour
// on the machine meets both; what counts is the median of the ratios of neighbouring rounds. No
// drain runs meanwhile: on two processors it would compete with the writers for their time.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import {
  bookkeepingSchema,
  type Database,
  feedOf,
  installCapture,
  openDatabase,
  outboxSource,
  readCatalogue,
  resolvePlan,
  uninstallCapture,
} from '@falsework/data';
import { startPostgres } from '@falsework/testkit/postgres';
import type { Ratios } from './benches.ts';
import { medianInterval } from './support/confidence.ts';
import { median } from './support/stats.ts';
import { table } from './support/table.ts';

const TABLES = {
  pgbench_accounts: { to: 'pgbench_accounts' },
  pgbench_tellers: { to: 'pgbench_tellers' },
  pgbench_branches: { to: 'pgbench_branches' },
} as const;
const SCALE = 20;
const CLIENTS = 8;
const PAIRS = 8;
const ROUND_SECONDS = 8;
const TARGET = 0.9;

/** Runs the bench. */
export async function run(): Promise<Ratios> {
  const server = await startPostgres({
    isDurable: true,
    flags: ['-c', 'shared_buffers=512MB', '-c', 'max_wal_size=4GB'],
  });
  try {
    const url = await server.createDatabase();
    await pgbench(url, ['-i', '-q', '-s', String(SCALE)]);
    const database = openDatabase({ url, label: 'legacy' });
    await round(url);
    const pairs: { readonly on: number; readonly off: number }[] = [];
    for (let i = 0; i < PAIRS; i += 1) {
      const rounds = new Map<boolean, number>();
      for (const isOn of i % 2 === 0 ? [false, true] : [true, false]) {
        rounds.set(isOn, isOn ? await captured(database) : await round(url));
      }
      pairs.push({ on: rounds.get(true) ?? 0, off: rounds.get(false) ?? 0 });
    }
    await database.close();
    const ratios = pairs.map(({ on, off }) => on / off);
    const { low, high } = medianInterval(ratios);
    console.log(
      table([
        ['TPC-B', 'tps without', 'tps with', 'with over without', '95 % confidence', `≥ ${TARGET}`],
        [
          `scale ${SCALE}, ${CLIENTS} clients`,
          median(pairs.map(({ off }) => off)).toFixed(0),
          median(pairs.map(({ on }) => on)).toFixed(0),
          median(ratios).toFixed(3),
          `${low.toFixed(3)} – ${high.toFixed(3)}`,
          median(ratios) >= TARGET ? 'yes' : 'no',
        ],
      ]),
    );
    return { capture: Number(median(ratios).toFixed(3)) };
  } finally {
    await server.stop();
  }
}

/** A round with capture on, then off again: its events are thrown away as a drain would. */
async function captured(database: Database): Promise<number> {
  const catalogue = await readCatalogue(database, Object.keys(TABLES));
  const resolution = resolvePlan(
    { name: 'bench', from: database.url, to: database.url, tables: TABLES },
    { legacy: catalogue, candidate: catalogue },
  );
  if ('refused' in resolution) throw resolution.refused[0] ?? new Error('refused');
  const schema = bookkeepingSchema('bench');
  const { tables } = feedOf({
    direction: 'forward',
    migration: 'bench',
    source: database,
    follower: database,
    mappings: resolution.plan.forward,
    changes: outboxSource(schema),
    asReplica: false,
  });
  await installCapture(database, { migration: 'bench', kind: 'trigger', tables });
  try {
    return await round(database.url);
  } finally {
    await uninstallCapture(database, 'bench');
  }
}

async function round(url: string): Promise<number> {
  const args = [
    '-n',
    '-M',
    'prepared',
    '-c',
    String(CLIENTS),
    '-j',
    '2',
    '-T',
    String(ROUND_SECONDS),
  ];
  const printed = await pgbench(url, args);
  const found = /tps = ([\d.]+)/.exec(printed);
  if (found === null) throw new Error(`pgbench printed no figure:\n${printed}`);
  return Number(found[1]);
}

async function pgbench(url: string, args: readonly string[]): Promise<string> {
  const { hostname, port, username, password, pathname } = new URL(url);
  const address = ['-h', hostname, '-p', port, '-U', username];
  try {
    const { stdout } = await promisify(execFile)(
      'pgbench',
      [...address, ...args, pathname.slice(1)],
      { env: { ...process.env, PGPASSWORD: password } },
    );
    return stdout;
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ENOENT') throw error;
    throw new Error(
      'pgbench is not installed; it comes with the PostgreSQL server of most systems.',
      {
        cause: error,
      },
    );
  }
}
