// pgbench's own TPC-B, with its own schema and its own writers, as the legacy side of a migration:
// moved to the second server and back while it is at work. What was lost or applied twice shows in
// its own books: every transaction leaves a row in pgbench_history on the store that took it.
import { setTimeout as pause } from 'node:timers/promises';
import {
  bookkeepingSchema,
  type Database,
  type DataPlanInput,
  drainOnce,
  type Feed,
  type FeedParts,
  feedOf,
  installCapture,
  openDatabase,
  outboxSource,
  planData,
  rehearse,
  rollBackStores,
  runBackfill,
  runDrain,
  runReconcile,
  type Stores,
  type SwitchOutcome,
  startFeed,
  type TurnoverParts,
  turnOver,
  verifyStores,
} from '@falsework/data';
import { systemClock } from '@falsework/system';
import { PgbenchLoad, pgbench } from './pgbench.ts';
import { startServers } from './round.ts';
import type { ChaosResult, ChaosTerms } from './runs.ts';
import type { Urls } from './tables.ts';
import { auditBooks, type Books } from './tpcb-books.ts';

const MIGRATION = 'tpcb';
const SCALE = 2;
const DWELL_MS = 3_000;
const DAY_MS = 86_400_000;
const TABLES = {
  pgbench_accounts: { to: 'pgbench_accounts' },
  pgbench_tellers: { to: 'pgbench_tellers' },
  pgbench_branches: { to: 'pgbench_branches' },
} as const;
const HISTORY = { pgbench_history: { to: 'pgbench_history' } } as const;
const KEYS = { pgbench_accounts: 'aid', pgbench_tellers: 'tid', pgbench_branches: 'bid' } as const;

/** Runs it. */
export async function run({ seed, minutes, say }: ChaosTerms): Promise<ChaosResult> {
  const servers = await startServers();
  const open: Database[] = [];
  // pgbench is not ours and could hang: the servers go, and everything that waits for them.
  const late = setTimeout(() => {
    say(`${minutes} minutes are over`);
    void Promise.all([servers.legacy.stop(), servers.candidate.stop()]);
  }, minutes * 60_000);
  try {
    const urls = {
      legacy: await servers.legacy.createDatabase(),
      candidate: await servers.candidate.createDatabase(),
    };
    await initialise(urls);
    const stores = {
      legacy: openDatabase({ url: urls.legacy, label: 'legacy', connections: 12 }),
      candidate: openDatabase({ url: urls.candidate, label: 'candidate', connections: 12 }),
    };
    open.push(stores.legacy, stores.candidate);
    const parts = await planned(urls, { stores, say });
    const load = new PgbenchLoad(urls, seed);
    try {
      return await thereAndBack(parts, { load, say });
    } finally {
      await load.stop().catch((error: unknown) => say(String(error)));
    }
  } finally {
    clearTimeout(late);
    await Promise.all(open.map((store) => store.close()));
    await Promise.all([servers.legacy.stop(), servers.candidate.stop()]);
  }
}

/** The tables with their rows on legacy; without, but with their keys, on the candidate. */
async function initialise(urls: Urls): Promise<void> {
  const made = [
    await pgbench(urls.legacy, ['-i', '-q', '-s', String(SCALE)]),
    await pgbench(urls.candidate, ['-i', '-I', 'tp']),
  ];
  for (const { isWhole, printed } of made) if (!isWhole) throw new Error(printed);
}

interface Planning {
  readonly stores: Stores;
  readonly say: (line: string) => void;
}

/** A table without a key cannot be told row from row: the plan says so, and it stays behind. */
async function planned(urls: Urls, { stores, say }: Planning): Promise<TurnoverParts> {
  const plan = (tables: DataPlanInput['tables']): ReturnType<typeof planData> =>
    planData({ name: MIGRATION, from: urls.legacy, to: urls.candidate, tables }, stores, {
      capture: 'trigger',
    });
  const whole = await plan({ ...TABLES, ...HISTORY });
  for (const { code, message } of whole.refused) say(`left out: ${code} ${message}`);
  const { resolved, refused } = await plan(TABLES);
  if (resolved === null) throw refused[0] ?? new Error('The plan was refused.');
  const feed = (parts: Pick<FeedParts, 'direction' | 'source' | 'follower' | 'mappings'>): Feed => {
    const changes = outboxSource(bookkeepingSchema(MIGRATION));
    return feedOf({ ...parts, migration: MIGRATION, changes, asReplica: true });
  };
  const { legacy, candidate } = stores;
  const { forward, reverse } = resolved;
  return {
    stores,
    forward: feed({ direction: 'forward', source: legacy, follower: candidate, mappings: forward }),
    reverse: feed({ direction: 'reverse', source: candidate, follower: legacy, mappings: reverse }),
    captureOf: { legacy: 'trigger', candidate: 'trigger' },
    blockers: resolved.blockers.map(({ because }) => because),
    ports: {
      clock: systemClock,
      verify: (of) => verifyStores(of, { clock: systemClock }),
      invariants: async () => [],
      announce: async () => {},
    },
  };
}

interface UnderLoad {
  readonly load: PgbenchLoad;
  readonly say: (line: string) => void;
}

async function thereAndBack(parts: TurnoverParts, { load, say }: UnderLoad): Promise<ChaosResult> {
  const { forward, reverse } = parts;
  const sinceMs = performance.now();
  const told = (what: string): void => {
    const seconds = ((performance.now() - sinceMs) / 1_000).toFixed(1);
    say(`${seconds.padStart(6)} s  ${what}  (${load.transactions} transactions so far)`);
  };
  const { migration, source, tables } = forward;
  await installCapture(source, { migration, kind: 'trigger', tables });
  await startFeed(forward);
  const there = await beside(forward, async () => {
    const copied = await runBackfill(forward, { clock: systemClock });
    if (copied.outcome !== 'done') throw new Error(`The backfill ended as ${copied.outcome}.`);
    told('copied');
    const rows = await compared(forward);
    told(`${rows} rows compared with pgbench at work: all equal`);
    const rehearsal = await rehearse(parts, { validMs: DAY_MS });
    if (rehearsal.state === 'failed') throw new Error(rehearsal.because);
    return pauseOf(await turnOver(parts));
  });
  told(`turned over; nobody could write for ${there} ms`);
  const back = await beside(reverse, async () => {
    await pause(DWELL_MS);
    const rows = await compared(reverse);
    told(`${rows} rows compared on the way back: all equal`);
    return pauseOf(await rollBackStores(parts));
  });
  told(`rolled back; nobody could write for ${back} ms`);
  await beside(forward, () => pause(DWELL_MS));
  await load.stop();
  await drained(forward);
  const found = await audit(parts.stores, load.transactions);
  told('both stores held against the history of every transaction');
  const { transactions, refused } = load;
  const pauses = { turnoverPauseMs: there, rollbackPauseMs: back };
  return { figures: { transactions, refused, ...pauses, divergent: found.length }, found };
}

/** Runs `act` with a drain beside it. */
async function beside<T>(feed: Feed, act: () => Promise<T>): Promise<T> {
  const stop = new AbortController();
  const draining = runDrain(feed, { signal: stop.signal });
  try {
    // A drain that dies ends it with its own reason.
    return await Promise.race([act(), draining.then(() => Promise.reject(new Error('stopped')))]);
  } finally {
    stop.abort();
    await draining;
  }
}

async function compared(feed: Feed): Promise<number> {
  const { isClean, passes } = await runReconcile(feed);
  if (!isClean) throw new Error(`Compared: ${passes.map(({ state }) => state).join(', ')}.`);
  return passes.reduce((sum, { rows }) => sum + rows, 0);
}

function pauseOf(outcome: SwitchOutcome): number {
  if (outcome.state === 'done') return Math.round(outcome.run.facts.pauseMs ?? 0);
  throw outcome.state === 'undone' ? outcome.error : new Error(outcome.because);
}

async function drained(feed: Feed): Promise<void> {
  for (;;) {
    const window = await drainOnce(feed, { changesMax: 10_000, retriesDead: true });
    if (window !== null && !window.isBehind) return;
  }
}

/** Both stores at rest. */
async function audit(stores: Stores, transactions: number): Promise<string[]> {
  const [legacy, candidate] = [await books(stores.legacy), await books(stores.candidate)];
  return auditBooks({ legacy, candidate, transactions });
}

async function books(database: Database): Promise<Books> {
  const digests: Record<string, string> = {};
  for (const [table, key] of Object.entries(KEYS)) {
    const text = `select md5(string_agg(t::text, e'\\n' order by ${key})), count(*) from ${table} t`;
    digests[table] = String(await read(database, text));
  }
  const numbers = async (text: string): Promise<(readonly [string, number, number])[]> =>
    (await read(database, text)).map(([key = '', one, two]) => [key, Number(one), Number(two)]);
  const history = await numbers(
    'select aid, sum(delta), count(*) from pgbench_history group by aid',
  );
  const accounts = await numbers('select aid, abalance, 0 from pgbench_accounts');
  const sums = await numbers(
    `select 'tellers', sum(tbalance), 0 from pgbench_tellers
     union all select 'branches', sum(bbalance), 0 from pgbench_branches`,
  );
  return { digests, history, accounts, sums };
}

async function read(database: Database, text: string): Promise<string[][]> {
  const rows = await database.use((session) => session.rows(text));
  return rows.map((row) => row.map((value) => value ?? ''));
}
