/**
 * MurmurHash3, the 32-bit x86 variant, over the UTF-16 code units of `text` taken as little-endian
 * byte pairs. Fast, well spread, and stable across processes and versions: a bucket must not move
 * when Falsework is upgraded. Not for secrets. O(length). Source: Austin Appleby's public-domain
 * reference, smhasher.
 */
export function murmur3(text: string, seed = 0): number {
  const units = text.length;
  let h = seed | 0;
  let i = 0;
  for (; i + 1 < units; i += 2) {
    const k = text.charCodeAt(i) | (text.charCodeAt(i + 1) << 16);
    h ^= scramble(k);
    h = (h << 13) | (h >>> 19);
    h = (Math.imul(h, 5) + 0xe6546b64) | 0;
  }
  // An odd number of code units leaves two bytes: the reference's tail of length two.
  if (i < units) h ^= scramble(text.charCodeAt(i));
  h ^= units * 2;
  h ^= h >>> 16;
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  h ^= h >>> 16;
  return h >>> 0;
}

function scramble(block: number): number {
  const k = Math.imul(block, 0xcc9e2d51);
  return Math.imul((k << 15) | (k >>> 17), 0x1b873593);
}

/** A 64-bit fingerprint as 16 hex digits. For naming causes and rule sets, not for security. */
export function fingerprint(text: string): string {
  return hex32(murmur3(text, 0x5eed_0001)) + hex32(murmur3(text, 0x5eed_0002));
}

function hex32(value: number): string {
  return value.toString(16).padStart(8, '0');
}
