import { array, bigInt, assert as check, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Digest, digestOf, EMPTY_DIGEST, isSameDigest, union, without } from './digest.ts';

const hash = bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });

function digest(hashes: readonly bigint[]): Digest {
  return hashes.reduce<Digest>(
    (all, one) => union(all, { rows: 1, sum: one, xor: one }),
    EMPTY_DIGEST,
  );
}

describe('a digest', () => {
  it('is the same in whatever order rows are added', () => {
    check(
      property(array(hash), (hashes) => {
        expect(isSameDigest(digest(hashes), digest(hashes.toReversed()))).toBe(true);
      }),
    );
  });

  it('without a part of its rows is the digest of the others', () => {
    check(
      property(array(hash), array(hash), (part, rest) => {
        const whole = union(digest(part), digest(rest));
        expect(without(whole, digest(part))).toEqual(digest(rest));
      }),
    );
  });

  it('sees a row that is there twice, which an exclusive or alone would not', () => {
    expect(digest([5n, 7n, 7n]).xor).toBe(digest([5n]).xor);
    expect(isSameDigest(digest([5n, 7n, 7n]), digest([5n]))).toBe(false);
  });

  it('sees two hashes that keep their sum, which a sum alone would not', () => {
    expect(digest([1n, 4n]).sum).toBe(digest([2n, 3n]).sum);
    expect(isSameDigest(digest([1n, 4n]), digest([2n, 3n]))).toBe(false);
  });

  it('reads what a server prints, of no rows as well', () => {
    expect(digestOf(['0', null, null])).toEqual(EMPTY_DIGEST);
    expect(digestOf(['2', '18446744073709551614', '-1'])).toEqual({
      rows: 2,
      sum: 2n ** 64n - 2n,
      xor: -1n,
    });
  });
});
