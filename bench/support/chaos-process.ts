// Falsework's own process of a chaos run, to be killed. It carries out orders that come from its
// parent, with a drain beside them, and says how far it is. It keeps nothing in mind: whatever it
// must know when it is started again is in the two stores.
import { isFalseworkError } from '@falsework/core/errors';
import {
  drainOnce,
  type Feed,
  installCapture,
  installRogueWatch,
  measureLag,
  rehearse,
  rollBackStores,
  runBackfill,
  runDrain,
  runReconcile,
  type SwitchOutcome,
  sealStores,
  startFeed,
  strikeStores,
  type TurnoverParts,
  turnOver,
} from '@falsework/data';
import { systemClock } from '@falsework/system';
import type { Flow, Order, Ordered, Told } from '../chaos/orders.ts';
import { MIGRATION, type Opened, openStores } from '../chaos/tables.ts';

const [legacy = '', candidate = ''] = process.argv.slice(2);
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const ROWS_MAX = 100;
// More than are counted before a kill, and fewer than half of them all.
const SOME_CHUNKS = 20;
const PROBES = 5;
// Errors that say: another process, one that was killed, still holds a lock on its way out.
const HELD = new Set(['FW_DATA_BACKFILL_RUNNING', 'FW_DATA_RECONCILE_RUNNING']);
// What no kill may be the cause of: each says that the stores are not what they must be.
const NEVER = new Set([
  'FW_TURNOVER_DIVERGED',
  'FW_TURNOVER_INVARIANT',
  'FW_TURNOVER_LATE_WRITE',
  'FW_TURNOVER_DEAD_LETTERS',
  'FW_TURNOVER_SPLIT',
]);

const tell = (told: Told): void => {
  process.send?.(told);
};

/** It cannot be done now, for a reason that passes. */
class Again extends Error {
  override readonly name = 'Again';
}

/** It has come out as it never may. */
class Wrong extends Error {
  override readonly name = 'Wrong';
}

class Worker {
  #opened: Promise<Opened> | null = null;
  #flow: Flow = null;
  #stopFlow: (() => Promise<void>) | null = null;

  async take({ id, order, flow }: Ordered): Promise<void> {
    try {
      const { parts } = await this.#open();
      await this.#follow(parts, flow);
      tell({ kind: 'event', event: 'began' });
      await ORDERS[order](parts, flow);
      tell({ kind: 'done', id });
    } catch (error) {
      if (passes(error)) tell({ kind: 'again', id, because: wordsOf(error) });
      else tell({ kind: 'wrong', because: `${order}: ${wordsOf(error)}` });
    }
  }

  async #open(): Promise<Opened> {
    this.#opened ??= openStores({ legacy, candidate }, () =>
      tell({ kind: 'event', event: 'step' }),
    );
    try {
      return await this.#opened;
    } catch (error) {
      this.#opened = null;
      throw error;
    }
  }

  async #follow(parts: TurnoverParts, flow: Flow): Promise<void> {
    if (flow === this.#flow) return;
    await this.#stopFlow?.();
    this.#stopFlow = null;
    this.#flow = flow;
    if (flow === null) return;
    const stop = new AbortController();
    const draining = keepDraining(parts[flow], stop.signal);
    this.#stopFlow = async () => {
      stop.abort();
      await draining;
    };
  }
}

/** Drains for as long as it is wanted, as something that restarts a process would. */
async function keepDraining(feed: Feed, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await runDrain(feed, { signal });
    } catch (error) {
      if (!passes(error)) tell({ kind: 'wrong', because: `draining: ${wordsOf(error)}` });
      await new Promise((resolve) => {
        setTimeout(resolve, 200);
      });
    }
  }
}

const ORDERS: Readonly<Record<Order, (parts: TurnoverParts, flow: Flow) => Promise<void>>> = {
  capture: async ({ forward }) => {
    const { migration, source, tables } = forward;
    await installCapture(source, { migration, kind: 'trigger', tables });
    tell({ kind: 'event', event: 'captured' });
    await startFeed(forward);
    tell({ kind: 'event', event: 'started' });
    await installRogueWatch(forward);
  },
  'some backfill': ({ forward }) => copy(forward, SOME_CHUNKS),
  backfill: ({ forward }) => copy(forward, null),
  reconcile: async ({ forward }) => {
    const { passes: found, isClean } = await runReconcile(forward);
    const states = found.map(({ mapping, state }) => `${mapping} ${state}`).join(', ');
    if (found.some(({ state }) => state === 'diverged')) throw new Wrong(`it found ${states}`);
    if (!isClean) throw new Again(`it ended with ${states}`);
  },
  rehearse: async (parts) => {
    tell({ kind: 'event', event: 'rehearsing' });
    const outcome = await rehearse(parts, { validMs: DAY_MS, probes: PROBES });
    if (outcome.state === 'failed') throw new Wrong(outcome.because);
  },
  turnover: async (parts) => judge(await turnOver(parts), 'candidate'),
  rollback: async (parts) => judge(await rollBackStores(parts), 'legacy'),
  seal: async ({ reverse }) => {
    const sealed = await sealStores(reverse, { now: systemClock.now(), retainMs: HOUR_MS });
    if (sealed.state === 'refused') throw new Again(sealed.because);
  },
  settle: async (parts, flow) => {
    if (flow === null) return;
    const feed = parts[flow];
    for (;;) {
      const drained = await drainOnce(feed, { changesMax: 10_000, retriesDead: true });
      if (drained !== null && !drained.isBehind) break;
    }
    const { deadLetters } = await measureLag(feed, null);
    if (deadLetters > 0) throw new Wrong(`${deadLetters} rows were refused`);
  },
  strike: async ({ stores }) => {
    const left = await strikeStores(stores, MIGRATION);
    const all = [...left.legacy, ...left.candidate];
    if (all.length > 0) throw new Wrong(`it left ${all.join(', ')}`);
  },
};

/** Copies, all or some; the chunk under way when it is enough is finished. */
async function copy(feed: Feed, chunks: number | null): Promise<void> {
  const stop = new AbortController();
  let told = 0;
  const result = await runBackfill(feed, {
    clock: systemClock,
    chunks: { rowsMax: ROWS_MAX },
    signal: stop.signal,
    onEvent: ({ kind }) => {
      if (kind !== 'progress') return;
      told += 1;
      tell({ kind: 'event', event: 'progress' });
      if (chunks !== null && told >= chunks) stop.abort();
    },
  });
  if (result.outcome === 'refused') throw result.because[0] ?? new Wrong('it was refused');
}

function judge(outcome: SwitchOutcome, wanted: string): void {
  if (outcome.state === 'done') return;
  if (outcome.state === 'undone') {
    // A store was not there when it was needed, and the authority stayed where it was.
    if (passes(outcome.error)) throw new Again(outcome.error.message);
    throw outcome.error;
  }
  // It was done, and whoever did it was killed before it could say so.
  if (outcome.because === `the store of ${wanted} takes the writes already`) return;
  if (outcome.because === 'another switch of this migration is at work')
    throw new Again(outcome.because);
  throw new Wrong(`it was refused: ${outcome.because}`);
}

function passes(error: unknown): boolean {
  if (error instanceof Again) return true;
  if (!isFalseworkError(error) || NEVER.has(error.code)) return false;
  return error.retryable || HELD.has(error.code);
}

function wordsOf(error: unknown): string {
  if (isFalseworkError(error)) return `${error.code} ${error.message}`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

const worker = new Worker();
process.on('message', (ordered: Ordered) => void worker.take(ordered));
// Its parent has gone; what it was for is over.
process.on('disconnect', () => process.exit(0));
