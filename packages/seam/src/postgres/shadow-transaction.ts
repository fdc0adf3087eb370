import type { ShadowRun } from '../run/shadow-run.ts';
import { type ClientLike, type QueryAnswer, sqlStateOf } from './pool-like.ts';
import { type Control, controlOf } from './transaction-control.ts';

/** One checkout of a connection by the side that runs: to it, a connection of its own. */
export interface Checkout {
  /** The savepoint that stands for the transaction it has begun; `null` outside of one. */
  savepoint: string | null;
}

/** What a transaction is made of. */
export interface TransactionParts {
  readonly client: ClientLike;
  readonly run: ShadowRun;
  /** How long to wait for the statement under way when the run is over. */
  readonly graceMs: number;
  /** Ends the connection from outside, when what runs on it does not end. */
  readonly terminate: () => Promise<void>;
}

/** The server's side of a connection is gone. */
type Broken = (error: Error) => void;

// The server gave the shadow up, so that the authority need not wait for it. None of them says
// anything about the candidate: lock timeout, statement timeout, idle timeout, deadlock.
const GAVE_WAY = new Set(['55P03', '57014', '25P03', '40P01']);
const NEVER: Promise<never> = new Promise(() => {});

/**
 * The one transaction of a shadow run. Whatever the run checks out, begins and commits happens in
 * it, and nothing of it stays:
 *
 *     begin; insert into falsework_leaf     what makes every commit fail, see `ShadowPool`
 *       savepoint 1   ← BEGIN of the side   COMMIT of the side: nothing; ROLLBACK: back to 1
 *       savepoint 2   ← a statement outside of BEGIN, so that its failure stays its own
 *     rollback                              always
 *
 * One statement at a time, in the order in which they were asked for.
 */
export class ShadowTransaction {
  readonly #parts: TransactionParts;
  #tail: Promise<unknown> = Promise.resolve();
  /** Resolves when the transaction is no longer ours to end. */
  readonly #gone = Promise.withResolvers<void>();
  #savepoints = 0;
  #isOver = false;
  #isOurs = true;

  // A connection that the server ends while no statement is under way says so by an event, and an
  // event of an error that nobody hears ends the process.
  readonly #onBroken: Broken = () => this.#parts.run.spoil('gave-way');

  constructor(parts: TransactionParts) {
    this.#parts = parts;
    parts.client.on('error', this.#onBroken);
  }

  get client(): ClientLike {
    return this.#parts.client;
  }

  /** Runs a statement as if the checkout were a connection of its own. */
  query(checkout: Checkout, args: readonly unknown[]): Promise<QueryAnswer> {
    const answer = this.#tail.then(() => this.#query(checkout, args));
    this.#tail = Promise.race([answer.catch(() => {}), this.#gone.promise]);
    // A side that does not wait for its statement must not end the process with a rejection that it
    // would never have seen without a shadow run.
    answer.catch(() => {});
    return answer;
  }

  /** Hands over what knows how to send itself, such as a cursor. */
  submit(args: readonly unknown[]): unknown {
    return this.#parts.client.query(...args);
  }

  /** Rolls back, and gives the connection back or ends it. */
  async end(): Promise<void> {
    this.#isOver = true;
    const { client, graceMs, terminate } = this.#parts;
    if (!(await isDone(this.#tail, graceMs))) await terminate();
    const isClean = await client.query('rollback; select pg_advisory_unlock_all()').then(
      // What was done outside of the transaction may have changed the session for good.
      () => this.#isOurs && client.getTransactionStatus?.() === 'I',
      () => false,
    );
    client.removeListener('error', this.#onBroken);
    client.release(!isClean);
  }

  async #query(checkout: Checkout, args: readonly unknown[]): Promise<QueryAnswer> {
    // Nobody waits for the answer of a run that is over; an error could end the process.
    if (this.#isOver) return NEVER;
    const control = controlOf(textOf(args));
    if (control !== null) return this.#control(checkout, control);
    const own = checkout.savepoint === null ? await this.#save() : null;
    try {
      const answer = await this.#parts.client.query(...args);
      return this.#hasEscaped() ? await this.#escaped() : answer;
    } catch (error) {
      return await this.#failed(error, own);
    }
  }

  /** What the side would have got on a connection of its own; the transaction goes on. */
  async #control(checkout: Checkout, control: Control): Promise<QueryAnswer> {
    const { savepoint } = checkout;
    if (control === 'mode') return answerOf('SET');
    if (control === 'begin') {
      checkout.savepoint ??= await this.#save();
      return answerOf('BEGIN');
    }
    const isBack = control.startsWith('rollback') || (await this.#hasFailed());
    if (savepoint !== null && isBack) await this.#backTo(savepoint);
    checkout.savepoint = control.endsWith('chain') ? await this.#save() : null;
    return answerOf(isBack ? 'ROLLBACK' : 'COMMIT');
  }

  async #save(): Promise<string> {
    this.#savepoints += 1;
    const name = `falsework_${this.#savepoints}`;
    await this.#parts.client.query(`savepoint ${name}`);
    return name;
  }

  async #backTo(savepoint: string): Promise<void> {
    await this.#parts.client.query(`rollback to savepoint ${savepoint}`);
  }

  async #failed(error: unknown, own: string | null): Promise<never> {
    const { client, run } = this.#parts;
    if (GAVE_WAY.has(sqlStateOf(error))) run.spoil('gave-way');
    // An empty statement changes nothing and is answered in any state; after it the state is known.
    await client.query('');
    if (this.#hasEscaped()) return this.#escaped();
    if (own !== null) await this.#backTo(own);
    throw error;
  }

  async #hasFailed(): Promise<boolean> {
    await this.#parts.client.query('');
    return this.#parts.client.getTransactionStatus?.() === 'E';
  }

  /** True when the transaction has ended though only we may end it. */
  #hasEscaped(): boolean {
    return this.#parts.client.getTransactionStatus?.() === 'I';
  }

  #escaped(): Promise<never> {
    this.#isOver = true;
    this.#isOurs = false;
    this.#gone.resolve();
    this.#parts.run.undeclared('ended the transaction that was to be rolled back');
    return NEVER;
  }
}

function textOf([first]: readonly unknown[]): string {
  if (typeof first === 'string') return first;
  const text: unknown =
    typeof first === 'object' && first !== null && 'text' in first ? first.text : '';
  return typeof text === 'string' ? text : '';
}

function answerOf(command: string): QueryAnswer {
  return Object.freeze({ command, rowCount: null, oid: null, rows: [], fields: [] });
}

function isDone(work: Promise<unknown>, withinMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), withinMs);
    void work.finally(() => {
      clearTimeout(timer);
      resolve(true);
    });
  });
}
