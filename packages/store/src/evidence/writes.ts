import type { WritesStanding } from '@falsework/core/evidence';
import type { Instant } from '@falsework/core/ports';
import type { Context, Database } from '../context.ts';
import { decode } from '../rows/codec.ts';
import { WRITES } from '../rows/evidence-shapes.ts';
import { shortText, storedName } from '../rows/names.ts';

const REASON_LENGTH_MAX = 500;

/** Keeps what a guard says of its journal, whole; a report that comes late changes nothing. */
export async function noteWrites(
  { trx, migration }: Context,
  standing: WritesStanding,
  now: Instant,
): Promise<void> {
  const journal = storedName(standing.journal);
  // A guard whose clock is ahead must not look alive for longer than it is.
  const at = Math.min(standing.at, now);
  const stopped = standing.stopped.map((stop) => ({
    ...stop,
    because: shortText(stop.because, REASON_LENGTH_MAX),
  }));
  const row = { at, standing: JSON.stringify({ ...standing, journal, at, stopped }) };
  await trx
    .insertInto('fw_writes')
    .values({ migration, journal, ...row })
    .onConflict((conflict) =>
      conflict.columns(['migration', 'journal']).doUpdateSet(row).where('fw_writes.at', '<=', at),
    )
    .execute();
}

/** What every guard said last of its journal. Throws `FW_STORE_CORRUPT`. */
export async function readWrites(db: Database, migration: string): Promise<WritesStanding[]> {
  const rows = await db
    .selectFrom('fw_writes')
    .select(['journal', 'standing'])
    .where('migration', '=', migration)
    .orderBy('journal')
    .execute();
  return rows.map(({ journal, standing }) => {
    const name = { table: 'fw_writes', key: [migration, journal], column: 'standing' };
    return decode(standing, WRITES, name);
  });
}
