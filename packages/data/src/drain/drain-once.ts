import type { CapturedTable } from '../capture/capture-sql.ts';
import type { Window } from '../capture/change-source.ts';
import { readInstant, type SourceInstant, secure } from '../capture/instant.ts';
import { formatSnapshot, isSameSnapshot, type Snapshot } from '../cursor/snapshot.ts';
import { coded } from '../postgres/failure.ts';
import { relationName } from '../postgres/quote.ts';
import type { Session } from '../postgres/session.ts';
import { tracing, type WindowSpan } from '../telemetry/feed-tracer.ts';
import { actAsDrain } from './act-as-drain.ts';
import { bury, countDeadLetters, deadKeys, raise } from './dead-letters.ts';
import { type Feed, mappingsOf } from './feed.ts';
import { lockFollower, readWatermark, versionOf, type Watermark } from './follower.ts';
import { applyStatements, followerNames } from './follower-sql.ts';
import { PageBuffer } from './page-buffer.ts';
import { type Poisoned, readRows } from './read-rows.ts';
import { checkContinuity } from './window-check.ts';

// Rows are read by keys that have a unique index, a thousand at a time. A planner that knows little
// of the table, or much of a small one, would rather read all of it for every page: at 40,000 rows
// that took twice as long, and more with every row.
const BY_KEY = `
  select set_config('enable_seqscan', 'off', true), set_config('enable_hashjoin', 'off', true),
         set_config('enable_mergejoin', 'off', true)`;

/** How much one window may hold. */
export interface WindowLimits {
  /** Changes of one window, about. A single transaction is never divided, however large. */
  readonly changesMax: number;
  /** True to try the dead letters again along with it. */
  readonly retriesDead?: boolean;
  /**
   * Connections to the follower that rows are shared out among by key; 1 when left out. With more,
   * readers of the follower may see a part of a window before the rest of it.
   */
  readonly lanes?: number;
}

/** What one window brought. */
export interface Drained {
  /** Keys that had changed, each once, and those of dead letters that were tried again. */
  readonly keys: number;
  /** Rows that were written or removed on the follower, over all mappings. */
  readonly written: number;
  readonly bytes: number;
  readonly poisoned: readonly Poisoned[];
  /** Tables of the source that had been truncated, `schema.table`. */
  readonly truncated: readonly string[];
  /** Everything that is visible in it is on the follower now. */
  readonly upTo: Snapshot;
  /** True when the source has more changes than fitted into the window. */
  readonly isBehind: boolean;
  /** By the source's clock, when the rows were read. */
  readonly at: number;
}

// Keys per statement: at 1,000 the follower takes most rows per second; see apply-rows.ts.
const PAGE_KEYS = 1_000;
const DEAD_KEYS_MAX = 1_000;
// Where nothing happens the watermark still moves, so that looks stay cheap, but no more often than
// this: each move is a commit on the follower.
const STILL_MS = 1_000;

/**
 * Carries one window over: what committed on the source between the watermark and now, or a first
 * part of it. Each key is read once, as it is now, and written together with the new watermark in
 * one transaction; so it happens as a whole or not at all, and doing it again does no harm. Gives
 * `null` when another drain of the same feed was quicker. Rejects with `FW_DATA_…`.
 */
export function drainOnce(feed: Feed, limits: WindowLimits): Promise<Drained | null> {
  if (tracing.tracer === null) return drain(feed, limits, null);
  const span = tracing.tracer.began(feed);
  const drained = drain(feed, limits, span);
  drained.then(
    (brought) => span.ended(brought, null),
    (error: unknown) => span.ended(null, error),
  );
  return drained;
}

function drain(feed: Feed, limits: WindowLimits, span: WindowSpan | null): Promise<Drained | null> {
  const { source, follower } = feed;
  return coded({ database: source.label, operation: 'draining' }, async () => {
    const watermark = await coded({ database: follower.label, operation: 'draining' }, () =>
      follower.use((session) => readWatermark(session, feed)),
    );
    return source.transaction({ reads: 'snapshot', isReadOnly: true }, async (reader) => {
      const instant = await readInstant(reader, { schema: feed.schema, database: source.label });
      checkContinuity(feed, watermark, instant);
      await feed.changes.settle(instant);
      const whole = { after: watermark.snapshot, upTo: instant.snapshot };
      if (limits.retriesDead !== true && instant.at - watermark.currentAt < STILL_MS) {
        const count = { window: whole, most: 1 };
        if ((await feed.changes.count(reader, feed.tables, count)) === 0)
          return nothing(watermark, instant);
      }
      await reader.rows(BY_KEY);
      const { changesMax: limit } = limits;
      const upTo = await feed.changes.cut(reader, feed.tables, { window: whole, limit });
      const carried: Carrying = { feed, reader, instant, watermark, window: { ...whole, upTo } };
      span?.applying();
      return coded({ database: follower.label, operation: 'draining' }, () =>
        carryOver(carried, limits),
      );
    });
  });
}

function nothing({ snapshot }: Watermark, { at }: SourceInstant): Drained {
  const none = { keys: 0, written: 0, bytes: 0, poisoned: [], truncated: [] };
  return { ...none, upTo: snapshot, isBehind: false, at };
}

interface Carrying {
  readonly feed: Feed;
  readonly reader: Session;
  readonly instant: SourceInstant;
  readonly watermark: Watermark;
  readonly window: Window;
}

function carryOver(carrying: Carrying, limits: WindowLimits): Promise<Drained | null> {
  const { feed, instant, watermark, window } = carrying;
  return feed.follower.transaction({ reads: 'current' }, async (writer) => {
    await lockFollower(writer, feed);
    const present = await readWatermark(writer, feed);
    if (!isSameSnapshot(present.snapshot, watermark.snapshot)) return null;
    await actAsDrain(writer, feed);
    const version = versionOf(instant.snapshot);
    const dead = await countDeadLetters(writer, feed);
    const buffer = new PageBuffer(writer, {
      feed,
      version,
      keepsPages: dead > 0,
      lanes: limits.lanes ?? 1,
    });
    const truncated = await truncateAll(writer, carrying);
    const retriesDead = limits.retriesDead === true && dead > 0;
    const keys = await readAll(carrying, { writer, buffer, retriesDead });
    const { written, bytes, poisoned, pages } = await buffer.finish();
    for (const page of pages) await raise(writer, feed, { page, poisoned });
    await bury(writer, feed, { poisoned, at: instant.at });
    await feed.source.use((own) => secure(feed.source, own, instant.lsn));
    const isBehind = !isSameSnapshot(window.upTo, instant.snapshot);
    await moveWatermark(writer, carrying, { keys, isBehind });
    return {
      keys,
      written,
      bytes,
      poisoned,
      truncated,
      upTo: window.upTo,
      isBehind,
      at: instant.at,
    };
  });
}

async function truncateAll(writer: Session, carrying: Carrying): Promise<string[]> {
  const { feed, reader, window, instant } = carrying;
  const truncated: string[] = [];
  for (const table of feed.tables) {
    if (!(await feed.changes.isTruncated(reader, table, window))) continue;
    truncated.push(relationName(table.relation));
    for (const mapping of mappingsOf(feed, table)) {
      const version = versionOf(instant.snapshot);
      await writer.run(applyStatements(feed.schema, mapping).removeAll, [version]);
      await writer.run(
        `insert into ${followerNames(feed.schema).truncated} (direction, mapping, ver)
         values ($1, $2, $3)
         on conflict (direction, mapping) do update set ver = excluded.ver`,
        [feed.direction, mapping.id, version],
      );
    }
  }
  return truncated;
}

interface Reading {
  readonly writer: Session;
  readonly buffer: PageBuffer;
  readonly retriesDead: boolean;
}

async function readAll(carrying: Carrying, reading: Reading): Promise<number> {
  const { writer, buffer, retriesDead } = reading;
  let keys = 0;
  try {
    for (const table of carrying.feed.tables) keys += await readTable(carrying, { table, buffer });
  } finally {
    // Also when reading has failed: the transaction must not end under what is being written.
    await buffer.settled();
  }
  return retriesDead ? keys + (await readDead(writer, carrying, buffer)) : keys;
}

async function readTable(
  { feed, reader, window }: Carrying,
  { table, buffer }: { readonly table: CapturedTable; readonly buffer: PageBuffer },
): Promise<number> {
  let keys = 0;
  for await (const page of feed.changes.pages(reader, table, { window, size: PAGE_KEYS })) {
    keys += page[0]?.length ?? 0;
    for (const mapping of mappingsOf(feed, table)) {
      await buffer.add(await readRows(reader, mapping, page));
    }
  }
  return keys;
}

async function readDead(
  writer: Session,
  { feed, reader }: Carrying,
  buffer: PageBuffer,
): Promise<number> {
  let keys = 0;
  for (const mapping of feed.mappings) {
    const page = await deadKeys(writer, feed, { mapping, limit: DEAD_KEYS_MAX });
    const count = page[0]?.length ?? 0;
    if (count === 0) continue;
    keys += count;
    await buffer.add(await readRows(reader, mapping, page));
    await buffer.settled();
  }
  return keys;
}

async function moveWatermark(
  writer: Session,
  { feed, instant, window }: Carrying,
  { keys, isBehind }: { readonly keys: number; readonly isBehind: boolean },
): Promise<void> {
  // Part of a window says nothing of when: until all is drained the follower is as old as it was.
  const currentAt = isBehind ? null : instant.at;
  await writer.run(
    `update ${followerNames(feed.schema).feed}
        set snapshot = $2, as_of = $3, mark = $4, changes = changes + $5,
            current_at = coalesce($6, current_at)
      where direction = $1`,
    [
      feed.direction,
      formatSnapshot(window.upTo),
      versionOf(instant.snapshot),
      instant.mark,
      keys,
      currentAt,
    ],
  );
}
