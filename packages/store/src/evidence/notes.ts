import type { SignatureNote } from '@falsework/core/ports';
import type { Context, Database } from '../context.ts';
import { decode } from '../rows/codec.ts';
import { NOTE } from '../rows/evidence-shapes.ts';
import { shortText, storedName } from '../rows/names.ts';
import { requireMigration } from './require-migration.ts';

// A few sentences. What needs more belongs where the team keeps its documents.
const TEXT_LENGTH_MAX = 2_000;

/** Keeps what a person wrote about a cause. Throws `FW_STORE_NO_MIGRATION`. */
export async function writeNote({ trx, migration }: Context, note: SignatureNote): Promise<void> {
  await requireMigration({ trx, migration });
  const [seam, id] = [storedName(note.seam), storedName(note.id)];
  const kept = { ...note, seam, id, text: shortText(note.text, TEXT_LENGTH_MAX) };
  const stored = { note: JSON.stringify(kept) };
  await trx
    .insertInto('fw_notes')
    .values({ migration, seam, id, ...stored })
    .onConflict((conflict) => conflict.columns(['migration', 'seam', 'id']).doUpdateSet(stored))
    .execute();
}

/** Everything that people wrote about causes. Throws `FW_STORE_CORRUPT`. */
export async function readNotes(db: Database, migration: string): Promise<SignatureNote[]> {
  const rows = await db
    .selectFrom('fw_notes')
    .selectAll()
    .where('migration', '=', migration)
    .orderBy('seam')
    .orderBy('id')
    .execute();
  return rows.map(({ seam, id, note }) =>
    decode(note, NOTE, { table: 'fw_notes', key: [migration, seam, id], column: 'note' }),
  );
}
