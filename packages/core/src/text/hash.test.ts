import { describe, expect, it } from 'vitest';
import { fingerprint, murmur3 } from './hash.ts';

/** The reference is over bytes; a UTF-16 string is the reference over its little-endian bytes. */
const fromBytes = (...bytes: number[]): string => {
  let text = '';
  for (let i = 0; i < bytes.length; i += 2) {
    text += String.fromCharCode((bytes[i] ?? 0) | ((bytes[i + 1] ?? 0) << 8));
  }
  return text;
};

describe('murmur3', () => {
  // Published vectors of MurmurHash3_x86_32 whose length is even, so that they can be written as
  // UTF-16.
  it.each([
    { bytes: [], seed: 0, hash: 0 },
    { bytes: [], seed: 1, hash: 0x514e28b7 },
    { bytes: [], seed: 0xffffffff, hash: 0x81f16f39 },
    { bytes: [0xff, 0xff, 0xff, 0xff], seed: 0, hash: 0x76293b50 },
    { bytes: [0x21, 0x43, 0x65, 0x87], seed: 0, hash: 0xf55b516b },
    { bytes: [0x21, 0x43, 0x65, 0x87], seed: 0x5082edee, hash: 0x2362f9de },
    { bytes: [0x21, 0x43], seed: 0, hash: 0xa0f7b07a },
    { bytes: [0, 0, 0, 0], seed: 0, hash: 0x2362f9de },
    { bytes: [0, 0], seed: 0, hash: 0x30f4c306 },
  ])('agrees with the reference on $bytes seed $seed', ({ bytes, seed, hash }) => {
    expect(murmur3(fromBytes(...bytes), seed)).toBe(hash);
  });

  it('spreads sequential keys evenly over one hundred buckets', () => {
    const buckets = Array.from({ length: 100 }, () => 0);
    const keys = 100_000;
    for (let i = 0; i < keys; i += 1) {
      const b = Math.floor((murmur3(`account-${i}`) / 2 ** 32) * 100);
      buckets[b] = (buckets[b] ?? 0) + 1;
    }
    const expected = keys / 100;
    const chiSquare = buckets.reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0);
    // 99 degrees of freedom: 148.2 is the 99.9 % point.
    expect(chiSquare).toBeLessThan(148.2);
  });
});

describe('fingerprint', () => {
  it('is sixteen hex digits and stable across releases', () => {
    expect(fingerprint('$.lines[*].tax number')).toMatchInlineSnapshot(`"7d267364c497532a"`);
    expect(fingerprint('')).toMatch(/^[0-9a-f]{16}$/);
  });
});
