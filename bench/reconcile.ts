// How fast two equal tables are proven equal, against two things: the bare hashed sum over both of
// them, which is the least that the servers have to do, and what is usually written, fetching both
// tables by key and comparing them in the client. Then once more with one row among all of them
// changed. Two servers, nothing but reads; contenders take turns. `--rows` for another size.
import { parseArgs } from 'node:util';
import {
  bookkeepingSchema,
  type Database,
  type Feed,
  feedOf,
  installCapture,
  openDatabase,
  outboxSource,
  planData,
  type ReconcileReport,
  runReconcile,
  startFeed,
} from '@falsework/data';
import { type PostgresServer, startPostgres } from '@falsework/testkit/postgres';
import type { Ratios } from './benches.ts';
import { median } from './support/stats.ts';
import { table } from './support/table.ts';

const ROWS = 5_000_000;
const ROUNDS = 3;
// Fetching all rows would take most of the bench; its rate does not depend on how many there are.
const FETCHED_SHARE = 0.2;
const PAGE = 10_000;
const MIGRATION = 'bench';
// About 160 bytes a row, of the types that business tables consist of.
const COLUMNS = `id bigint primary key, account uuid not null, amount numeric(14,2) not null, currency char(3) not null,
  note text, booked_at timestamptz not null, updated_at timestamptz not null, is_settled boolean not null`;
const NAMES = 'id, account, amount, currency, note, booked_at, updated_at, is_settled';
const fill = (rows: number): string =>
  `insert into entries select i, md5((i % 5000)::text)::uuid, (i % 100000) / 7.0, 'EUR',
     repeat(md5(i::text), 2), timestamptz '2024-01-01' + i * interval '1 second',
     timestamptz '2024-01-02' + i * interval '1 second', i % 2 = 0 from generate_series(1, ${rows}) i`;
const BARE = `select count(*), sum(hash_record_extended(row(${NAMES}), 0)) from entries`;

/** Rows per second, by contender. */
interface Rates {
  readonly bare: number;
  readonly pass: number;
  readonly drifted: number;
}

/** Runs the bench. */
export async function run(): Promise<Ratios> {
  const { values } = parseArgs({
    args: process.argv.slice(3),
    options: { rows: { type: 'string' } },
  });
  const rows = Number(values.rows ?? ROWS);
  const servers = [await startPostgres(), await startPostgres()] as const;
  const stores: Database[] = [];
  try {
    for (const [i, server] of servers.entries()) {
      stores.push(await filled(server, { rows, label: i === 0 ? 'legacy' : 'candidate' }));
    }
    const feed = await feedBetween(stores as [Database, Database]);
    const rounds: Rates[] = [];
    for (let i = 0; i < ROUNDS; i += 1) {
      const bare = await rate(rows, () => bareSums(stores));
      const pass = await rate(rows, () => cleanPass(feed, rows));
      rounds.push({ bare, pass, drifted: await driftedRate(feed, rows) });
    }
    const fetched = Math.floor(rows * FETCHED_SHARE);
    const client = await rate(fetched, () => compareInClient(stores, fetched));
    return told({ rows, rounds, client });
  } finally {
    await Promise.all(stores.map((store) => store.close()));
    await Promise.all(servers.map((server) => server.stop()));
  }
}

async function filled(
  server: PostgresServer,
  { rows, label }: { readonly rows: number; readonly label: string },
): Promise<Database> {
  const store = openDatabase({ url: await server.createDatabase(), label });
  for (const sql of [
    `create table entries (${COLUMNS})`,
    fill(rows),
    'vacuum (analyze, freeze) entries',
  ]) {
    await store.use((session) => session.run(sql));
  }
  return store;
}

async function feedBetween([legacy, candidate]: readonly [Database, Database]): Promise<Feed> {
  const tables = { entries: { to: 'entries' } };
  const input = { name: MIGRATION, from: legacy.url, to: candidate.url, tables };
  const { resolved } = await planData(input, { legacy, candidate }, { capture: 'trigger' });
  const feed = feedOf({
    direction: 'forward',
    migration: MIGRATION,
    source: legacy,
    follower: candidate,
    mappings: resolved?.forward ?? [],
    changes: outboxSource(bookkeepingSchema(MIGRATION)),
    asReplica: true,
  });
  await installCapture(legacy, { migration: MIGRATION, kind: 'trigger', tables: feed.tables });
  await startFeed(feed);
  return feed;
}

async function rate(rows: number, act: () => Promise<void>): Promise<number> {
  const began = performance.now();
  await act();
  return (1000 * rows) / (performance.now() - began);
}

async function bareSums(stores: readonly Database[]): Promise<void> {
  const sums = await Promise.all(stores.map((store) => store.use((session) => session.rows(BARE))));
  if (String(sums[0]) !== String(sums[1])) throw new Error('The sums of the two stores differ.');
}

async function cleanPass(feed: Feed, rows: number): Promise<void> {
  const { isClean, passes } = await runReconcile(feed);
  if (!isClean || passes[0]?.rows !== rows) throw new Error(`A pass was ${passes[0]?.state}.`);
}

/** A pass with one row changed on the follower, which is changed back afterwards. */
async function driftedRate(feed: Feed, rows: number): Promise<number> {
  const change = (cents: string): Promise<number> =>
    feed.follower.use((session) =>
      session.run(
        `update entries set amount = amount + ${cents} where id = ${Math.floor(rows * 0.7)}`,
      ),
    );
  await change('0.01');
  let report: ReconcileReport | null = null;
  const found = await rate(rows, async () => {
    report = await runReconcile(feed);
  });
  await change('-0.01');
  const divergences = (report as ReconcileReport | null)?.passes[0]?.divergences;
  if (JSON.stringify(divergences) !== '{"corruption":1}')
    throw new Error('The drift was not found.');
  return found;
}

/** Both tables page by page, in the order of their keys, value by value. */
async function compareInClient(stores: readonly Database[], rows: number): Promise<void> {
  const page = `select ${NAMES} from entries where id > $1 order by id limit ${PAGE}`;
  for (let after = '0'; Number(after) < rows; ) {
    const [ours = [], theirs = []] = await Promise.all(
      stores.map((store) => store.use((session) => session.rows(page, [after]))),
    );
    for (const [i, row] of ours.entries()) {
      const other = theirs[i];
      if (row.some((value, at) => value !== other?.[at])) throw new Error('A row differs.');
    }
    after = ours.at(-1)?.[0] ?? String(rows);
  }
}

interface Figures {
  readonly rows: number;
  readonly rounds: readonly Rates[];
  readonly client: number;
}

function told({ rows, rounds, client }: Figures): Ratios {
  const perSecond = (value: number): string =>
    `${Math.round(value / 1000).toLocaleString('en')} k/s`;
  const [bare, pass] = [
    median(rounds.map((one) => one.bare)),
    median(rounds.map((one) => one.pass)),
  ];
  const drifted = median(rounds.map((one) => one.drifted));
  const driftedTime = median(rounds.map((one) => one.pass / one.drifted));
  const ofLimit = median(rounds.map((one) => one.pass / one.bare));
  console.log(
    table([
      [`${rows.toLocaleString('en')} rows on two servers`, 'rows', 'against', 'goal'],
      ['bare hashed sum of both, the limit', perSecond(bare), '', ''],
      ['a clean pass', perSecond(pass), `${ofLimit.toFixed(2)} of the limit`, '≥ 0.6'],
      [
        'fetching and comparing in the client',
        perSecond(client),
        `pass ${(pass / client).toFixed(1)} ×`,
        '≥ 5',
      ],
      [
        'a pass that finds one row',
        perSecond(drifted),
        `${driftedTime.toFixed(2)} of a clean one’s time`,
        '≤ 1.3',
      ],
    ]),
  );
  const rounded = (value: number): number => Number(value.toFixed(2));
  return {
    reconcileOfLimit: rounded(ofLimit),
    reconcileOverClient: rounded(pass / client),
    reconcileDriftedTime: rounded(driftedTime),
  };
}
