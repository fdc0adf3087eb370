// Events per second through the drain, from a table with capture to a table of another database,
// against two queues that are often used for the same: graphile-worker and pg-boss, each with its
// batching on, each doing the same upsert. All on one server that flushes every commit. They take
// turns, so that a neighbour on the machine meets all of them; what counts is the median of their
// ratios per turn. Then the lag of a running drain while 1,000 rows a second are written, told by
// the clocks of the two servers' one machine: from the insert on the source to the insert on the
// follower.
import {
  bookkeepingSchema,
  type Database,
  type Feed,
  feedOf,
  installCapture,
  openDatabase,
  outboxSource,
  readCatalogue,
  resolvePlan,
  runDrain,
  startFeed,
} from '@falsework/data';
import { startPostgres } from '@falsework/testkit/postgres';
import type { Ratios } from './benches.ts';
import { boss, type Queue, worker } from './support/data-queues.ts';
import { median, quantile } from './support/stats.ts';
import { table } from './support/table.ts';

const TURNS = 3;
const EVENTS = 20_000;
// A few rows at a time, as an application commits.
const ROWS_PER_COMMIT = 50;
const LAG_SECONDS = 15;
const LAG_WRITES_PER_SECOND = 1_000;
const TARGETS = { 'pg-boss': 3, 'graphile-worker': 1 } as const;

const SOURCE = `create table events (id bigint primary key, body text not null,
  written_at timestamptz not null default clock_timestamp())`;
const FOLLOWER = `create table events (id bigint primary key, body text not null, written_at timestamptz not null,
  arrived_at timestamptz not null default clock_timestamp())`;

/** Runs the bench. */
export async function run(): Promise<Ratios> {
  const server = await startPostgres({ isDurable: true, flags: ['-c', 'shared_buffers=256MB'] });
  try {
    const source = openDatabase({ url: await server.createDatabase(), label: 'source' });
    const follower = openDatabase({ url: await server.createDatabase(), label: 'follower' });
    await statement(source, SOURCE);
    await statement(follower, FOLLOWER);
    const feed = await begun(source, follower);
    const queues: Queue[] = [];
    for (const carries of [true, false]) {
      queues.push(await worker(source, follower, { carries }));
      queues.push(await boss(source, follower, { carries }));
    }
    const turns: Turn[] = [];
    for (let i = 0; i < TURNS; i += 1) turns.push(await turn(feed, queues, i));
    const lags = await lagUnderLoad(feed);
    for (const queue of queues) await queue.close();
    await source.close();
    await follower.close();
    print(turns, lags);
    return ratiosOf(turns);
  } finally {
    await server.stop();
  }
}

/** Events per second by name, in one turn. */
type Turn = ReadonlyMap<string, number>;

async function turn(feed: Feed, queues: readonly Queue[], number: number): Promise<Turn> {
  const perSecond = new Map<string, number>();
  const contestants = [
    { name: 'drain', go: () => drained(feed, number) },
    ...queues.map((queue) => ({ name: queue.name, go: () => queued(feed, queue, number) })),
  ];
  // Nobody always comes after the same one.
  const order = number % 2 === 0 ? contestants : contestants.toReversed();
  for (const { name, go } of order) {
    const tookMs = await go();
    perSecond.set(name, EVENTS / (tookMs / 1_000));
    console.log(`turn ${number + 1}: ${name} ${perSecond.get(name)?.toFixed(0)} events/s`);
  }
  return perSecond;
}

async function drained(feed: Feed, number: number): Promise<number> {
  await fresh(feed);
  const first = number * EVENTS;
  for (let at = 0; at < EVENTS; at += ROWS_PER_COMMIT) {
    await statement(
      feed.source,
      `insert into events select g, repeat('x', 100) from generate_series(${first + at + 1}, ${first + at + ROWS_PER_COMMIT}) g`,
    );
  }
  const stop = new AbortController();
  const since = performance.now();
  let tookMs = 0;
  let keys = 0;
  await runDrain(feed, {
    signal: stop.signal,
    onEvent: (event) => {
      if (event.kind === 'drained') keys += event.drained.keys;
      if (event.kind === 'trouble') throw event.error;
      if (keys < EVENTS) return;
      tookMs = performance.now() - since;
      stop.abort();
    },
  });
  await complete(feed);
  return tookMs;
}

async function queued(feed: Feed, queue: Queue, number: number): Promise<number> {
  await statement(feed.follower, 'truncate events');
  const first = 1_000_000_000 + number * EVENTS;
  const ids = Array.from({ length: EVENTS }, (_, i) => first + i);
  for (let at = 0; at < EVENTS; at += ROWS_PER_COMMIT) {
    await queue.add(ids.slice(at, at + ROWS_PER_COMMIT));
  }
  const since = performance.now();
  await queue.work(EVENTS);
  const tookMs = performance.now() - since;
  if (queue.carries) await complete(feed);
  return tookMs;
}

async function fresh(feed: Feed): Promise<void> {
  await statement(feed.follower, 'truncate events');
}

/** Rejects unless every event has arrived: otherwise no figure means anything. */
async function complete({ follower }: Feed): Promise<void> {
  const [row] = await follower.use((session) => session.rows('select count(*) from events'));
  if (Number(row?.[0]) !== EVENTS) throw new Error(`${row?.[0]} of ${EVENTS} events arrived.`);
}

async function lagUnderLoad(feed: Feed): Promise<readonly number[]> {
  await statement(feed.source, 'truncate events');
  await statement(feed.follower, 'truncate events');
  const stop = new AbortController();
  const running = runDrain(feed, { signal: stop.signal });
  const since = performance.now();
  const writes = LAG_SECONDS * LAG_WRITES_PER_SECOND;
  const waiting = new Set<Promise<void>>();
  for (let id = 0; id < writes; id += 1) {
    const dueMs = since + (id / LAG_WRITES_PER_SECOND) * 1_000;
    const early = dueMs - performance.now();
    if (early > 1) await new Promise((resolve) => setTimeout(resolve, early));
    const write = statement(
      feed.source,
      `insert into events values (${-id - 1}, repeat('x', 100))`,
    );
    waiting.add(write);
    void write.finally(() => waiting.delete(write));
  }
  await Promise.all(waiting);
  const tookS = (performance.now() - since) / 1_000;
  if (tookS > LAG_SECONDS * 1.1) {
    console.log(
      `writers reached ${(writes / tookS).toFixed(0)} of ${LAG_WRITES_PER_SECOND} writes/s`,
    );
  }
  for (;;) {
    const [row] = await feed.follower.use((session) =>
      session.rows('select count(*) from events where id < 0'),
    );
    if (Number(row?.[0]) === writes) break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  stop.abort();
  await running;
  const rows = await feed.follower.use((session) =>
    session.rows('select extract(epoch from arrived_at - written_at) * 1000 from events'),
  );
  return rows.map(([ms]) => Number(ms)).sort((a, b) => a - b);
}

async function begun(source: Database, follower: Database): Promise<Feed> {
  const resolution = resolvePlan(
    {
      name: 'bench',
      from: source.url,
      to: follower.url,
      tables: { events: { to: 'events', columns: { arrived_at: { isOwn: true } } } },
    },
    {
      legacy: await readCatalogue(source, ['events']),
      candidate: await readCatalogue(follower, ['events']),
    },
  );
  if ('refused' in resolution) throw resolution.refused[0] ?? new Error('refused');
  const feed = feedOf({
    direction: 'forward',
    migration: 'bench',
    source,
    follower,
    mappings: resolution.plan.forward,
    changes: outboxSource(bookkeepingSchema('bench')),
    asReplica: true,
  });
  await installCapture(source, { migration: 'bench', kind: 'trigger', tables: feed.tables });
  await startFeed(feed);
  return feed;
}

async function statement(database: Database, sql: string): Promise<void> {
  await database.use((session) => session.run(sql));
}

function ratiosOf(turns: readonly Turn[]): Record<string, number> {
  return Object.fromEntries(Object.keys(TARGETS).map((name) => [name, ratioTo(turns, name)]));
}

function ratioTo(turns: readonly Turn[], name: string): number {
  const ratios = turns.map((one) => (one.get('drain') ?? 0) / (one.get(name) ?? Number.NaN));
  return Number(median(ratios).toFixed(2));
}

function print(turns: readonly Turn[], lags: readonly number[]): void {
  const rows = [['', 'events/s', 'drain over it', 'at least']];
  for (const name of turns[0]?.keys() ?? []) {
    const perSecond = median(turns.map((one) => one.get(name) ?? Number.NaN)).toFixed(0);
    const target = TARGETS[name as keyof typeof TARGETS];
    const ratio = name === 'drain' ? '' : ratioTo(turns, name).toFixed(2);
    rows.push([name, perSecond, ratio, target === undefined ? '' : String(target)]);
  }
  console.log(table(rows));
  const at = (q: number): string => `p${q * 100} ${quantile(lags, q).toFixed(0)} ms`;
  console.log(
    `lag at ${LAG_WRITES_PER_SECOND} writes/s: ${at(0.5)}, ${at(0.95)}, ${at(0.99)}, most ${quantile(lags, 1).toFixed(0)} ms`,
  );
}
