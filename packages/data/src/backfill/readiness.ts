import { type FalseworkError, fault, isFalseworkError } from '@falsework/core/errors';
import type { Feed } from '../drain/feed.ts';
import { presentInstant, readWatermark } from '../drain/follower.ts';
import { seenTable } from '../drain/follower-sql.ts';
import { checkContinuity } from '../drain/window-check.ts';
import { followerWhereText, mappedRows } from '../mapping/mapped-sql.ts';
import type { TableMapping } from '../mapping/table-mapping.ts';
import { classify, coded } from '../postgres/failure.ts';
import { quoteName, quoteRelation, relationName } from '../postgres/quote.ts';
import { oneValue, type Session } from '../postgres/session.ts';
import { backfillFault, mayPass } from './backfill-fault.ts';
import { readCheckpoint } from './checkpoint.ts';
import { stageStatements } from './stage-sql.ts';

const COUNTED_MAX = 1_000;

/** Throws when the source is not the one that the feed began with; see `checkContinuity`. */
export async function checkSource(feed: Feed): Promise<void> {
  const check = async (): Promise<void> => {
    const watermark = await coded(
      { database: feed.follower.label, operation: 'reading the watermark' },
      () => feed.follower.use((session) => readWatermark(session, feed)),
    );
    checkContinuity(feed, watermark, await presentInstant(feed));
  };
  try {
    await check();
  } catch (error) {
    // Between the two readings the drain may have gone on and thrown away what it had consumed.
    if (!isFalseworkError(error) || error.code !== 'FW_DATA_ROTATED') throw error;
    await check();
  }
}

/**
 * What stands in the way of copying one table, of all that can be known before: columns and types
 * that are not what they were, permissions, and rows on the follower that nobody has brought there.
 */
export async function tableObstacles(
  feed: Feed,
  mapping: TableMapping,
  { allowsRows }: { readonly allowsRows: boolean },
): Promise<FalseworkError[]> {
  const obstacles: FalseworkError[] = [];
  const attempt = async (database: string, act: () => Promise<unknown>): Promise<void> => {
    try {
      await act();
    } catch (error) {
      // Somebody holds a lock, or a server restarts: no reason to give up before it began.
      if (mayPass(error)) throw classify(error, { database, operation: 'looking at a table' });
      obstacles.push(backfillFault(error, { mapping, database, rows: 0, chunks: 0 }));
    }
  };
  const { source, follower, schema } = feed;
  const { create, insert } = stageStatements(schema, mapping);
  // EXPLAIN resolves every name and type and checks every permission, and runs nothing.
  await attempt(source.label, () =>
    source.use((session) => session.rows(`explain ${mappedRows(mapping)}`)),
  );
  await attempt(follower.label, () =>
    follower.transaction({ reads: 'current' }, async (session) => {
      await session.run(create);
      await session.rows(`explain ${insert.replace('$1::bigint', '0')}`);
    }),
  );
  if (obstacles.length > 0) return obstacles;
  const rows = await coded({ database: follower.label, operation: 'looking for rows' }, () =>
    follower.use((session) => strangers(session, { feed, mapping, allowsRows })),
  );
  if (rows > 0) {
    obstacles.push(
      fault('FW_DATA_BACKFILL_ROWS', {
        table: relationName(mapping.follower),
        database: follower.label,
        rows,
        isAtLeast: rows >= COUNTED_MAX,
      }),
    );
  }
  return obstacles;
}

/** Rows that neither the drain nor an earlier backfill has written, counted up to a bound. */
async function strangers(
  session: Session,
  {
    feed,
    mapping,
    allowsRows,
  }: {
    readonly feed: Feed;
    readonly mapping: TableMapping;
    readonly allowsRows: boolean;
  },
): Promise<number> {
  // Once copying has begun its rows cannot be told from others any more; the comparison will.
  if (allowsRows || (await readCheckpoint(session, feed, mapping)) !== null) return 0;
  const table = quoteName(mapping.follower.table);
  const seen = quoteRelation(seenTable(feed.schema, mapping));
  const isSame = mapping.key
    .map(({ name }, i) => `s.fw_k${i + 1} = ${table}.${quoteName(name)}`)
    .join(' and ');
  const unseen = `not exists (select from ${seen} s where ${isSame} and not s.gone)`;
  const count = await oneValue(
    session,
    `select count(*) from (select from ${quoteRelation(mapping.follower)}
       ${followerWhereText(mapping, unseen)} limit ${COUNTED_MAX}) as strangers`,
  );
  return Number(count);
}
