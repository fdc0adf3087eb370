import { isRowError } from '../postgres/failure.ts';
import { oneValue, type Session } from '../postgres/session.ts';
import {
  added,
  type Comparable,
  call,
  compareRange,
  differences,
  type RangeComparison,
  setOf,
} from './compare-range.ts';
import { filtered, type HashedTable } from './hash-sql.ts';
import { type KeyPair, keyText } from './keys.ts';
import { type Bound, inRange, type Range } from './range.ts';
import { chunkEnd, type HashedRow, hashedRow, keysHashes, rangeHashes } from './statements.ts';

/** A row that cannot be hashed gets this for a hash, which no row that can be has. */
const UNHASHABLE = '';

/**
 * As {@link compareRange}, where rows of the source may have values that an expression of the
 * mapping cannot take. Such a row is found by halving, and differs from whatever the follower has.
 * Costs two statements more for every range, so it is only done once such a row has been met.
 */
export async function compareCarefully(at: Comparable, range: Range): Promise<RangeComparison> {
  const found = await attempt(at.source, () => compareRange(at, range));
  if (found !== null) return found;
  const rows = await countRows(at.source, at.tables.source, range);
  if (rows <= 1) return compareUnhashable(at, range);
  const half = { rows: Math.ceil(rows / 2) };
  const [middle] = await at.source.rows(...call(chunkEnd(at.tables.source, range, half)));
  const upper = (middle ?? []) as Bound;
  const [one, other] = [
    await compareCarefully(at, { ...range, upper }),
    await compareCarefully(at, { ...range, lower: upper }),
  ];
  return added(one, other);
}

/** Hashes of the rows that have the keys; of rows that cannot be hashed, an empty one. */
export async function hashesOfKeys(
  at: Pick<Comparable, 'source' | 'tables'>,
  keys: readonly KeyPair[],
): Promise<HashedRow[]> {
  const table = at.tables.source;
  if (keys.length === 0) return [];
  const read = async (from: HashedTable): Promise<HashedRow[]> => {
    const rows = await at.source.rows(...call(keysHashes(from, setOf(at, keys))));
    return rows.map((row) => hashedRow(from, row));
  };
  const found = await attempt(at.source, () => read(table));
  if (found !== null) return found;
  if (keys.length === 1) return read(unhashed(table));
  const half = keys.length >> 1;
  return [
    ...(await hashesOfKeys(at, keys.slice(0, half))),
    ...(await hashesOfKeys(at, keys.slice(half))),
  ];
}

/** What `act` gives; `null` when the values of a row were in its way. */
export async function attempt<T>(source: Session, act: () => Promise<T>): Promise<T | null> {
  await source.run('savepoint fw_compare');
  try {
    const result = await act();
    await source.run('release savepoint fw_compare');
    return result;
  } catch (error) {
    if (!isRowError(error)) throw error;
    await source.run('rollback to savepoint fw_compare');
    return null;
  }
}

async function countRows(source: Session, table: HashedTable, range: Range): Promise<number> {
  const { conditions, params } = inRange(table, range);
  const rows = `select count(*) from ${table.from}${filtered(table, ...conditions)}`;
  return Number(await oneValue(source, rows, params));
}

/** A range with a single row of the source, which cannot be hashed. */
async function compareUnhashable(at: Comparable, range: Range): Promise<RangeComparison> {
  const { follower } = at.tables;
  const source = unhashed(at.tables.source);
  const ofSource = await at.source.rows(...call(rangeHashes(source, range)));
  const ofFollower = await at.follower.rows(...call(rangeHashes(follower, range)));
  const unequal = differences(
    ofSource.map((row) => hashedRow(source, row)),
    ofFollower.map((row) => hashedRow(follower, row)),
  );
  const inFlight = unequal.map(({ key }) => at.inFlight.get(keyText(key)));
  return {
    rows: ofSource.length - inFlight.filter((key) => key !== undefined).length,
    sourceRows: ofSource.length,
    followerRows: ofFollower.length,
    differing: unequal.filter((_, i) => inFlight[i] === undefined),
    inFlight: inFlight.filter((key) => key !== undefined),
    nextEnd: null,
  };
}

function unhashed(table: HashedTable): HashedTable {
  return { ...table, hash: `'${UNHASHABLE}'` };
}
