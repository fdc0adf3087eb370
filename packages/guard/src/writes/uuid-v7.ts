import type { Instant } from '@falsework/core/ports';

/** Fills an array with bytes that nobody can predict: `crypto.randomFillSync` in production. */
export type RandomBytes = (into: Uint8Array) => void;

/**
 * A UUID of version 7 (RFC 9562, section 5.7): 48 bits of the wall clock, so that stores index keys
 * of one time close together, and 74 random bits, which alone make it unique. Two processes whose
 * clocks stand still, agree, or go backwards still never share a key.
 */
export function uuidV7(now: Instant, randomBytes: RandomBytes): string {
  const bytes = new Uint8Array(16);
  randomBytes(bytes);
  // Six bytes hold every instant until the year 10889; division, because shifts end at 32 bits.
  let rest = Math.max(0, Math.floor(now));
  for (let i = 5; i >= 0; i -= 1) {
    bytes[i] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  bytes[6] = 0x70 | ((bytes[6] as number) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] as number) & 0x3f);
  const hex = Buffer.from(bytes).toString('hex');
  const groups = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20),
  ];
  return groups.join('-');
}
