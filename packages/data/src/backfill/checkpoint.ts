import { fault } from '@falsework/core/errors';
import type { Instant } from '@falsework/core/ports';
import { formatSnapshot, parseSnapshot, type Snapshot } from '../cursor/snapshot.ts';
import type { Feed } from '../drain/feed.ts';
import type { TableMapping } from '../mapping/table-mapping.ts';
import { oneRow, type Row, type Session } from '../postgres/session.ts';
import { backfillNames } from './backfill-tables.ts';

/** A key of the source, one printed value per column of it. */
export type SourceKey = readonly string[];

/** How far one table has been copied, as the follower remembers it. */
export interface Checkpoint {
  readonly mapping: string;
  readonly definition: string;
  readonly attempt: number;
  readonly state: 'copying' | 'done';
  /** Everything up to it is copied; `null` before the first chunk. */
  readonly lastKey: SourceKey | null;
  /** The last key when it began; `null` for a table that was empty then. */
  readonly endKey: SourceKey | null;
  /** Rows that were copied, fewer than were walked over where the mapping takes only some. */
  readonly rows: number;
  readonly walked: number;
  readonly bytes: number;
  readonly chunks: number;
  /** What the statistics of the source said when it began. */
  readonly statisticsRows: number;
  /** The newest instant of the source at which a chunk was read. */
  readonly snapshot: Snapshot;
  readonly startedAt: Instant;
  readonly finishedAt: Instant | null;
}

/** What a new checkpoint begins with. */
export interface Beginning {
  readonly endKey: SourceKey | null;
  readonly statisticsRows: number;
  readonly snapshot: Snapshot;
  readonly at: Instant;
}

/** What one chunk adds. */
export interface Advance {
  readonly attempt: number;
  readonly lastKey: SourceKey | null;
  readonly isLast: boolean;
  readonly rows: number;
  readonly walked: number;
  readonly bytes: number;
  readonly snapshot: Snapshot;
  readonly at: Instant;
}

const COLUMNS = `mapping, definition, attempt, state, to_json(last_key), to_json(end_key), rows, walked,
  bytes, chunks, statistics_rows, snapshot, started_at, finished_at`;

/** How far a table has come; `null` when it has not begun. */
export async function readCheckpoint(
  session: Session,
  feed: Feed,
  mapping: TableMapping,
): Promise<Checkpoint | null> {
  const { checkpoint } = backfillNames(feed.schema);
  const [row] = await session.rows(
    `select ${COLUMNS} from ${checkpoint} where direction = $1 and mapping = $2`,
    [feed.direction, mapping.id],
  );
  return row === undefined ? null : checkpointOf(row);
}

/** Begins a table that has not begun. Nothing is changed for one that has. */
export async function beginCheckpoint(
  session: Session,
  { feed, mapping }: { readonly feed: Feed; readonly mapping: TableMapping },
  { endKey, statisticsRows, snapshot, at }: Beginning,
): Promise<void> {
  const { checkpoint } = backfillNames(feed.schema);
  await session.run(
    `insert into ${checkpoint} (direction, mapping, definition, attempt, state, end_key,
                                statistics_rows, snapshot, started_at, updated_at, finished_at)
     values ($1, $2, $3, 0, $8, $4, $5, $6, $7, $7, case when $8 = 'done' then $7::bigint end)
     on conflict do nothing`,
    [
      feed.direction,
      mapping.id,
      mapping.definition,
      endKey,
      statisticsRows,
      formatSnapshot(snapshot),
      at,
      // Nothing was there before capture, so there is nothing to copy.
      endKey === null ? 'done' : 'copying',
    ],
  );
}

/** Takes a table over from whoever copied it before, and gives how far that was. */
export async function claimCheckpoint(
  session: Session,
  feed: Feed,
  mapping: TableMapping,
): Promise<Checkpoint> {
  const { checkpoint } = backfillNames(feed.schema);
  return checkpointOf(
    await oneRow(
      session,
      `update ${checkpoint} set attempt = attempt + 1 where direction = $1 and mapping = $2
       returning ${COLUMNS}`,
      [feed.direction, mapping.id],
    ),
  );
}

/**
 * Moves a checkpoint on, in the transaction that writes the rows. Throws `FW_DATA_BACKFILL_TAKEN`
 * when somebody else has taken the table over, which undoes that transaction.
 */
export async function advanceCheckpoint(
  session: Session,
  { feed, mapping }: { readonly feed: Feed; readonly mapping: TableMapping },
  { attempt, lastKey, isLast, rows, walked, bytes, snapshot, at }: Advance,
): Promise<void> {
  const { checkpoint } = backfillNames(feed.schema);
  const changed = await session.run(
    `update ${checkpoint}
        set last_key = coalesce($4, last_key), rows = rows + $5, walked = walked + $6,
            bytes = bytes + $7, chunks = chunks + 1, snapshot = $8, updated_at = $9,
            state = case when $10 then 'done' else state end,
            finished_at = case when $10 then $9::bigint end
      where direction = $1 and mapping = $2 and attempt = $3 and state = 'copying'`,
    [
      feed.direction,
      mapping.id,
      attempt,
      lastKey,
      rows,
      walked,
      bytes,
      formatSnapshot(snapshot),
      at,
      isLast,
    ],
  );
  if (changed === 0) {
    const table = `${mapping.follower.schema}.${mapping.follower.table}`;
    throw fault('FW_DATA_BACKFILL_TAKEN', { table, database: feed.follower.label, attempt });
  }
}

function checkpointOf(row: Row): Checkpoint {
  const [mapping, definition, attempt, state, lastKey, endKey, rows, walked, bytes, ...rest] = row;
  const [chunks, statisticsRows, snapshot, startedAt, finishedAt] = rest;
  const key = (text: string | null | undefined): SourceKey | null =>
    text === null || text === undefined ? null : (JSON.parse(text) as SourceKey);
  return {
    mapping: mapping ?? '',
    definition: definition ?? '',
    attempt: Number(attempt),
    state: state === 'done' ? 'done' : 'copying',
    lastKey: key(lastKey),
    endKey: key(endKey),
    rows: Number(rows),
    walked: Number(walked),
    bytes: Number(bytes),
    chunks: Number(chunks),
    statisticsRows: Number(statisticsRows),
    snapshot: parseSnapshot(snapshot ?? ''),
    startedAt: Number(startedAt),
    finishedAt: finishedAt === null || finishedAt === undefined ? null : Number(finishedAt),
  };
}
