import { fault } from '@falsework/core/errors';
import type { Instant } from '@falsework/core/ports';
import type { SourceInstant } from '../capture/instant.ts';
import { readInstant, secure } from '../capture/instant.ts';
import type { Place, Remembered } from '../cursor/place.ts';
import { formatSnapshot, parseSnapshot, type Snapshot } from '../cursor/snapshot.ts';
import { coded, sqlState } from '../postgres/failure.ts';
import type { Row, Session } from '../postgres/session.ts';
import type { Feed } from './feed.ts';
import { followerNames, followerStatements } from './follower-sql.ts';

/** How far a follower has come. */
export interface Watermark extends Remembered {
  /** Every change that is visible in it has been written to the follower. */
  readonly snapshot: Snapshot;
  /** Where the feed began: what is visible in it was there before, and no change tells of it. */
  readonly started: Snapshot;
  /** By the source's clock, when all of it had been drained last. */
  readonly currentAt: Instant;
  /** Changes that were drained since then. */
  readonly changes: number;
  /** By mapping, the definition by which its rows were written. */
  readonly definitions: Readonly<Record<string, string>>;
}

/**
 * At which state of the source rows of a snapshot were read: the end of the snapshot. Two snapshots
 * with the same end may still differ, so a copy that is not the drain's must stay away from a row
 * that is as new as its own: whatever makes a difference between the two is drained later.
 */
export function versionOf(snapshot: Snapshot): bigint {
  return snapshot.xmax;
}

/**
 * Makes every transaction that writes to the follower wait for its turn: the drain, a backfill, a
 * repair. Without one order of locks for all of them they would run into deadlocks, and a copy
 * could bring back a row between the moment it looked for its tombstone and the moment it wrote.
 */
export async function lockFollower(session: Session, feed: Feed): Promise<void> {
  await session.rows('select pg_advisory_xact_lock(hashtextextended($1, 1))', [
    `${feed.schema} ${feed.direction}`,
  ]);
}

/** Creates what the follower keeps for a feed, where it is not there yet. */
export function prepareFollower(feed: Feed): Promise<void> {
  const { follower, schema, mappings } = feed;
  return coded({ database: follower.label, operation: 'preparing the follower' }, () =>
    follower.transaction({ reads: 'current' }, async (session) => {
      await session.rows('select pg_advisory_xact_lock(hashtextextended($1, 0))', [schema]);
      for (const statement of followerStatements(schema, mappings)) await session.run(statement);
    }),
  );
}

/**
 * Begins a feed, unless it has begun: from `at`, or from the present instant of the source. Capture
 * must be on before that instant. Gives the watermark that is in force.
 */
export async function startFeed(feed: Feed, at?: SourceInstant): Promise<Watermark> {
  await prepareFollower(feed);
  const { source, follower, schema, direction } = feed;
  const instant = at ?? (await presentInstant(feed));
  return coded({ database: follower.label, operation: 'starting the feed' }, async () => {
    // The source must not forget, in a crash, what the follower is told here.
    await source.use((session) => secure(source, session, instant.lsn));
    return follower.transaction({ reads: 'current' }, async (session) => {
      await lockFollower(session, feed);
      const snapshot = formatSnapshot(instant.snapshot);
      await session.run(
        `insert into ${followerNames(schema).feed}
           (direction, snapshot, as_of, place, mark, definitions, started, current_at)
         values ($1, $2, $3, $4, $5, $6, $2, $7) on conflict do nothing`,
        [
          direction,
          snapshot,
          versionOf(instant.snapshot),
          JSON.stringify(instant.place),
          instant.mark,
          JSON.stringify(definitionsOf(feed)),
          instant.at,
        ],
      );
      return readWatermark(session, feed);
    });
  });
}

/** Where the source stands now. */
export function presentInstant({ source, schema }: Feed): Promise<SourceInstant> {
  return coded({ database: source.label, operation: 'reading the instant' }, () =>
    source.transaction({ reads: 'snapshot', isReadOnly: true }, (session) =>
      readInstant(session, { schema, database: source.label }),
    ),
  );
}

/**
 * Reads how far the follower has come, in whatever transaction it is asked. Throws
 * `FW_DATA_NOT_INSTALLED` when the feed has not begun.
 */
export async function readWatermark(session: Session, feed: Feed): Promise<Watermark> {
  const { follower, schema, direction } = feed;
  const row = await feedRow(session, schema, direction);
  if (row === undefined) {
    throw fault('FW_DATA_NOT_INSTALLED', { database: follower.label, what: `${direction} feed` });
  }
  const [snapshot, asOf, place, mark, definitions, started, currentAt, changes] = row;
  return {
    snapshot: parseSnapshot(snapshot ?? ''),
    xmax: BigInt(asOf ?? 0),
    place: JSON.parse(place ?? '{}') as Place,
    mark: Number(mark),
    definitions: JSON.parse(definitions ?? '{}') as Watermark['definitions'],
    started: parseSnapshot(started ?? ''),
    currentAt: Number(currentAt),
    changes: Number(changes),
  };
}

/** By mapping, what its rows are written by. */
export function definitionsOf(feed: Feed): Record<string, string> {
  return Object.fromEntries(feed.mappings.map(({ id, definition }) => [id, definition]));
}

async function feedRow(
  session: Session,
  schema: string,
  direction: string,
): Promise<Row | undefined> {
  try {
    const [row] = await session.rows(
      `select snapshot, as_of, place, mark, definitions, started, current_at, changes
         from ${followerNames(schema).feed} where direction = $1`,
      [direction],
    );
    return row;
  } catch (error) {
    if (['42P01', '3F000'].includes(sqlState(error) ?? '')) return undefined;
    throw error;
  }
}
