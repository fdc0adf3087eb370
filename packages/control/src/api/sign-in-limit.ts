import { isIPv6 } from 'node:net';
import type { Clock } from '@falsework/core/ports';

// A person who mistypes needs two or three. At ten a minute, guessing the weakest token that is
// taken (96 bits) would outlast the universe, and a log of refusals stays short.
const FAILURES_MAX = 10;
const WINDOW_MS = 60_000;
// A hundred bytes each. Whoever has more addresses than this makes control forget its own oldest
// guesses first, and gains nothing against 96 bits.
const ADDRESSES_MAX = 10_000;

interface Failures {
  count: number;
  readonly sinceMs: number;
}

/**
 * How often an address may try a wrong token: ten times a minute. Right ones are not counted, but
 * are not looked at either while the address has to wait, or guessing would go on unharmed.
 */
export class SignInLimit {
  readonly #clock: Clock;
  // In order of the first failure of each, so that the one to forget is always the first.
  readonly #failures = new Map<string, Failures>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** For how long the address must wait, in milliseconds; 0 when it need not. */
  waitMs(address: string): number {
    const known = this.#failures.get(keyOf(address));
    if (known === undefined || known.count < FAILURES_MAX) return 0;
    return Math.max(0, known.sinceMs + WINDOW_MS - this.#clock.monotonicMs());
  }

  /** Notes a wrong token. */
  noteFailure(address: string): void {
    const now = this.#clock.monotonicMs();
    for (const [key, { sinceMs }] of this.#failures) {
      if (sinceMs + WINDOW_MS > now && this.#failures.size < ADDRESSES_MAX) break;
      this.#failures.delete(key);
    }
    const key = keyOf(address);
    const known = this.#failures.get(key);
    if (known) known.count += 1;
    else this.#failures.set(key, { count: 1, sinceMs: now });
  }

  /** How many addresses are remembered. */
  get size(): number {
    return this.#failures.size;
  }
}

/** One customer of a network has a /64 of IPv6, which is more addresses than anybody can count. */
function keyOf(address: string): string {
  const plain = address.replace(/^::ffff:(?=[\d.]+$)/i, '').replace(/%.*$/, '');
  if (!isIPv6(plain)) return plain;
  const [head = '', tail] = plain.toLowerCase().split('::') as [string, string?];
  const first = head === '' ? [] : head.split(':');
  const last = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = Array.from({ length: Math.max(0, 8 - first.length - last.length) }, () => '0');
  const groups = [...first, ...zeros, ...last].map((group) => group.replace(/^0+(?=.)/, ''));
  return `${groups.slice(0, 4).join(':')}::/64`;
}
