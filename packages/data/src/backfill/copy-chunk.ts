import { fault } from '@falsework/core/errors';
import type { Clock } from '@falsework/core/ports';
import { readInstant, type SourceInstant, secure } from '../capture/instant.ts';
import { foreignReason } from '../cursor/place.ts';
import { actAsDrain } from '../drain/act-as-drain.ts';
import type { Feed } from '../drain/feed.ts';
import { lockFollower, readWatermark, versionOf, type Watermark } from '../drain/follower.ts';
import type { TableMapping } from '../mapping/table-mapping.ts';
import { coded } from '../postgres/failure.ts';
import { oneValue, type Session } from '../postgres/session.ts';
import { advanceCheckpoint, type SourceKey } from './checkpoint.ts';
import { copyAcross } from './copy-across.ts';
import { copyOutSql, keyShareSql, upperKeySql } from './range-sql.ts';
import { stageStatements } from './stage-sql.ts';

/** One chunk that is to be copied. */
export interface ChunkOrder {
  readonly feed: Feed;
  readonly mapping: TableMapping;
  readonly attempt: number;
  readonly after: SourceKey | null;
  readonly endKey: SourceKey;
  readonly rows: number;
  /** No statement of ours runs for longer; in milliseconds. */
  readonly statementTimeoutMs: number;
}

/** What was read of the source and lies in the stage. */
export interface StagedChunk {
  readonly upTo: SourceKey;
  readonly isLast: boolean;
  /** Rows of the source that were walked over; for the last chunk what was copied of them. */
  readonly walked: number;
  readonly rows: number;
  readonly bytes: number;
  readonly keyShare: number | null;
  readonly instant: SourceInstant;
  readonly readMs: number;
}

/** A chunk that is on the follower, with its checkpoint. */
export interface CopiedChunk extends StagedChunk {
  /**
   * How long the rows took to be written. Neither waiting for the drain nor the commit is part of
   * it: both say nothing of how large a chunk should be.
   */
  readonly writeMs: number;
  readonly commitMs: number;
}

/** Two chunks at a time: one is read while the one before it is written. */
export interface ChunkTurn {
  /** Resolves when the chunk before this one is committed. */
  readonly before: Promise<unknown>;
  readonly clock: Clock;
  /** Called when the chunk is staged, and the next one may begin to be read. */
  staged(chunk: StagedChunk): void;
}

/** Thrown when a table was truncated while a chunk of it was on its way: it is to be read again. */
export class ChunkOutdated extends Error {
  override readonly name = 'ChunkOutdated';
}

// As the victim: whoever holds what we want goes first, and we come again.
const LOCK_TIMEOUT_MS = 1_000;
const TURN_TIMEOUT_MS = 60_000;
// What a session of the follower keeps of the stage in memory, before it goes to disk.
const STAGE_BUFFERS = '32MB';

/**
 * Copies one chunk: reads it at one instant of the source into a stage on the follower, waits for
 * its turn, then writes rows and checkpoint in one transaction. Rejects with the driver's errors;
 * nothing of the chunk is on the follower then.
 */
export async function copyChunk(order: ChunkOrder, turn: ChunkTurn): Promise<CopiedChunk> {
  const { feed, statementTimeoutMs } = order;
  const { clock } = turn;
  let endedMs = 0;
  const [staged, writeMs] = await feed.follower.transaction(
    { reads: 'current' },
    async (target) => {
      await actAsDrain(target, feed);
      await asVictim(target, statementTimeoutMs);
      const chunk = await stageChunk(order, target, clock);
      turn.staged(chunk);
      await turn.before;
      await lockFollower(target, feed);
      const began = clock.monotonicMs();
      await writeChunk(order, chunk, { target, clock });
      endedMs = clock.monotonicMs();
      return [chunk, endedMs - began];
    },
  );
  return { ...staged, writeMs, commitMs: clock.monotonicMs() - endedMs };
}

/** Bounds what the statements of a transaction may wait and run. */
export async function asVictim(session: Session, statementTimeoutMs: number): Promise<void> {
  await bound(session, { lockMs: LOCK_TIMEOUT_MS, statementMs: Math.ceil(statementTimeoutMs) });
}

/**
 * Waits for our turn on the follower. The drain may need a while for a large window, and whoever
 * waits for it here is in nobody's way.
 */
export async function awaitTurn(
  session: Session,
  { feed, statementTimeoutMs }: Pick<ChunkOrder, 'feed' | 'statementTimeoutMs'>,
): Promise<void> {
  await bound(session, { lockMs: TURN_TIMEOUT_MS, statementMs: TURN_TIMEOUT_MS });
  await lockFollower(session, feed);
  await asVictim(session, statementTimeoutMs);
}

async function bound(
  session: Session,
  { lockMs, statementMs }: { readonly lockMs: number; readonly statementMs: number },
): Promise<void> {
  await session.rows(
    `select set_config('lock_timeout', $1, true), set_config('statement_timeout', $2, true)`,
    [String(lockMs), String(statementMs)],
  );
}

async function stageChunk(order: ChunkOrder, target: Session, clock: Clock): Promise<StagedChunk> {
  const { feed, mapping, after, endKey, rows } = order;
  const { source, schema } = feed;
  const statements = stageStatements(schema, mapping);
  await ensureStage(target, statements.create);
  const watermark = await readWatermark(target, feed);
  const began = clock.monotonicMs();
  return coded({ database: source.label, operation: 'reading a chunk' }, () =>
    source.transaction({ reads: 'snapshot', isReadOnly: true }, async (session) => {
      const instant = await instantOf(session, { feed, watermark });
      await asVictim(session, order.statementTimeoutMs);
      const [found] = await session.rows(upperKeySql(mapping, { after, upTo: endKey, rows }));
      const upTo = (found as SourceKey | undefined) ?? endKey;
      const isLast = found === undefined || isSameKey(upTo, endKey);
      const copied = await copyAcross(
        { session, label: source.label, sql: copyOutSql(mapping, { after, upTo }) },
        { session: target, label: feed.follower.label, sql: statements.copyIn },
      );
      // The stream is at its end before the server has said that the COPY succeeded. In a
      // transaction that has failed, the next statement is what tells.
      const keyShare = await shareOf(session, mapping, upTo);
      await secure(source, session, instant.lsn);
      const readMs = clock.monotonicMs() - began;
      const walked = found === undefined ? copied.rows : rows;
      return { upTo, isLast, walked, ...copied, keyShare, instant, readMs };
    }),
  );
}

/**
 * The instant at which a transaction on the source reads. `watermark` must have been read before,
 * so that a source that is behind it can only be one that went back in time. Throws
 * `FW_DATA_PLACE`.
 */
export async function instantOf(
  session: Session,
  { feed, watermark }: { readonly feed: Feed; readonly watermark: Watermark },
): Promise<SourceInstant> {
  const { schema, source, direction } = feed;
  const instant = await readInstant(session, { schema, database: source.label });
  const { place, mark, snapshot } = instant;
  const foreign = foreignReason(watermark, { place, mark, xmax: snapshot.xmax });
  if (foreign === null) return instant;
  throw fault('FW_DATA_PLACE', { database: source.label, direction, because: foreign });
}

async function writeChunk(
  { feed, mapping, attempt }: ChunkOrder,
  chunk: StagedChunk,
  { target, clock }: { readonly target: Session; readonly clock: Clock },
): Promise<void> {
  const { instant } = chunk;
  const statements = stageStatements(feed.schema, mapping);
  await checkCurrent(target, { feed, mapping, instant });
  await target.run(statements.insert, [versionOf(instant.snapshot)]);
  await advanceCheckpoint(
    target,
    { feed, mapping },
    {
      attempt,
      lastKey: chunk.upTo,
      isLast: chunk.isLast,
      rows: chunk.rows,
      walked: chunk.walked,
      bytes: chunk.bytes,
      snapshot: instant.snapshot,
      at: clock.now(),
    },
  );
}

/**
 * Throws {@link ChunkOutdated} when the table was truncated since the instant, as far as the drain
 * knows. To be asked under the lock of the follower.
 */
export async function checkCurrent(
  target: Session,
  {
    feed,
    mapping,
    instant,
  }: { readonly feed: Feed; readonly mapping: TableMapping; readonly instant: SourceInstant },
): Promise<void> {
  const { truncated } = stageStatements(feed.schema, mapping);
  const version = await oneValue(target, truncated, [feed.direction, mapping.id]);
  if (version !== null && BigInt(version) >= versionOf(instant.snapshot)) {
    throw new ChunkOutdated('The table was truncated after the chunk was read.');
  }
}

async function ensureStage(target: Session, create: string): Promise<void> {
  // Only before the first temporary table of a session; later the server refuses a change.
  await target.run(`select set_config('temp_buffers', '${STAGE_BUFFERS}', false)
    where not exists (select from pg_class where relnamespace = pg_my_temp_schema())`);
  await target.run(create);
}

async function shareOf(
  session: Session,
  mapping: TableMapping,
  key: SourceKey,
): Promise<number | null> {
  const { source, sourceKey } = mapping;
  const sql = keyShareSql(mapping) ?? 'select null';
  const params = [source.schema, source.table, sourceKey[0]?.name ?? '', key[0] ?? ''];
  const share = await oneValue(session, sql, sql === 'select null' ? [] : params);
  return share === null ? null : Number(share);
}

function isSameKey(one: SourceKey, two: SourceKey): boolean {
  return one.every((value, i) => value === two[i]);
}
