import { PAIRS_PER_CAUSE_MAX, type StoredPair } from '@falsework/core/evidence';
import { type Context, type Database, inPieces } from '../context.ts';
import { decode } from '../rows/codec.ts';
import { PAIR } from '../rows/evidence-shapes.ts';
import { storedName } from '../rows/names.ts';

// Three pairs of 64 kB for each of this many causes is all that is ever kept.
const CAUSES_MAX = 1_000;

/** Keeps pairs of answers, the latest few of each cause. A cause beyond the limit keeps none. */
export async function addPairs(context: Context, pairs: readonly StoredPair[]): Promise<void> {
  if (pairs.length === 0) return;
  const { trx, migration } = context;
  const rows = pairs.flatMap((pair) =>
    pair.ids.map((id) => ({
      migration,
      id: storedName(id),
      at: pair.at,
      seam: storedName(pair.seam),
      pair: JSON.stringify(pair),
    })),
  );
  const { causes } = await trx
    .selectFrom('fw_pairs')
    .select(({ fn }) => fn.count<number>('id').distinct().as('causes'))
    .where('migration', '=', migration)
    .executeTakeFirstOrThrow();
  if (causes >= CAUSES_MAX) return;
  await inPieces(rows, (piece) =>
    trx
      .insertInto('fw_pairs')
      .values(piece)
      .onConflict((conflict) => conflict.columns(['migration', 'id', 'at']).doNothing())
      .execute(),
  );
  for (const id of new Set(rows.map((row) => row.id))) await keepLatest(context, id);
}

async function keepLatest({ trx, migration }: Context, id: string): Promise<void> {
  const kept = await trx
    .selectFrom('fw_pairs')
    .select('at')
    .where('migration', '=', migration)
    .where('id', '=', id)
    .orderBy('at', 'desc')
    .limit(PAIRS_PER_CAUSE_MAX)
    .execute();
  const oldest = kept.at(-1)?.at ?? 0;
  await trx
    .deleteFrom('fw_pairs')
    .where('migration', '=', migration)
    .where('id', '=', id)
    .where('at', '<', oldest)
    .execute();
}

/**
 * Pairs of one cause, or of all, latest first; one of several causes comes once. Throws
 * `FW_STORE_CORRUPT`.
 */
export async function readPairs(
  db: Database,
  migration: string,
  { id, limit }: { readonly id: string | null; readonly limit: number },
): Promise<StoredPair[]> {
  const rows = await db
    .selectFrom('fw_pairs')
    .selectAll()
    .where('migration', '=', migration)
    .$if(id !== null, (query) => query.where('id', '=', id as string))
    .orderBy('at', 'desc')
    .orderBy('id')
    .execute();
  const distinct = new Map(rows.map((row) => [row.pair, row]));
  return [...distinct.values()].slice(0, limit).map((row) => {
    const key = [migration, row.id, row.at];
    return decode(row.pair, PAIR, { table: 'fw_pairs', key, column: 'pair' });
  });
}
