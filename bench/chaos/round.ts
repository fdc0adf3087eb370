import { setTimeout as pause } from 'node:timers/promises';
import type { Side } from '@falsework/core/routing';
import { type PostgresServer, startPostgres } from '@falsework/testkit/postgres';
import pg from 'pg';
import { type Finding, History, type Scope } from './history.ts';
import type { Flow, Order } from './orders.ts';
import { type Plant, plantFault } from './plant.ts';
import type { Kill, Leg } from './schedule.ts';
import { FILL, readContents, SCHEMAS, type Urls } from './tables.ts';
import { WorkerProcess } from './worker.ts';
import { type Histories, seedHistories, Writers } from './writers.ts';

/** The servers of the two stores. */
export type Servers = Readonly<Record<Side, PostgresServer>>;

/** What came of one kill. */
export interface Verdict {
  readonly kill: Kill;
  /** Empty when it passed. */
  readonly because: readonly string[];
  readonly tookMs: number;
}

/** What was counted in a round. */
export interface Counted {
  readonly acknowledged: number;
  readonly inDoubt: number;
  readonly fenced: number;
  readonly tries: number;
}

/** What a round draws from, and what is done wrong in it on purpose. */
export interface RoundTerms {
  readonly seed: number;
  /** `null`: nothing. */
  readonly plant: Plant | null;
}

interface LegPlan {
  readonly orders: readonly Order[];
  /** Which way changes are carried while it is gone through, and after it. */
  readonly flow: Flow;
  readonly after: Flow;
  readonly authority: Side;
  /** What is asked of the store that follows; `null`: nothing yet. */
  readonly follower: 'whole' | 'partial' | null;
  readonly isSealed?: true;
}

const LEGACY_FED = { flow: 'forward', after: 'forward', authority: 'legacy' } as const;
const PLANS: Readonly<Record<Leg, LegPlan>> = {
  capture: { orders: ['capture'], flow: null, after: null, authority: 'legacy', follower: null },
  drain: { ...LEGACY_FED, orders: ['settle'], follower: 'partial' },
  backfill: { ...LEGACY_FED, orders: ['some backfill'], follower: 'partial' },
  'backfill to its end': { ...LEGACY_FED, orders: ['backfill'], follower: 'whole' },
  reconcile: { ...LEGACY_FED, orders: ['reconcile'], follower: 'whole' },
  turnover: {
    orders: ['rehearse', 'turnover'],
    flow: 'forward',
    after: 'reverse',
    authority: 'candidate',
    follower: 'whole',
  },
  reverse: {
    orders: ['settle'],
    flow: 'reverse',
    after: 'reverse',
    authority: 'candidate',
    follower: 'whole',
  },
  rollback: {
    orders: ['rollback'],
    flow: 'reverse',
    after: 'forward',
    authority: 'legacy',
    follower: 'whole',
  },
  'turnover again': {
    orders: ['turnover'],
    flow: 'forward',
    after: 'reverse',
    authority: 'candidate',
    follower: 'whole',
    isSealed: true,
  },
  replay: {
    orders: ['rollback'],
    flow: null,
    after: 'forward',
    authority: 'legacy',
    follower: 'whole',
  },
};

// For how long writers write in a leg at least, so that there is something to lose in each.
const DWELL_MS = 700;
const AGAIN_MS = 150;
// A kill takes a few seconds to get over; what takes a minute and a half does not get over it.
const LEG_MS_MAX = 90_000;
const FINDINGS_MAX = 5;

/** Starts two servers that flush every commit: what they acknowledged must survive their death. */
export async function startServers(): Promise<Servers> {
  const [legacy, candidate] = [
    await startPostgres({ isDurable: true }),
    await startPostgres({ isDurable: true }),
  ];
  return { legacy, candidate };
}

/** One migration among writers, from nothing to the replay of a gap, with a kill in every leg. */
export class Round {
  readonly #servers: Servers;
  readonly #urls: Urls;
  readonly #worker: WorkerProcess;
  readonly #writers: Writers;
  readonly #histories: Histories;
  readonly #found: string[] = [];
  #marks = { accounts: 0, entries: 0 };
  #armed: { readonly kill: Kill; seen: number } | null = null;
  #killed: Promise<void> = Promise.resolve();
  #untilMs = 0;
  #tries = 0;
  #plant: Plant | null;

  private constructor(servers: Servers, urls: Urls, { seed, plant }: RoundTerms) {
    this.#plant = plant;
    this.#servers = servers;
    this.#urls = urls;
    this.#histories = { accounts: new History(), entries: new History() };
    seedHistories(this.#histories);
    this.#worker = new WorkerProcess(urls, {
      onEvent: (event) => this.#onEvent(event),
      onWrong: (because) => this.#found.push(because),
    });
    this.#writers = new Writers(urls, this.#histories, seed);
  }

  static async begin(servers: Servers, terms: RoundTerms): Promise<Round> {
    const urls = {
      legacy: await servers.legacy.createDatabase(),
      candidate: await servers.candidate.createDatabase(),
    };
    for (const side of ['legacy', 'candidate'] as const) {
      await withClient(urls[side], (client) => client.query(SCHEMAS[side]));
    }
    await withClient(urls.legacy, (client) => client.query(FILL));
    return new Round(servers, urls, terms);
  }

  get counted(): Counted {
    const { accounts, entries } = this.#histories;
    return {
      acknowledged: accounts.acknowledged + entries.acknowledged,
      inDoubt: accounts.unknown + entries.unknown,
      fenced: this.#writers.fenced,
      tries: this.#tries,
    };
  }

  /** Goes through a leg with its kill, then looks at everything. */
  async go(kill: Kill): Promise<Verdict> {
    const sinceMs = performance.now();
    this.#untilMs = sinceMs + LEG_MS_MAX;
    const plan = PLANS[kill.leg];
    try {
      this.#armed = { kill, seen: 0 };
      for (const order of plan.orders) await this.#obey(order, plan.flow);
      await pause(Math.max(0, sinceMs + DWELL_MS - performance.now()));
      if (this.#armed !== null) this.#kill(kill);
      await this.#killed;
      await this.#look(plan);
    } catch (error) {
      this.#found.push(error instanceof Error ? error.message : String(error));
    }
    const because = this.#found.splice(0);
    return { kill, because, tookMs: performance.now() - sinceMs };
  }

  /** Removes what Falsework has put into both stores; gives what is wrong with that. */
  async strike(): Promise<readonly string[]> {
    this.#untilMs = performance.now() + LEG_MS_MAX;
    await this.#writers.stop();
    await this.#obey('strike', null).catch((error: Error) => this.#found.push(error.message));
    return this.#found.splice(0);
  }

  async end(): Promise<void> {
    await this.#writers.stop();
    await this.#worker.kill();
  }

  #onEvent(event: string): void {
    const armed = this.#armed;
    if (armed === null || event !== armed.kill.event) return;
    armed.seen += 1;
    if (armed.seen < armed.kill.nth) return;
    this.#kill(armed.kill);
  }

  #kill({ target, afterMs }: Kill): void {
    this.#armed = null;
    this.#killed = pause(afterMs).then(() =>
      target === 'worker' ? this.#worker.kill() : this.#servers[target].crash(),
    );
    // Whoever awaits it later is told; until then nobody is.
    this.#killed.catch(() => {});
  }

  /** Has an order carried out, through whatever is killed meanwhile. */
  async #obey(order: Order, flow: Flow): Promise<void> {
    let last = 'nothing was heard of it';
    for (;;) {
      const leftMs = this.#untilMs - performance.now();
      const late = pause(Math.max(0, leftMs), null, { ref: false });
      const answer = await Promise.race([this.#worker.send({ order, flow }), late]);
      if (this.#found.length > 0) throw new Error(`${order} was not carried out`);
      if (answer === null) throw new Error(`${order} did not come to its end: ${last}`);
      if (answer.kind === 'done') return;
      last = answer.kind === 'again' ? answer.because : 'it was killed';
      this.#tries += 1;
      await pause(AGAIN_MS);
    }
  }

  /** With everybody at rest: what does each store hold, and is it what was acknowledged? */
  async #look({ after, authority, follower, isSealed }: LegPlan): Promise<void> {
    await this.#writers.pause();
    await this.#obey('settle', after);
    await this.#audit(authority, { isWhole: true });
    const other = authority === 'legacy' ? 'candidate' : 'legacy';
    if (follower === 'whole' && other === 'candidate') await this.#plantOnce();
    if (follower !== null) await this.#audit(other, { isWhole: follower === 'whole' });
    else {
      const { accounts, entries } = this.#histories;
      this.#marks = { accounts: accounts.now, entries: entries.now };
    }
    // What is written from here on is the gap, and nobody carries it over.
    if (isSealed) await this.#obey('seal', null);
    this.#writers.resume();
    if (isSealed) await pause(DWELL_MS);
  }

  async #plantOnce(): Promise<void> {
    const plant = this.#plant;
    if (plant === null) return;
    this.#plant = null;
    const { accounts } = this.#histories;
    await withClient(this.#urls.candidate, (client) => plantFault(client, plant, accounts));
  }

  async #audit(side: Side, { isWhole }: { readonly isWhole: boolean }): Promise<void> {
    const contents = await withClient(this.#urls[side], (client) => readContents(client, side));
    for (const table of ['accounts', 'entries'] as const) {
      const scope: Scope = isWhole ? { isWhole } : { isWhole, since: this.#marks[table] };
      this.#histories[table].audit(`${side}'s ${table}`, contents[table], scope);
      this.#found.push(...worded(this.#histories[table].takeFindings()));
    }
    if (!isWhole || contents.unbalanced === 0) return;
    this.#found.push(`${contents.unbalanced} accounts of ${side} are not the sum of their entries`);
  }
}

function worded(findings: readonly Finding[]): string[] {
  const all = findings.map(
    ({ kind, where, key, because }) => `${kind}: ${where}, ${key}: ${because}`,
  );
  const more = all.length - FINDINGS_MAX;
  return more > 0 ? [...all.slice(0, FINDINGS_MAX), `and ${more} more of these`] : all;
}

async function withClient<T>(url: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end().catch(() => {});
  }
}
