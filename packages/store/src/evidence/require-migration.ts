import { fault } from '@falsework/core/errors';
import type { Context } from '../context.ts';

/** Throws `FW_STORE_NO_MIGRATION` where there is nothing that a row could belong to. */
export async function requireMigration({
  trx,
  migration,
}: Pick<Context, 'trx' | 'migration'>): Promise<void> {
  const known = await trx
    .selectFrom('fw_migrations')
    .select('name')
    .where('name', '=', migration)
    .executeTakeFirst();
  if (!known) throw fault('FW_STORE_NO_MIGRATION', { migration });
}
