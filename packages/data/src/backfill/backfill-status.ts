import type { Instant } from '@falsework/core/ports';
import { covers, formatSnapshot, type Snapshot } from '../cursor/snapshot.ts';
import { countDeadLetters } from '../drain/dead-letters.ts';
import type { Feed } from '../drain/feed.ts';
import { readWatermark } from '../drain/follower.ts';
import { coded, sqlState } from '../postgres/failure.ts';
import { relationName } from '../postgres/quote.ts';
import { type Checkpoint, readCheckpoint } from './checkpoint.ts';
import { type BackfillLimits, DEFAULT_LIMITS, readLimits } from './limits.ts';

/** How far one table is. */
export interface TableStatus {
  /** Of the source, `schema.table`. */
  readonly table: string;
  readonly mapping: string;
  readonly state: 'waiting' | 'copying' | 'done';
  readonly rows: number;
  readonly bytes: number;
  readonly chunks: number;
  /** As the statistics of the source had it at the beginning. */
  readonly estimatedRows: number;
  /** How often somebody took it up. */
  readonly attempts: number;
  readonly startedAt: Instant | null;
  readonly finishedAt: Instant | null;
}

/** How far a backfill is, whoever runs it, and whether anybody does. */
export interface BackfillStatus {
  readonly tables: readonly TableStatus[];
  readonly limits: BackfillLimits;
  readonly isComplete: boolean;
  /**
   * The newest instant at which a chunk was read, as `pg_snapshot` prints it; `null` before the
   * first. The follower is whole once the drain has passed it.
   */
  readonly cutoff: string | null;
  /** True when every table is copied and the drain has passed the cutoff. */
  readonly isDrainedPastCutoff: boolean;
  readonly deadLetters: number;
}

/**
 * Reads how far a backfill is. Everything is `waiting` before its first run. Throws the `FW_DATA_…`
 * errors of databases.
 */
export function backfillStatus(feed: Feed): Promise<BackfillStatus> {
  const { follower } = feed;
  return coded({ database: follower.label, operation: 'reading the backfill' }, async () => {
    try {
      return await follower.transaction(
        { reads: 'snapshot', isReadOnly: true },
        async (session) => {
          const checkpoints: (Checkpoint | null)[] = [];
          for (const mapping of feed.mappings) {
            checkpoints.push(await readCheckpoint(session, feed, mapping));
          }
          const limits = await readLimits(session, feed);
          const { snapshot } = await readWatermark(session, feed);
          const deadLetters = await countDeadLetters(session, feed);
          return statusOf(feed, { checkpoints, limits, watermark: snapshot, deadLetters });
        },
      );
    } catch (error) {
      // Nothing of it is there before the first run.
      if (!['42P01', '3F000'].includes(sqlState(error) ?? '')) throw error;
      const checkpoints = feed.mappings.map(() => null);
      return statusOf(feed, {
        checkpoints,
        limits: DEFAULT_LIMITS,
        watermark: null,
        deadLetters: 0,
      });
    }
  });
}

interface Found {
  readonly checkpoints: readonly (Checkpoint | null)[];
  readonly limits: BackfillLimits;
  readonly watermark: Snapshot | null;
  readonly deadLetters: number;
}

function statusOf(
  feed: Feed,
  { checkpoints, limits, watermark, deadLetters }: Found,
): BackfillStatus {
  const tables = feed.mappings.map((mapping, i): TableStatus => {
    const found = checkpoints[i] ?? null;
    return {
      table: relationName(mapping.source),
      mapping: mapping.id,
      state: found?.state ?? 'waiting',
      rows: found?.rows ?? 0,
      bytes: found?.bytes ?? 0,
      chunks: found?.chunks ?? 0,
      estimatedRows: found?.statisticsRows ?? 0,
      attempts: found?.attempt ?? 0,
      startedAt: found?.startedAt ?? null,
      finishedAt: found?.finishedAt ?? null,
    };
  });
  const snapshots = checkpoints.filter((one) => one !== null).map(({ snapshot }) => snapshot);
  const isComplete = tables.every(({ state }) => state === 'done');
  const isPassed = (one: Snapshot): boolean => watermark !== null && covers(watermark, one);
  return {
    tables,
    limits,
    isComplete,
    cutoff: newest(snapshots),
    isDrainedPastCutoff: isComplete && snapshots.every(isPassed),
    deadLetters,
  };
}

function newest(snapshots: readonly Snapshot[]): string | null {
  const last = snapshots.reduce<Snapshot | null>(
    (found, one) => (found === null || covers(one, found) ? one : found),
    null,
  );
  return last === null ? null : formatSnapshot(last);
}
