import type { Clock } from '@falsework/core/ports';

/**
 * Fresh random bytes. A key that others can guess would let them meet the answer of another call.
 */
export type RandomBytes = (length: number) => Uint8Array;

/** Random bytes of the platform's cryptographic source. */
export const systemBytes: RandomBytes = (length) => crypto.getRandomValues(new Uint8Array(length));

/**
 * A UUID of version 7 (RFC 9562, section 5.7): 48 bits of wall clock in front, so that keys of one
 * time lie together in an index, then 74 random bits. Uniqueness rests on these alone: two keys of
 * one millisecond, or of a clock that was set back, differ all the same.
 */
export function uuidV7(clock: Clock, randomBytes: RandomBytes): string {
  const bytes = randomBytes(16);
  // A clock before 1970 or after 10889 does not fit into 48 bits.
  let rest = Math.min(Math.max(0, Math.floor(clock.now())), 2 ** 48 - 1);
  for (let at = 5; at >= 0; at -= 1) {
    bytes[at] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  bytes[6] = 0x70 | ((bytes[6] as number) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] as number) & 0x3f);
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20),
  ].join('-');
}
