import { fault } from '@falsework/core/errors';
import type { Window } from '../capture/change-source.ts';
import { readInstant, type SourceInstant } from '../capture/instant.ts';
import { covers } from '../cursor/snapshot.ts';
import type { Feed } from '../drain/feed.ts';
import { readWatermark, type Watermark } from '../drain/follower.ts';
import { checkContinuity } from '../drain/window-check.ts';
import type { TableMapping } from '../mapping/table-mapping.ts';
import { coded } from '../postgres/failure.ts';
import type { Session } from '../postgres/session.ts';
import { codedTransaction } from './coded-transaction.ts';
import { type KeyPair, keyText } from './keys.ts';
import { followerKeys } from './statements.ts';

/**
 * Both stores at two instants that belong together: the follower as one of its snapshots has it,
 * with the watermark that is written in it, and the source at a later instant. A key without a
 * change between the watermark and that instant must have the same row on both. The others are in
 * flight and say nothing. So nothing has to be waited for, and no lag has to be guessed.
 */
export interface Round {
  readonly source: Session;
  readonly follower: Session;
  readonly watermark: Watermark;
  readonly instant: SourceInstant;
  /** Keys with a change that the follower may not have yet, by {@link keyText} of its key. */
  readonly inFlight: ReadonlyMap<string, KeyPair>;
}

/** Why a round could not be had just now; trying again is worth it. */
export type RoundRefusal =
  | { readonly because: 'behind'; readonly changes: number }
  | { readonly because: 'truncated' }
  | { readonly because: 'rotated' };

/** What came of a round. */
export type RoundResult<T> = { readonly value: T } | { readonly refused: RoundRefusal };

// Keys in flight are held in memory and sent along with statements. With more of them than this the
// drain is so far behind that a comparison would leave out too much to be worth its cost.
const IN_FLIGHT_MAX = 50_000;
const PAGE_KEYS = 5_000;

// What the planner must not do for us: a chunk is to be a small, even burden on one core, and to be
// found by the index on the key although the planner has no statistics of its bounds.
// And what takes this long is given up, so that nobody waits behind us; the chunk is then divided.
const STATEMENT_TIMEOUT_MS = 10_000;
const GUEST_SETTINGS = `select set_config('max_parallel_workers_per_gather', '0', true),
  set_config('enable_seqscan', 'off', true),
  set_config('statement_timeout', '${STATEMENT_TIMEOUT_MS}', true)`;

const COMPARING = {
  mode: { reads: 'snapshot', isReadOnly: true },
  operation: 'comparing',
} as const;

/**
 * Opens a round on one mapping and lends it to `use`. The order is what makes it right: first the
 * follower's snapshot, then the source's. Holds both snapshots, and so keeps vacuum waiting, for as
 * long as `use` runs. Throws the codes of {@link checkContinuity}.
 */
function withRound<T>(
  feed: Feed,
  mapping: TableMapping,
  use: (round: Round) => Promise<T>,
): Promise<RoundResult<T>> {
  return codedTransaction(feed.follower, COMPARING, async (follower) => {
    const watermark = await readWatermark(follower, feed);
    await follower.rows(GUEST_SETTINGS);
    return codedTransaction(feed.source, COMPARING, async (source) => {
      const { schema, source: database } = feed;
      const instant = await readInstant(source, { schema, database: database.label });
      await source.rows(GUEST_SETTINGS);
      const inFlight = await readInFlight({ feed, mapping, source, watermark, instant });
      if ('refused' in inFlight) return inFlight;
      return {
        value: await use({ source, follower, watermark, instant, inFlight: inFlight.value }),
      };
    });
  });
}

/** @internal What keys in flight are read with. */
export interface InFlightReading {
  readonly feed: Feed;
  readonly mapping: TableMapping;
  readonly source: Session;
  readonly watermark: Watermark;
  readonly instant: SourceInstant;
}

/** @internal The keys of one mapping with a change between the watermark and the instant. */
export async function readInFlight(
  reading: InFlightReading,
): Promise<RoundResult<Map<string, KeyPair>>> {
  const { feed, mapping, source, watermark, instant } = reading;
  const table = feed.tables.find(
    ({ relation }) =>
      relation.schema === mapping.source.schema && relation.table === mapping.source.table,
  );
  if (table === undefined) throw new Error(`The feed has no table of the mapping ${mapping.id}.`);
  if (isRotated(watermark, instant)) return { refused: { because: 'rotated' } };
  checkContinuity(feed, watermark, instant);
  await feed.changes.settle(instant);
  const window: Window = { after: watermark.snapshot, upTo: instant.snapshot };
  const most = IN_FLIGHT_MAX + 1;
  const changes = await feed.changes.count(source, [table], { window, most });
  if (changes >= most) return { refused: { because: 'behind', changes } };
  if (await feed.changes.isTruncated(source, table, window)) {
    return { refused: { because: 'truncated' } };
  }
  const inFlight = new Map<string, KeyPair>();
  for await (const page of feed.changes.pages(source, table, { window, size: PAGE_KEYS })) {
    const width = mapping.sourceKey.length;
    for (const row of await source.rows(followerKeys(mapping), page)) {
      const pair = {
        source: row.slice(0, width) as string[],
        follower: row.slice(width) as string[],
      };
      inFlight.set(keyText(pair.follower), pair);
    }
  }
  // Emptying an outbox is not bound to snapshots. What we have read stays locked until we are done,
  // so looking once more, at the present, tells whether anything was gone before we read it.
  const { schema, source: database } = feed;
  const present = await coded({ database: database.label, operation: 'comparing' }, () =>
    database.use((session) => readInstant(session, { schema, database: database.label })),
  );
  return isRotated(watermark, present) ? { refused: { because: 'rotated' } } : { value: inFlight };
}

/** True when events were thrown away that this round would still have had to see. */
function isRotated(watermark: Watermark, { rotated }: SourceInstant): boolean {
  return rotated !== null && !covers(watermark.snapshot, rotated);
}

/** How often a round is asked for again at once: a rotation that came between passes by itself. */
const ROTATIONS_MAX = 5;

/** As {@link withRound}, asking again for as long as only a rotation is in the way. */
export async function withSettledRound<T>(
  feed: Feed,
  mapping: TableMapping,
  use: (round: Round) => Promise<T>,
): Promise<RoundResult<T>> {
  for (let tries = 1; ; tries += 1) {
    const result = await withRound(feed, mapping, use);
    if (!('refused' in result) || result.refused.because !== 'rotated') return result;
    if (tries >= ROTATIONS_MAX) {
      const { source, follower, direction } = feed;
      throw fault('FW_DATA_ROTATED', {
        database: source.label,
        follower: follower.label,
        direction,
      });
    }
  }
}
