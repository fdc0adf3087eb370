import { fault } from '@falsework/core/errors';
import type { DataEvidence } from '@falsework/core/evidence';
import type { Context, Database } from '../context.ts';
import { decode } from '../rows/codec.ts';
import { DATA } from '../rows/data-shapes.ts';
import { requireMigration } from './require-migration.ts';

/**
 * Keeps what the data side says, whole; an older report never replaces a newer one. Throws
 * `FW_STORE_BATCH` when it is not a report and `FW_STORE_NO_MIGRATION`.
 */
export async function noteData({ trx, migration }: Context, evidence: DataEvidence): Promise<void> {
  const wrong = DATA.check(evidence);
  if (wrong !== null) throw fault('FW_STORE_BATCH', { migration, because: `data${wrong}` });
  await requireMigration({ trx, migration });
  const row = { reported_at: evidence.reportedAt, evidence: JSON.stringify(evidence) };
  await trx
    .insertInto('fw_data')
    .values({ migration, ...row })
    .onConflict((conflict) =>
      conflict
        .column('migration')
        .doUpdateSet(row)
        .where('fw_data.reported_at', '<=', evidence.reportedAt),
    )
    .execute();
}

/** What the data side said last; `null` when it never did. Throws `FW_STORE_CORRUPT`. */
export async function readData(db: Database, migration: string): Promise<DataEvidence | null> {
  const row = await db
    .selectFrom('fw_data')
    .select('evidence')
    .where('migration', '=', migration)
    .executeTakeFirst();
  if (!row) return null;
  return decode(row.evidence, DATA, { table: 'fw_data', key: [migration], column: 'evidence' });
}
