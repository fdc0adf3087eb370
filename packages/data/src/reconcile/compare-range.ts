import type { Session } from '../postgres/session.ts';
import { type Digest, digestOf, isSameDigest, without } from './digest.ts';
import type { HashedTable } from './hash-sql.ts';
import { type KeyPair, keySet, keyText } from './keys.ts';
import type { Bound, Range } from './range.ts';
import {
  type Ahead,
  chunkEnd,
  type HashedRow,
  hashedRow,
  type KeySet,
  keysDigest,
  keysInRange,
  rangeDigest,
  rangeDigestAndEnd,
  rangeHashes,
  type Statement,
} from './statements.ts';

/** What a comparison reads from. */
export interface Comparable {
  readonly source: Session;
  readonly follower: Session;
  readonly tables: { readonly source: HashedTable; readonly follower: HashedTable };
  /** Keys that say nothing now, by {@link keyText}. */
  readonly inFlight: ReadonlyMap<string, KeyPair>;
}

/** A row that is not the same on both sides; `null` for the side that has none. */
export interface Differing {
  readonly key: readonly string[];
  readonly source: HashedRow | null;
  readonly follower: HashedRow | null;
}

/** What came of comparing a range. */
export interface RangeComparison {
  /** Rows of the source that were compared. */
  readonly rows: number;
  /** Rows of the source and of the follower in the range, compared or not. */
  readonly sourceRows: number;
  readonly followerRows: number;
  readonly differing: readonly Differing[];
  /** Keys in the range that have to be compared later. */
  readonly inFlight: readonly KeyPair[];
  /** Where the next chunk ends; `null` when it is the last one, or nobody asked. */
  readonly nextEnd: Bound | null;
}

// Up to here it is cheaper to fetch key and hash of every row than to divide any further. A server
// aggregates 2.2 million rows a second and sends 1.5 million such pairs; we take in no more than
// half a million of them.
const FETCHED_ROWS_MAX = 30_000;
const PART_ROWS = 10_000;

/**
 * Compares a range of keys, exactly: first by one digest of each side. Only when these differ, rows
 * in flight are taken out of both; only when they differ still, keys and hashes are fetched.
 */
export async function compareRange(
  at: Comparable,
  range: Range,
  ahead?: Ahead,
): Promise<RangeComparison> {
  const { tables } = at;
  const asked =
    ahead === undefined
      ? rangeDigest(tables.source, range)
      : rangeDigestAndEnd(tables.source, range, ahead);
  const [source, follower] = await both(
    at.source.rows(...call(asked)),
    at.follower.rows(...call(rangeDigest(tables.follower, range))),
  );
  const [ofSource, ofFollower] = [digestOf(source[0] ?? []), digestOf(follower[0] ?? [])];
  const counts = {
    sourceRows: ofSource.rows,
    followerRows: ofFollower.rows,
    nextEnd: boundOf(source[0]?.slice(3) ?? []),
  };
  // Rows in flight that are equal nevertheless are compared rows like any other.
  if (isSameDigest(ofSource, ofFollower)) {
    return { ...counts, rows: ofSource.rows, differing: [], inFlight: [] };
  }
  const inFlight = await inFlightWithin(at, range);
  const part = await digestsOf(at, inFlight);
  const rest = {
    source: without(ofSource, part.source),
    follower: without(ofFollower, part.follower),
  };
  const compared = { ...counts, rows: rest.source.rows, inFlight };
  if (isSameDigest(rest.source, rest.follower)) return { ...compared, differing: [] };
  const most = Math.max(ofSource.rows, ofFollower.rows);
  if (most > FETCHED_ROWS_MAX) {
    const parts = await compareParts(at, range, ofSource.rows < ofFollower.rows);
    if (parts !== null) return { ...parts, nextEnd: counts.nextEnd };
  }
  return { ...compared, differing: await differingWithin(at, range) };
}

/** Reads the end of a chunk. */
export function boundOf(columns: readonly (string | null)[]): Bound | null {
  return columns.length === 0 || columns.includes(null) ? null : (columns as Bound);
}

/**
 * Compares a range in parts, found on the side that has more rows in it. `null` when there is
 * nothing to divide by, which cannot be unless rows vanish from a snapshot.
 */
async function compareParts(
  at: Comparable,
  range: Range,
  byFollower: boolean,
): Promise<RangeComparison | null> {
  const [session, table] = byFollower
    ? [at.follower, at.tables.follower]
    : [at.source, at.tables.source];
  let lower: Bound | null = range.lower;
  let total: RangeComparison | null = null;
  for (;;) {
    const [end] = await session.rows(
      ...call(chunkEnd(table, { lower, upper: range.upper }, { rows: PART_ROWS })),
    );
    if (end === undefined && total === null) return null;
    const upper = end === undefined ? range.upper : (end as Bound);
    const part = await compareRange(at, { lower, upper });
    total = total === null ? part : added(total, part);
    if (end === undefined) return total;
    lower = upper;
  }
}

/** Both halves of a range together. */
export function added(one: RangeComparison, other: RangeComparison): RangeComparison {
  return {
    rows: one.rows + other.rows,
    sourceRows: one.sourceRows + other.sourceRows,
    followerRows: one.followerRows + other.followerRows,
    differing: [...one.differing, ...other.differing],
    inFlight: [...one.inFlight, ...other.inFlight],
    nextEnd: null,
  };
}

async function inFlightWithin(at: Comparable, range: Range): Promise<readonly KeyPair[]> {
  if (at.inFlight.size === 0) return [];
  const pairs = [...at.inFlight.values()];
  const rows = await at.follower.rows(
    ...call(keysInRange(at.tables.follower, range, setOf(at, pairs))),
  );
  return rows.map(([i]) => pairs[Number(i)] as KeyPair);
}

async function digestsOf(
  at: Comparable,
  pairs: readonly KeyPair[],
): Promise<{ readonly source: Digest; readonly follower: Digest }> {
  const keys = setOf(at, pairs);
  const [source, follower] = await both(
    at.source.rows(...call(keysDigest(at.tables.source, keys))),
    at.follower.rows(...call(keysDigest(at.tables.follower, keys))),
  );
  return { source: digestOf(source[0] ?? []), follower: digestOf(follower[0] ?? []) };
}

/** The keys as both sides take them. */
export function setOf({ tables }: Pick<Comparable, 'tables'>, pairs: readonly KeyPair[]): KeySet {
  const { sourceKey, key } = tables.source.mapping;
  return keySet(pairs, { source: sourceKey.length, follower: key.length });
}

async function differingWithin(at: Comparable, range: Range): Promise<readonly Differing[]> {
  const { source, follower } = at.tables;
  const [ofSource, ofFollower] = await both(
    at.source.rows(...call(rangeHashes(source, range))),
    at.follower.rows(...call(rangeHashes(follower, range))),
  );
  return differences(
    ofSource.map((row) => hashedRow(source, row)),
    ofFollower.map((row) => hashedRow(follower, row)),
  ).filter(({ key }) => !at.inFlight.has(keyText(key)));
}

/** The rows that are on one side only, or on both with different hashes. O(rows). */
export function differences(
  source: readonly HashedRow[],
  follower: readonly HashedRow[],
): Differing[] {
  const left = new Map(source.map((row) => [textOf(row), row]));
  const found: Differing[] = [];
  for (const row of follower) {
    const text = textOf(row);
    const other = left.get(text) ?? null;
    left.delete(text);
    if (other?.hash !== row.hash) found.push({ key: row.key, source: other, follower: row });
  }
  for (const row of left.values()) found.push({ key: row.key, source: row, follower: null });
  return found;
}

/** Most keys have one column, and joining is what costs most here. */
function textOf({ key }: HashedRow): string {
  return key.length === 1 ? (key[0] as string) : keyText(key);
}

/** A statement as a session takes it. */
export function call({ sql, params }: Statement): [string, Statement['params']] {
  return [sql, params];
}

/**
 * Waits for both, also when one rejects: a connection must not be given back while it is at work.
 */
export async function both<A, B>(one: Promise<A>, other: Promise<B>): Promise<[A, B]> {
  const [a, b] = await Promise.allSettled([one, other]);
  if (a.status === 'rejected') throw a.reason;
  if (b.status === 'rejected') throw b.reason;
  return [a.value, b.value];
}
