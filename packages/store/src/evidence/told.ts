import { fault } from '@falsework/core/errors';
import type { CommitResult, ToldRecord } from '@falsework/core/ports';
import type { Context, Database } from '../context.ts';
import { decode } from '../rows/codec.ts';
import { TOLD } from '../rows/told-shape.ts';
import { requireMigration } from './require-migration.ts';

/**
 * Keeps what a target was told, by compare-and-swap: of several controls that tell the same target,
 * the second to write is told so. Throws `FW_STORE_BATCH` when it is no such record and
 * `FW_STORE_NO_MIGRATION`.
 */
export async function keepTold(
  { trx, migration }: Context,
  target: string,
  record: ToldRecord,
): Promise<CommitResult> {
  const wrong = TOLD.check(record);
  if (wrong !== null) throw fault('FW_STORE_BATCH', { migration, because: `told${wrong}` });
  await requireMigration({ trx, migration });
  const row = { version: record.version, told: JSON.stringify(record) };
  if (record.version === 1) {
    const { numInsertedOrUpdatedRows } = await trx
      .insertInto('fw_told')
      .values({ migration, target, ...row })
      .onConflict((conflict) => conflict.columns(['migration', 'target']).doNothing())
      .executeTakeFirstOrThrow();
    return numInsertedOrUpdatedRows === 1n ? 'committed' : 'stale';
  }
  const { numUpdatedRows } = await trx
    .updateTable('fw_told')
    .set(row)
    .where('migration', '=', migration)
    .where('target', '=', target)
    .where('version', '=', record.version - 1)
    .executeTakeFirstOrThrow();
  return numUpdatedRows === 1n ? 'committed' : 'stale';
}

/** What a target was told; `null` when nothing is written down. Throws `FW_STORE_CORRUPT`. */
export async function readTold(
  db: Database,
  migration: string,
  target: string,
): Promise<ToldRecord | null> {
  const row = await db
    .selectFrom('fw_told')
    .select('told')
    .where('migration', '=', migration)
    .where('target', '=', target)
    .executeTakeFirst();
  if (!row) return null;
  return decode(row.told, TOLD, { table: 'fw_told', key: [migration, target], column: 'told' });
}
