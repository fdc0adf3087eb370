import type { EvidenceBatch, PlaneView } from '@falsework/core/evidence';
import type { Instant } from '@falsework/core/ports';
import type { Context, Database } from '../context.ts';
import { storedName } from '../rows/names.ts';

const DAY_MS = 86_400_000;
// A plane that restarts takes a new id. The old one is kept for longer than any plane would go on
// sending a batch again, because its row is what makes such a batch count once.
const FORGOTTEN_AFTER_MS = 30 * DAY_MS;
// What a decision is shown, and keeps with it. Gates look at minutes; a week is for people.
const SHOWN_FOR_MS = 7 * DAY_MS;
const SHOWN_MAX = 1_000;

/**
 * Notes the batch as taken. False, and nothing noted, when it or a later one of its plane was taken
 * before.
 */
export async function takeSequence(
  { trx, migration }: Context,
  batch: EvidenceBatch,
  now: Instant,
): Promise<boolean> {
  const plane = storedName(batch.plane);
  const known = await trx
    .selectFrom('fw_planes')
    .select('sequence')
    .where('migration', '=', migration)
    .where('plane', '=', plane)
    .executeTakeFirst();
  if (known && known.sequence >= batch.sequence) return false;
  const seen = {
    sequence: batch.sequence,
    seen_at: now,
    snapshot_version: batch.snapshotVersion,
  };
  await trx
    .insertInto('fw_planes')
    .values({ migration, plane, ...seen })
    .onConflict((conflict) => conflict.columns(['migration', 'plane']).doUpdateSet(seen))
    .execute();
  // A new plane is a good moment to forget old ones: it happens seldom, and it is what makes the
  // table grow.
  if (!known) {
    await trx
      .deleteFrom('fw_planes')
      .where('migration', '=', migration)
      .where('seen_at', '<', now - FORGOTTEN_AFTER_MS)
      .execute();
  }
  return true;
}

/** The planes seen in the last days, in order of their ids. */
export async function readPlanes(
  db: Database,
  migration: string,
  now: Instant,
): Promise<PlaneView[]> {
  const rows = await db
    .selectFrom('fw_planes')
    .select(['plane', 'seen_at', 'snapshot_version'])
    .where('migration', '=', migration)
    .where('seen_at', '>=', now - SHOWN_FOR_MS)
    .orderBy('seen_at', 'desc')
    .limit(SHOWN_MAX)
    .execute();
  return rows
    .map((row) => ({
      id: row.plane,
      seenAt: row.seen_at,
      snapshotVersion: row.snapshot_version,
    }))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}
