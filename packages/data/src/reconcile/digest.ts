import type { Row } from '../postgres/session.ts';

/**
 * What is compared of many rows: how many there are, the sum of their hashes and the exclusive or
 * of them. The sum sees duplicates, which cancel out in the other; the other adds about 63 bits.
 * Digests of disjoint sets of rows form a group, so that rows can be taken out of one afterwards.
 */
export interface Digest {
  readonly rows: number;
  readonly sum: bigint;
  readonly xor: bigint;
}

/** The digest of no rows. */
export const EMPTY_DIGEST: Digest = { rows: 0, sum: 0n, xor: 0n };

/** Reads a digest as the server printed it: the count, the sum, the exclusive or. */
export function digestOf([rows, sum, xor]: Row): Digest {
  // Of no rows the server gives NULL for both.
  return { rows: Number(rows ?? 0), sum: BigInt(sum ?? 0), xor: BigInt(xor ?? 0) };
}

/** The digest of both sets together; they must have no row in common. */
export function union(one: Digest, other: Digest): Digest {
  return { rows: one.rows + other.rows, sum: one.sum + other.sum, xor: one.xor ^ other.xor };
}

/** The digest of the rows of `whole` that are not in `part`, which must be a subset of it. */
export function without(whole: Digest, part: Digest): Digest {
  return { rows: whole.rows - part.rows, sum: whole.sum - part.sum, xor: whole.xor ^ part.xor };
}

/** True when both sets hold the same rows, as far as 127 bits can tell. */
export function isSameDigest(one: Digest, other: Digest): boolean {
  return one.rows === other.rows && one.sum === other.sum && one.xor === other.xor;
}
