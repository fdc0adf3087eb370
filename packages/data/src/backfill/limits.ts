import { fault } from '@falsework/core/errors';
import type { Feed } from '../drain/feed.ts';
import { coded } from '../postgres/failure.ts';
import type { Session } from '../postgres/session.ts';
import { backfillNames } from './backfill-tables.ts';
import { prepareBackfill } from './prepare-backfill.ts';

/**
 * What a backfill keeps to. Every one of them may be changed while it runs, and counts from the
 * next chunk on. `null` means that it is not bounded.
 */
export interface BackfillLimits {
  /** True while a person wants it to stand still. */
  readonly isPaused: boolean;
  readonly rowsPerSecond: number | null;
  readonly bytesPerSecond: number | null;
  /** How far the slowest replica of either store may be behind, in milliseconds. */
  readonly replicaLagMs: number | null;
  /** How much of the log it may not have replayed, in bytes. */
  readonly replicaLagBytes: number | null;
  /** Statements of others that run at the same time, on either store. */
  readonly activeBackends: number | null;
  /** Age of the oldest transaction of others, on either store, in milliseconds. */
  readonly transactionAgeMs: number | null;
  /** How long our own commits take on the follower: the ninth slowest of the last ten. */
  readonly commitMs: number | null;
}

/**
 * Ten seconds behind is where reads from a replica begin to be noticed; 256 MiB is what sixteen of
 * our largest chunks weigh, and more than a replica should be behind that replays at all. A store
 * that runs 64 statements at once, or takes a quarter of a second to commit, has enough to do. A
 * transaction of an hour keeps vacuum from clearing what we write, so we had better not write then.
 */
export const DEFAULT_LIMITS: BackfillLimits = {
  isPaused: false,
  rowsPerSecond: null,
  bytesPerSecond: null,
  replicaLagMs: 10_000,
  replicaLagBytes: 256 * 2 ** 20,
  activeBackends: 64,
  transactionAgeMs: 3_600_000,
  commitMs: 250,
};

/**
 * Changes limits of a backfill, running or not; those that are not named stay as they are. A
 * running one notices within a chunk, or within a second while it waits. Throws
 * `FW_DATA_BACKFILL_LIMIT` for values that mean nothing, and the `FW_DATA_…` errors of databases.
 *
 * ```ts
 * import { setBackfillLimits } from '@falsework/data';
 *
 * await setBackfillLimits(feed, { isPaused: true });
 * await setBackfillLimits(feed, { isPaused: false, rowsPerSecond: 20_000 });
 * ```
 */
export async function setBackfillLimits(
  feed: Feed,
  changes: Partial<BackfillLimits>,
): Promise<BackfillLimits> {
  check(changes);
  await prepareBackfill(feed);
  const { limits } = backfillNames(feed.schema);
  return coded(
    { database: feed.follower.label, operation: 'changing limits of the backfill' },
    () =>
      feed.follower.transaction({ reads: 'current' }, async (session) => {
        await session.run(
          `insert into ${limits} (direction, limits) values ($1, $2)
         on conflict (direction) do update set limits = ${limits}.limits || excluded.limits`,
          [feed.direction, JSON.stringify(changes)],
        );
        return readLimits(session, feed);
      }),
  );
}

/** The limits that count now. */
export async function readLimits(session: Session, feed: Feed): Promise<BackfillLimits> {
  const { limits } = backfillNames(feed.schema);
  const [row] = await session.rows(`select limits from ${limits} where direction = $1`, [
    feed.direction,
  ]);
  const set = JSON.parse(row?.[0] ?? '{}') as Partial<BackfillLimits>;
  return { ...DEFAULT_LIMITS, ...set };
}

function check({ isPaused, ...bounds }: Partial<BackfillLimits>): void {
  if (isPaused !== undefined && typeof isPaused !== 'boolean') {
    throw fault('FW_DATA_BACKFILL_LIMIT', { limit: 'isPaused', because: 'it is true or false' });
  }
  for (const [limit, value] of Object.entries(bounds)) {
    if (!(limit in DEFAULT_LIMITS)) {
      throw fault('FW_DATA_BACKFILL_LIMIT', { limit, because: 'there is no such limit' });
    }
    // A rate of nothing is a pause that nobody asked for by name.
    if (value !== null && !(Number.isFinite(value) && value > 0)) {
      const because = 'it is a number above 0, or null for no bound; to stop, pause it';
      throw fault('FW_DATA_BACKFILL_LIMIT', { limit, because });
    }
  }
}
