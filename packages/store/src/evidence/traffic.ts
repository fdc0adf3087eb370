import { fault } from '@falsework/core/errors';
import type { EvidenceBatch, LegacyTraffic } from '@falsework/core/evidence';
import type { Instant } from '@falsework/core/ports';
import type { Selectable } from 'kysely';
import type { Context, Database } from '../context.ts';
import type { Tables } from '../schema/tables.ts';

type TrafficRow = Selectable<Tables['fw_traffic']>;

/**
 * Reads the traffic row of a migration and locks it until the transaction ends. Whoever adds
 * evidence takes it first, so that two replicas of control never both read a row, add to it and
 * write it back. Throws `FW_STORE_NO_MIGRATION`.
 */
export async function lockTraffic({ trx, engine, migration }: Context): Promise<TrafficRow> {
  const row = await trx
    .selectFrom('fw_traffic')
    .selectAll()
    .where('migration', '=', migration)
    .$if(engine === 'postgres', (query) => query.forUpdate())
    .executeTakeFirst();
  if (row === undefined) throw fault('FW_STORE_NO_MIGRATION', { migration });
  return row;
}

/** Notes which calls of a batch reached legacy, and since when calls are counted at all. */
export async function noteTraffic(
  { trx, migration }: Context,
  before: TrafficRow,
  batch: Pick<EvidenceBatch, 'legacyHits' | 'legacyProbes'>,
  now: Instant,
): Promise<void> {
  await trx
    .updateTable('fw_traffic')
    .set({
      counting_since: Math.min(before.counting_since ?? now, now),
      last_hit_at: batch.legacyHits > 0 ? latest(before.last_hit_at, now) : before.last_hit_at,
      probes: before.probes + batch.legacyProbes,
      last_probe_at:
        batch.legacyProbes > 0 ? latest(before.last_probe_at, now) : before.last_probe_at,
    })
    .where('migration', '=', migration)
    .execute();
}

/** Calls that still reach legacy; `null` before the first batch, since nothing was counted then. */
export async function readTraffic(db: Database, migration: string): Promise<LegacyTraffic | null> {
  const row = await db
    .selectFrom('fw_traffic')
    .selectAll()
    .where('migration', '=', migration)
    .executeTakeFirst();
  if (row === undefined || row.counting_since === null) return null;
  return {
    lastHitAt: row.last_hit_at,
    countingSince: row.counting_since,
    probes: row.probes,
    lastProbeAt: row.last_probe_at,
  };
}

function latest(before: Instant | null, now: Instant): Instant {
  return before === null ? now : Math.max(before, now);
}
