import { type FalseworkError, isFalseworkError } from '@falsework/core/errors';
import type { Clock } from '@falsework/core/ports';
import { pause, systemClock } from '@falsework/system';
import { type Drained, drainOnce } from './drain-once.ts';
import type { Feed } from './feed.ts';
import { Housekeeping } from './housekeeping.ts';
import { NotifiedSleeper, type Sleeper } from './wake.ts';
import { WindowSize } from './window-size.ts';

/** What a drain tells of while it runs. */
export type DrainEvent =
  | { readonly kind: 'drained'; readonly drained: Drained; readonly tookMs: number }
  | { readonly kind: 'held'; readonly because: string }
  | { readonly kind: 'trouble'; readonly error: FalseworkError; readonly retryInMs: number };

/** How a drain runs. */
export interface DrainOptions {
  /** Aborts to stop it: the window under way is finished or undone, then the call resolves. */
  readonly signal: AbortSignal;
  readonly clock?: Clock;
  readonly onEvent?: (event: DrainEvent) => void;
  /** Asked before every window: a reason to wait, for people, or `null`. */
  readonly hold?: () => string | null | Promise<string | null>;
  /** Longest sleep when the source is silent and cannot wake us. */
  readonly idleMs?: number;
  /** Changes of one window at most. */
  readonly changesMax?: number;
  /** See {@link WindowLimits}. */
  readonly lanes?: number;
}

/** What a drain did until it was stopped. */
export interface DrainSummary {
  readonly windows: number;
  readonly keys: number;
  readonly written: number;
}

const IDLE_MS = 200;
// While writers are at work nobody wakes us, but there will soon be something; a transaction that
// merely stays open must not make us look for ever, so the looks become rarer.
const UNWOKEN_FIRST_MS = 4;
const HELD_MS = 250;
const RETRY_FIRST_MS = 100;
const RETRY_MOST_MS = 10_000;

/**
 * Keeps the follower of a feed equal to its source until it is told to stop: window after window
 * while there is something to do, asleep while there is not. Faults that may pass are tried again,
 * ever more slowly; any other rejects, with everything that was drained before it in place. The
 * feed must have been started, see {@link startFeed}. Several drains of one feed do no harm and no
 * good.
 *
 * ```ts
 * const stop = new AbortController();
 * process.once('SIGTERM', () => stop.abort());
 * await startFeed(feed);
 * const { keys } = await runDrain(feed, { signal: stop.signal });
 * ```
 */
export async function runDrain(feed: Feed, options: DrainOptions): Promise<DrainSummary> {
  const clock = options.clock ?? systemClock;
  const sleeper = new NotifiedSleeper(feed, clock);
  try {
    return await new Drain({ feed, options, clock, sleeper }).run();
  } finally {
    await sleeper.close();
  }
}

interface Parts {
  readonly feed: Feed;
  readonly options: DrainOptions;
  readonly clock: Clock;
  readonly sleeper: Sleeper;
}

class Drain {
  readonly #parts: Parts;
  readonly #size: WindowSize;
  readonly #housekeeping: Housekeeping;
  #windows = 0;
  #keys = 0;
  #written = 0;
  #retryMs = RETRY_FIRST_MS;
  // Lanes may have waited for each other; alone, none does.
  #isBusy = false;
  #quietSteps = 0;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#size = new WindowSize(parts.options.changesMax);
    this.#housekeeping = new Housekeeping(parts.feed, parts.clock);
  }

  async run(): Promise<DrainSummary> {
    const { signal } = this.#parts.options;
    while (!signal.aborted) {
      try {
        await this.#step();
        this.#retryMs = RETRY_FIRST_MS;
      } catch (error) {
        await this.#afterTrouble(error);
      }
    }
    return { windows: this.#windows, keys: this.#keys, written: this.#written };
  }

  async #step(): Promise<void> {
    const { options, clock, sleeper } = this.#parts;
    const because = (await options.hold?.()) ?? null;
    if (because !== null) {
      options.onEvent?.({ kind: 'held', because });
      await pause(clock, HELD_MS, options.signal);
      return;
    }
    if (!(await this.#window())) return;
    await this.#housekeeping.whenDue();
    const { signal, idleMs = IDLE_MS } = options;
    const unwokenMs = Math.min(idleMs, UNWOKEN_FIRST_MS * 2 ** this.#quietSteps);
    this.#quietSteps += 1;
    await sleeper.sleep({ delayMs: idleMs, unwokenMs, signal, look: () => this.#window() });
  }

  /** True when the source had nothing more. */
  async #window(): Promise<boolean> {
    const { feed, options, clock } = this.#parts;
    const since = clock.monotonicMs();
    const changesMax = this.#size.next;
    const retriesDead = this.#housekeeping.mayRetryDead();
    await this.#housekeeping.beforeWindow();
    const lanes = this.#isBusy ? 1 : (options.lanes ?? 1);
    const drained = await drainOnce(feed, { changesMax, retriesDead, lanes });
    this.#isBusy = false;
    // Another drain of the same feed was quicker; it is at work, so there is no hurry.
    if (drained === null) return true;
    const tookMs = clock.monotonicMs() - since;
    this.#housekeeping.drained(drained);
    if (drained.keys > 0 || drained.truncated.length > 0) {
      this.#size.took(drained.keys, tookMs);
      this.#quietSteps = 0;
      this.#windows += 1;
      this.#keys += drained.keys;
      this.#written += drained.written;
      options.onEvent?.({ kind: 'drained', drained, tookMs });
      await this.#housekeeping.whenDue();
    }
    return drained.keys === 0 && !drained.isBehind;
  }

  async #afterTrouble(error: unknown): Promise<void> {
    const { options, clock } = this.#parts;
    if (!isFalseworkError(error) || !error.retryable) throw error;
    this.#isBusy = error.code === 'FW_DATA_BUSY';
    const retryInMs = this.#retryMs;
    options.onEvent?.({ kind: 'trouble', error, retryInMs });
    this.#retryMs = Math.min(RETRY_MOST_MS, this.#retryMs * 2);
    await pause(clock, retryInMs, options.signal);
  }
}
