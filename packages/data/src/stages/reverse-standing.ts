import { isFalseworkError } from '@falsework/core/errors';
import type { ReverseEvidence } from '@falsework/core/evidence';
import { formatDuration } from '@falsework/core/text';
import { captureNames } from '../capture/names.ts';
import type { Feed } from '../drain/feed.ts';
import { presentInstant, readWatermark } from '../drain/follower.ts';
import { measureLag } from '../drain/lag.ts';
import { leftBehind } from '../drain/left-behind.ts';
import { checkContinuity } from '../drain/window-check.ts';
import { coded } from '../postgres/failure.ts';
import { quoteRelation, relationName } from '../postgres/quote.ts';
import { oneValue } from '../postgres/session.ts';

/**
 * How long changes may wait without the feed moving before it counts as dead. A drain looks several
 * times a second and tries again after ten at the most, so a minute is not a hiccup.
 */
export const DEAD_AFTER_MS = 60_000;

// A drain that is alive has done with what was there when we looked, many times over.
const DRAINED_WITHIN_MS = 1_000;

/**
 * Whether the way back is fed, and how much of what had been written when we looked does not get
 * over: what writers add meanwhile is not counted, or it would never be nothing. A feed that is
 * dead is only told of: nothing is made final because of it, and it is alive again as soon as what
 * killed it is put right.
 */
export async function reverseStanding(
  reverse: Feed,
  deadAfterMs: number = DEAD_AFTER_MS,
): Promise<ReverseEvidence> {
  try {
    const instant = await presentInstant(reverse);
    const watermark = await reverse.follower.use((session) => readWatermark(session, reverse));
    checkContinuity(reverse, watermark, instant);
    const lag = await measureLag(reverse, null);
    const untold = await untoldTables(reverse);
    const lagMs = lag.seconds * 1_000;
    const deadBecause =
      untold.length > 0
        ? `capture is gone from ${untold.join(', ')}`
        : lagMs > deadAfterMs
          ? `${lag.rows} changes have waited for ${formatDuration(lagMs)}`
          : null;
    const isWaiting = lag.rows > 0 && deadBecause === null;
    const lagRows = isWaiting
      ? await leftBehind(reverse, { instant, withinMs: DRAINED_WITHIN_MS })
      : lag.rows;
    return { lagRows, deadBecause };
  } catch (error) {
    if (!isFalseworkError(error)) throw error;
    return { lagRows: 0, deadBecause: `${error.code}: ${error.message}` };
  }
}

const CAPTURE_TRIGGERS = 4;

/** Tables whose writes nobody reports any more. */
async function untoldTables({ source, schema, tables, changes }: Feed): Promise<string[]> {
  if (changes.kind !== 'outbox') return [];
  return coded({ database: source.label, operation: 'looking at capture' }, () =>
    source.use(async (session) => {
      const kind = await oneValue(
        session,
        `select kind from ${quoteRelation({ schema, table: 'capture' })}`,
      );
      if (kind !== 'trigger') return [];
      const untold: string[] = [];
      for (const { relation } of tables) {
        const { triggers } = captureNames(schema, relation);
        const found = await oneValue(
          session,
          `select count(*) from pg_trigger
            where tgrelid = $1::regclass and tgname = any ($2::text[]) and tgenabled in ('O', 'A')`,
          [quoteRelation(relation), Object.values(triggers)],
        );
        if (Number(found) < CAPTURE_TRIGGERS) untold.push(relationName(relation));
      }
      return untold;
    }),
  );
}
