import { fault } from '@falsework/core/errors';
import type { SourceInstant } from '../capture/instant.ts';
import { foreignReason } from '../cursor/place.ts';
import { covers } from '../cursor/snapshot.ts';
import type { Feed } from './feed.ts';
import { definitionsOf, type Watermark } from './follower.ts';

/**
 * Throws when the source is not the one that the follower has been fed from, or has not kept what
 * the follower has yet to be told: `FW_DATA_PLACE`, `FW_DATA_ROTATED`. Throws `FW_DATA_DEFINITION`
 * when rows on the follower were written by another mapping.
 */
export function checkContinuity(feed: Feed, watermark: Watermark, instant: SourceInstant): void {
  const { source, follower, direction } = feed;
  const { place, mark, snapshot } = instant;
  const foreign = foreignReason(watermark, { place, mark, xmax: snapshot.xmax });
  if (foreign !== null) {
    throw fault('FW_DATA_PLACE', { database: source.label, direction, because: foreign });
  }
  if (instant.rotated !== null && !covers(watermark.snapshot, instant.rotated)) {
    throw fault('FW_DATA_ROTATED', { database: source.label, follower: follower.label, direction });
  }
  const changed = Object.entries(definitionsOf(feed)).find(
    ([id, definition]) => watermark.definitions[id] !== definition,
  );
  if (changed !== undefined) {
    throw fault('FW_DATA_DEFINITION', { mapping: changed[0], follower: follower.label, direction });
  }
}
