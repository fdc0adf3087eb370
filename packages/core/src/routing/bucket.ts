import { murmur3 } from '../text/hash.ts';

/**
 * Where a key falls, 0 inclusive to 100 exclusive. The same on every machine, for ever: it depends
 * on nothing else.
 */
export function bucketOf(salt: string, key: string): number {
  // The separator keeps salt "a" with key "bc" apart from salt "ab" with key "c".
  return (murmur3(`${salt}\u0000${key}`) / 2 ** 32) * 100;
}

/**
 * True when the key belongs to the share. Monotone: raising the percentage only adds keys, so
 * nobody who was moved to the candidate is moved back by a step forward.
 */
export function isInShare(salt: string, key: string, percent: number): boolean {
  return percent >= 100 || (percent > 0 && bucketOf(salt, key) < percent);
}
