import type { LegacyCode } from '@falsework/core/evidence';
import type { Context, Database } from '../context.ts';
import { requireMigration } from './require-migration.ts';

/** Notes what a scan of the source tree found; an older scan never replaces a newer one. */
export async function noteScan({ trx, migration }: Context, scan: LegacyCode): Promise<void> {
  await requireMigration({ trx, migration });
  const row = { files: scan.files, scanned_at: scan.scannedAt };
  await trx
    .insertInto('fw_legacy_code')
    .values({ migration, ...row })
    .onConflict((conflict) =>
      conflict
        .column('migration')
        .doUpdateSet(row)
        .where('fw_legacy_code.scanned_at', '<=', scan.scannedAt),
    )
    .execute();
}

/** The last scan; `null` when there was none. */
export async function readScan(db: Database, migration: string): Promise<LegacyCode | null> {
  const row = await db
    .selectFrom('fw_legacy_code')
    .select(['files', 'scanned_at'])
    .where('migration', '=', migration)
    .executeTakeFirst();
  return row ? { files: row.files, scannedAt: row.scanned_at } : null;
}
