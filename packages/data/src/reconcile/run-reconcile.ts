import { fault } from '@falsework/core/errors';
import type { Clock } from '@falsework/core/ports';
import { systemClock } from '@falsework/system';
import type { Feed } from '../drain/feed.ts';
import { coded } from '../postgres/failure.ts';
import { oneRow } from '../postgres/session.ts';
import type { PassSummary, ReconcileEvent } from './events.ts';
import { Guest, type HoldCheck } from './guest.ts';
import type { Hashing } from './hash-sql.ts';
import { chooseHashing } from './probe.ts';
import { prepareReconcile } from './reconcile-tables.ts';
import { Pass } from './run-pass.ts';

/** How a run of reconciling goes about it. */
export interface ReconcileOptions {
  /** Aborts to stop: the chunk under way is finished, and the next run goes on from there. */
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: ReconcileEvent) => void;
  readonly clock?: Clock;
  /** Asked before every round: a reason to wait, for people, or `null`. */
  readonly hold?: HoldCheck;
  /** Mappings to compare, by id; all of the feed when left out. */
  readonly mappings?: readonly string[];
  /** Parts of a table that are compared at the same time, up to 4; 2 when left out. */
  readonly connections?: number;
  /** Which part of the time may be spent working, above 0 up to 1; 1 when left out. */
  readonly share?: number;
  /** How long one chunk should take, in milliseconds; 500 when left out. */
  readonly targetMs?: number;
  /** How long keys may stay in flight, or the drain be too far behind; 30,000 when left out. */
  readonly patienceMs?: number;
  /** `text` to hash printed values even where both servers hash alike. */
  readonly hashing?: Hashing | 'auto';
}

/** What a run found. */
export interface ReconcileReport {
  readonly passes: readonly PassSummary[];
  /** True when every mapping was compared as a whole and every row was equal. */
  readonly isClean: boolean;
  /** How rows were hashed. */
  readonly hashing: Hashing;
}

const PATIENCE_MS = 30_000;
const TARGET_MS = 500;

/**
 * Compares the two stores of a feed, row for row and exactly, while both are being written to: one
 * pass over each mapping. Hashing is left to the databases; keys that changed too lately to be on
 * the follower are compared again until they were compared once. What differs is typed and kept on
 * the follower; see {@link reconcileStatus} and {@link repair}. The drain must be running.
 *
 * O(rows) for each server; what comes over the network is O(chunks), and O(rows of a chunk) for
 * chunks that differ. Rejects with `FW_DATA_RECONCILE_RUNNING` when another run is at it,
 * `FW_DATA_RECONCILE_BEHIND` when the drain does not keep up, `FW_DATA_RECONCILE_OPTION`, and with
 * the `FW_DATA_…` errors of feeds and databases. What was compared by then is kept.
 *
 * ```ts
 * const report = await runReconcile(feed, {
 *   onEvent: (event) => {
 *     if (event.kind === 'divergence') console.log(event.mapping, event.divergence, event.keyDigest);
 *   },
 * });
 * console.log(report.isClean, report.passes[0]?.rows);
 * ```
 */
export async function runReconcile(
  feed: Feed,
  options: ReconcileOptions = {},
): Promise<ReconcileReport> {
  const checked = check(feed, options);
  await prepareReconcile(feed);
  return alone(feed, async () => {
    const hashing = checked.hashing === 'auto' ? await chooseHashing(feed) : checked.hashing;
    const { clock, signal, tell } = checked;
    const { share, hold } = options;
    const onHeld = (because: string): void => tell({ kind: 'held', because });
    const guest = new Guest({ feed, clock, signal, share: share ?? 1, hold, onHeld });
    const passes: PassSummary[] = [];
    for (const mapping of checked.mappings) {
      if (signal.aborted) break;
      passes.push(await new Pass({ ...checked, feed, mapping, hashing, guest }).run());
    }
    const isWhole = passes.length === checked.mappings.length;
    return { passes, isClean: isWhole && passes.every(({ state }) => state === 'clean'), hashing };
  });
}

type Checked = Required<
  Pick<ReconcileOptions, 'clock' | 'signal' | 'connections' | 'targetMs' | 'patienceMs' | 'hashing'>
> & {
  readonly mappings: Feed['mappings'];
  readonly tell: (event: ReconcileEvent) => void;
};

function check(feed: Feed, options: ReconcileOptions): Checked {
  const { connections = 2, share = 1, targetMs = TARGET_MS, patienceMs = PATIENCE_MS } = options;
  const refuse = (option: string, because: string): never => {
    throw fault('FW_DATA_RECONCILE_OPTION', { option, because });
  };
  // Each takes two connections of a pool of eight at times, which the drain has to share.
  if (![1, 2, 3, 4].includes(connections)) refuse('connections', 'it is 1, 2, 3 or 4');
  if (!(share > 0 && share <= 1)) refuse('share', 'it is a number above 0, up to 1');
  if (!(targetMs > 0)) refuse('targetMs', 'it is a number above 0');
  if (!(patienceMs >= 0)) refuse('patienceMs', 'it is a number from 0 on');
  for (const id of options.mappings ?? []) {
    if (!feed.mappings.some((mapping) => mapping.id === id)) {
      refuse('mappings', `the feed has no mapping ${id}`);
    }
  }
  return {
    connections,
    targetMs,
    patienceMs,
    clock: options.clock ?? systemClock,
    signal: options.signal ?? new AbortController().signal,
    hashing: options.hashing ?? 'auto',
    mappings: feed.mappings.filter(({ id }) => options.mappings?.includes(id) ?? true),
    tell: options.onEvent ?? (() => {}),
  };
}

/** Two runs at once would take each other's keys off the list of those to be compared again. */
function alone<T>(feed: Feed, run: () => Promise<T>): Promise<T> {
  const { follower, schema, direction } = feed;
  const name = `${schema} ${direction} reconcile`;
  return coded({ database: follower.label, operation: 'beginning to reconcile' }, () =>
    follower.use(async (session) => {
      const lock = 'select pg_try_advisory_lock(hashtextextended($1, 2))';
      const [isOurs] = await oneRow(session, lock, [name]);
      if (isOurs !== 't') {
        throw fault('FW_DATA_RECONCILE_RUNNING', { follower: follower.label, direction });
      }
      try {
        return await run();
      } finally {
        // With its connection gone, the lock is gone as well.
        await session
          .rows('select pg_advisory_unlock(hashtextextended($1, 2))', [name])
          .catch(() => {});
      }
    }),
  );
}
