import { PAIR_LENGTH_MAX, PAIRS_PER_CAUSE_MAX, type StoredPair } from '@falsework/core/evidence';
import { type Context, type Database, inPieces } from '../context.ts';
import { decode } from '../rows/codec.ts';
import { PAIR } from '../rows/evidence-shapes.ts';
import { storedName } from '../rows/names.ts';

// Three pairs of twice 32 kB for each of this many causes is all that is ever kept: 200 MB of
// nothing but the longest answers.
const CAUSES_MAX = 1_000;
// A pair stands under each of its causes. One of more causes than this shows none of them clearly.
const IDS_MAX = 50;
const REQUEST_LENGTH_MAX = PAIR_LENGTH_MAX;

interface PairRow {
  readonly migration: string;
  readonly id: string;
  readonly at: number;
  readonly epoch: number;
  readonly pair: string;
}

/**
 * Keeps pairs of answers: the latest few of each cause, and those of the causes that were seen
 * last. A pair that is longer than a plane would send is not kept: cut, it would be another answer.
 */
export async function addPairs(context: Context, pairs: readonly StoredPair[]): Promise<void> {
  const rows = pairs.filter(isSmall).flatMap((pair) => rowsOf(context.migration, pair));
  if (rows.length === 0) return;
  await inPieces(rows, (piece) =>
    context.trx
      .insertInto('fw_pairs')
      .values(piece)
      .onConflict((conflict) => conflict.columns(['migration', 'id', 'at']).doNothing())
      .execute(),
  );
  for (const id of new Set(rows.map((row) => row.id))) await keepLatest(context, id);
  await keepLatestCauses(context);
}

function isSmall({ legacy, candidate, request }: StoredPair): boolean {
  if (legacy.length > PAIR_LENGTH_MAX || candidate.length > PAIR_LENGTH_MAX) return false;
  return request === null || JSON.stringify(request).length <= REQUEST_LENGTH_MAX;
}

function rowsOf(migration: string, pair: StoredPair): PairRow[] {
  const ids = [...new Set(pair.ids.map(storedName))].slice(0, IDS_MAX);
  const { at, epoch } = pair;
  const text = JSON.stringify({ ...pair, ids });
  return ids.map((id) => ({ migration, id, at, epoch, pair: text }));
}

async function keepLatest({ trx, migration }: Context, id: string): Promise<void> {
  const [oldestKept] = await trx
    .selectFrom('fw_pairs')
    .select('at')
    .where('migration', '=', migration)
    .where('id', '=', id)
    .orderBy('at', 'desc')
    .offset(PAIRS_PER_CAUSE_MAX - 1)
    .limit(1)
    .execute();
  if (oldestKept === undefined) return;
  await trx
    .deleteFrom('fw_pairs')
    .where('migration', '=', migration)
    .where('id', '=', id)
    .where('at', '<', oldestKept.at)
    .execute();
}

/** Makes room by the causes whose latest pair is the oldest: they may well be fixed by now. */
async function keepLatestCauses({ trx, migration }: Context): Promise<void> {
  const tooMany = await trx
    .selectFrom('fw_pairs')
    .select('id')
    .where('migration', '=', migration)
    .groupBy('id')
    .orderBy(({ fn }) => fn.max('at'), 'desc')
    .orderBy('id')
    .offset(CAUSES_MAX)
    // SQLite knows no offset without a limit; no batch brings more causes than this.
    .limit(1_000_000)
    .execute();
  await inPieces(tooMany, (piece) =>
    trx
      .deleteFrom('fw_pairs')
      .where('migration', '=', migration)
      .where(
        'id',
        'in',
        piece.map(({ id }) => id),
      )
      .execute(),
  );
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
  // The moments come from the index alone. Grouping the texts of all pairs to find the latest few
  // took 300 ms where 64 MB were kept; this takes 1.
  const moments = await db
    .selectFrom('fw_pairs')
    .select('at')
    .distinct()
    .where('migration', '=', migration)
    .$if(id !== null, (query) => query.where('id', '=', id as string))
    .orderBy('at', 'desc')
    .limit(limit)
    .execute();
  const oldest = moments.at(-1);
  if (oldest === undefined) return [];
  const rows = await db
    .selectFrom('fw_pairs')
    .select(['at', 'pair'])
    .select(({ fn }) => fn.min('id').as('id'))
    .where('migration', '=', migration)
    .where('at', '>=', oldest.at)
    .$if(id !== null, (query) => query.where('id', '=', id as string))
    .groupBy(['at', 'pair'])
    .orderBy('at', 'desc')
    .orderBy('id')
    .limit(limit)
    .execute();
  return rows.map((row) => {
    const key = [migration, row.id, row.at];
    return decode(row.pair, PAIR, { table: 'fw_pairs', key, column: 'pair' });
  });
}
