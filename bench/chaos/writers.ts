import type { Side } from '@falsework/core/routing';
import { FENCED_STATE } from '@falsework/data';
import type { SeededRandom } from '@falsework/testkit';
import pg from 'pg';
import type { Held, History } from './history.ts';
import { randomFor } from './schedule.ts';
import { SEEDED, type Urls } from './tables.ts';

/** What became of accounts and entries, by owner and by ref. */
export interface Histories {
  readonly accounts: History;
  readonly entries: History;
}

const WRITERS = 4;
const PAUSE_MS_MAX = 12;
const REFUSED_MS = 10;
const DOWN_MS = 50;
// Each closes its transaction without a trace; only a connection that breaks leaves a doubt.
const UNDONE_STATES = new Set([FENCED_STATE, '40001', '40P01', '55P03']);

/** Tells the histories of the rows that were there before. */
export function seedHistories({ accounts, entries }: Histories): void {
  for (let i = 1; i <= SEEDED; i += 1) {
    accounts.seed(`s${i}`, i);
    entries.seed(`s${i}`, i);
  }
}

/**
 * An application's writers: they write to whichever store takes writes, know only what they were
 * told, and tell the histories. Each owns its keys, so that each knows what it must meet.
 */
export class Writers {
  readonly #loops: Promise<void>[];
  readonly #all: readonly Writer[];
  #broken: unknown = null;

  constructor(urls: Urls, histories: Histories, seed: number) {
    this.#all = Array.from(
      { length: WRITERS },
      (_, i) => new Writer({ urls, histories, random: randomFor(seed, 1_000_003 + i), name: i }),
    );
    this.#loops = this.#all.map((writer) =>
      writer.run().catch((error: unknown) => {
        this.#broken ??= error;
      }),
    );
  }

  get fenced(): number {
    return this.#all.reduce((sum, { fenced }) => sum + fenced, 0);
  }

  /** Resolves when nobody is writing any more. */
  async pause(): Promise<void> {
    await Promise.all(this.#all.map((writer) => writer.pause()));
    if (this.#broken !== null)
      throw new Error('A writer met what it cannot.', { cause: this.#broken });
  }

  resume(): void {
    for (const writer of this.#all) writer.resume();
  }

  async stop(): Promise<void> {
    for (const writer of this.#all) writer.stop();
    await Promise.all(this.#loops);
  }
}

interface Parts {
  readonly urls: Urls;
  readonly histories: Histories;
  readonly random: SeededRandom;
  readonly name: number;
}

/** A write that may or may not have happened. */
class InDoubt extends Error {
  override readonly name = 'InDoubt';
}

/** Nothing happened, and it may be tried again later. */
class NotNow extends Error {
  override readonly name = 'NotNow';
}

class Writer {
  readonly #parts: Parts;
  readonly #mine: string[];
  readonly #clients: Record<Side, pg.Client | null> = { legacy: null, candidate: null };
  #side: Side = 'legacy';
  #turn = 0;
  #isStopped = false;
  #paused: PromiseWithResolvers<void> | null = null;
  #resumed: PromiseWithResolvers<void> | null = null;
  fenced = 0;

  constructor(parts: Parts) {
    this.#parts = parts;
    const all = Array.from({ length: SEEDED }, (_, i) => i + 1);
    this.#mine = all.filter((i) => i % WRITERS === parts.name).map((i) => `s${i}`);
  }

  async run(): Promise<void> {
    try {
      while (!this.#isStopped) {
        if (this.#paused !== null) await this.#rest();
        else await this.#write();
      }
    } finally {
      this.#isStopped = true;
      this.#paused?.resolve();
      for (const side of ['legacy', 'candidate'] as const) this.#drop(side);
    }
  }

  async pause(): Promise<void> {
    if (this.#isStopped) return;
    this.#paused ??= Promise.withResolvers();
    await this.#paused.promise;
  }

  resume(): void {
    this.#paused = null;
    this.#resumed?.resolve();
    this.#resumed = null;
  }

  stop(): void {
    this.#isStopped = true;
    this.resume();
  }

  async #rest(): Promise<void> {
    this.#resumed = Promise.withResolvers();
    this.#paused?.resolve();
    await this.#resumed.promise;
  }

  async #write(): Promise<void> {
    const { random, name } = this.#parts;
    this.#turn += 1;
    const what = random.next();
    const owner = random.pick(this.#mine);
    const cents = 1 + random.below(900);
    const ref = `w${name}-${this.#turn}`;
    if (what < 0.3) await this.#insert(ref, cents);
    else if (what < 0.42) await this.#delete(owner);
    else await this.#change(owner, { cents, ref });
    await pause(random.below(PAUSE_MS_MAX + 1));
  }

  async #insert(key: string, cents: number): Promise<void> {
    const { accounts, entries } = this.#parts.histories;
    const became = await this.#until(async (run) => {
      await run(INSERT_ACCOUNT, [key, cents]);
      await run(INSERT_ENTRY, [key, key, cents]);
    });
    if (became === 'given up') return;
    this.#mine.push(key);
    for (const history of [accounts, entries]) {
      if (became === 'done') history.acknowledge(key, { saw: null, became: cents });
      else history.suspect(key, () => cents);
    }
  }

  async #change(
    owner: string,
    { cents, ref }: { readonly cents: number; readonly ref: string },
  ): Promise<void> {
    const { accounts, entries } = this.#parts.histories;
    let after: Held = null;
    const became = await this.#until(async (run) => {
      after = await run(CHANGE, [owner, cents]);
      if (after !== null) await run(INSERT_ENTRY, [ref, owner, cents]);
    });
    const met = after as Held;
    if (became === 'given up') return;
    if (became === 'done') {
      accounts.acknowledge(owner, { saw: met === null ? null : met - cents, became: met });
      if (met !== null) entries.acknowledge(ref, { saw: null, became: cents });
      else this.#forget(owner);
    } else if (met !== null) {
      accounts.suspect(owner, (held) => (held === null ? null : held + cents));
      entries.suspect(ref, () => cents);
    }
  }

  async #delete(owner: string): Promise<void> {
    const { accounts } = this.#parts.histories;
    let before: Held = null;
    const became = await this.#until(async (run) => {
      before = await run(DELETE, [owner]);
    });
    if (became === 'given up') return;
    if (became === 'done') {
      accounts.acknowledge(owner, { saw: before, became: null });
      this.#forget(owner);
    } else accounts.suspect(owner, () => null);
  }

  #forget(owner: string): void {
    const at = this.#mine.indexOf(owner);
    if (at >= 0) this.#mine.splice(at, 1);
  }

  /** Tries until it is known to have happened, or its end is in doubt, or there is no time left. */
  async #until(act: (run: Run) => Promise<void>): Promise<'done' | 'in doubt' | 'given up'> {
    while (!this.#isStopped && this.#paused === null) {
      try {
        await this.#transaction(act);
        return 'done';
      } catch (error) {
        if (error instanceof InDoubt) return 'in doubt';
        if (!(error instanceof NotNow)) throw error;
      }
    }
    return 'given up';
  }

  async #transaction(act: (run: Run) => Promise<void>): Promise<void> {
    const side = this.#side;
    const client = await this.#connected(side);
    try {
      await client.query('begin');
      await act(async (statement, values) => {
        const { rows } = await client.query<{ cents: string }>(statement[side], [...values]);
        return rows[0] === undefined ? null : Number(rows[0].cents);
      });
    } catch (error) {
      await this.#undone(error, { side, client });
      throw new NotNow('undone', { cause: error });
    }
    try {
      await client.query('commit');
    } catch (error) {
      if (UNDONE_STATES.has(stateOf(error))) {
        await this.#undone(error, { side, client });
        throw new NotNow('undone at its commit', { cause: error });
      }
      this.#drop(side);
      throw new InDoubt('the connection broke at the commit', { cause: error });
    }
  }

  async #undone(
    error: unknown,
    { side, client }: { readonly side: Side; readonly client: pg.Client },
  ): Promise<void> {
    const state = stateOf(error);
    if (!UNDONE_STATES.has(state)) {
      // Anything else of the server's own would be a fault of these writers.
      if (state.length === 5 && !/^(08|57P)/.test(state)) throw error;
      this.#drop(side);
      await pause(DOWN_MS);
      return;
    }
    try {
      await client.query('rollback');
    } catch {
      // What was to be undone is undone with its connection.
      this.#drop(side);
    }
    if (state !== FENCED_STATE) return;
    this.fenced += 1;
    this.#side = side === 'legacy' ? 'candidate' : 'legacy';
    await pause(REFUSED_MS);
  }

  async #connected(side: Side): Promise<pg.Client> {
    const open = this.#clients[side];
    if (open !== null) return open;
    const client = new pg.Client({ connectionString: this.#parts.urls[side] });
    client.on('error', () => this.#drop(side));
    try {
      await client.connect();
    } catch (error) {
      await pause(DOWN_MS);
      throw new NotNow('the server is down', { cause: error });
    }
    this.#clients[side] = client;
    return client;
  }

  #drop(side: Side): void {
    const client = this.#clients[side];
    this.#clients[side] = null;
    // A connection that is broken cannot be ended in an orderly way.
    client?.end().catch(() => {});
  }
}

type Statement = Readonly<Record<Side, string>>;
type Run = (statement: Statement, values: readonly unknown[]) => Promise<Held>;

const INSERT_ACCOUNT: Statement = {
  legacy: 'insert into accounts (owner, amount) values ($1, $2::bigint / 100.0)',
  candidate: 'insert into ledger_accounts (owner, amount_cents) values ($1, $2)',
};
const INSERT_ENTRY: Statement = {
  legacy: 'insert into entries (ref, owner, amount) values ($1, $2, $3::bigint / 100.0)',
  candidate: 'insert into ledger_entries (ref, owner, amount_cents) values ($1, $2, $3)',
};
const CHANGE: Statement = {
  legacy: `update accounts set amount = amount + $2::bigint / 100.0 where owner = $1
    returning round(amount * 100) as cents`,
  candidate: `update ledger_accounts set amount_cents = amount_cents + $2::bigint where owner = $1
    returning amount_cents as cents`,
};
const DELETE: Statement = {
  legacy: 'delete from accounts where owner = $1 returning round(amount * 100) as cents',
  candidate: 'delete from ledger_accounts where owner = $1 returning amount_cents as cents',
};

function stateOf(error: unknown): string {
  const { code } = (error ?? {}) as { readonly code?: unknown };
  return typeof code === 'string' ? code : '';
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
