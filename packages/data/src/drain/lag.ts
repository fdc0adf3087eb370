import { readInstant } from '../capture/instant.ts';
import { coded } from '../postgres/failure.ts';
import { countDeadLetters } from './dead-letters.ts';
import type { Feed } from './feed.ts';
import { readWatermark } from './follower.ts';

/** How far a follower is behind. */
export interface Lag {
  /** Changes that have not been drained, counted up to a bound. */
  readonly rows: number;
  /** True when there are more than were counted. */
  readonly isAtLeast: boolean;
  /** About what they weigh, by the rows that were drained so far; `null` while there were none. */
  readonly bytes: number | null;
  /** For how long the follower has not been all that the source was; 0 when nothing is missing. */
  readonly seconds: number;
  /** Rows that could not be carried over. */
  readonly deadLetters: number;
}

/** Beyond this nobody needs to know how much it is, and counting would cost more than draining. */
export const COUNTED_MAX = 1_000_000;

/**
 * Measures how far the follower is behind the source. `bytesPerRow` is what a row has weighed so
 * far, if that is known.
 */
export function measureLag(feed: Feed, bytesPerRow: number | null): Promise<Lag> {
  const { source, follower, schema } = feed;
  return coded({ database: source.label, operation: 'measuring the lag' }, async () => {
    // The follower first: what is drained meanwhile then counts as missing, never the reverse.
    const [watermark, deadLetters] = await follower.use(async (session) => [
      await readWatermark(session, feed),
      await countDeadLetters(session, feed),
    ]);
    return source.transaction({ reads: 'snapshot', isReadOnly: true }, async (session) => {
      const instant = await readInstant(session, { schema, database: source.label });
      const window = { after: watermark.snapshot, upTo: instant.snapshot };
      const rows = await feed.changes.count(session, feed.tables, { window, most: COUNTED_MAX });
      return {
        rows,
        isAtLeast: rows >= COUNTED_MAX,
        bytes: rows === 0 ? 0 : bytesPerRow === null ? null : Math.round(rows * bytesPerRow),
        seconds: rows === 0 ? 0 : Math.max(0, instant.at - watermark.currentAt) / 1_000,
        deadLetters,
      };
    });
  });
}
