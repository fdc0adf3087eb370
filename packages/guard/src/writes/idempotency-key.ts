import type { Clock } from '@falsework/core/ports';
import { type RandomBytes, uuidV7 } from './uuid-v7.ts';

/** The name under which the key travels, to both sides and on every attempt. */
export const IDEMPOTENCY_HEADER = 'Idempotency-Key';

/**
 * The longest key that is taken. 255 is what payment interfaces in wide use allow, so that a
 * service which stores it in a column of that width never cuts two keys down to one.
 */
export const IDEMPOTENCY_KEY_CHARACTERS_MAX = 255;

/** The key of one request, or why the one that the caller sent cannot be used. */
export type KeyReading =
  | {
      readonly ok: true;
      /** As it travels: quotes that the caller sent are part of it. */
      readonly key: string;
      /** True when the caller sent none, and this guard made one. */
      readonly isOurs: boolean;
      /** Raw headers to send on: the very array that was given, unless a key had to be added. */
      readonly headers: string[];
    }
  | { readonly ok: false; readonly because: string };

/** What making a key needs. */
export interface KeyPorts {
  readonly clock: Pick<Clock, 'now'>;
  readonly randomBytes: RandomBytes;
}

/**
 * Finds the idempotency key of a write, or gives it one. Called once per request: what it returns
 * is what both sides and all retries see.
 *
 * The caller's key passes unchanged. It may be the structured string of the IETF draft (in double
 * quotes) or a bare token; either way 1 to 255 visible ASCII characters, none of them a comma,
 * semicolon, backslash or inner quote, because intermediaries and libraries disagree on what those
 * mean and two sides would then see two keys. More than one key is refused for the same reason.
 * O(headers).
 */
export function idempotencyKeyOf(rawHeaders: string[], ports: KeyPorts): KeyReading {
  let sent: string | null = null;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string;
    // The length first: lower-casing every name of every request costs more than comparing it.
    if (name.length !== IDEMPOTENCY_HEADER.length || name.toLowerCase() !== LOWER) continue;
    if (sent !== null) return refused('it has more than one Idempotency-Key');
    sent = rawHeaders[i + 1] as string;
  }
  if (sent !== null) {
    const flaw = flawOf(sent);
    return flaw === null
      ? { ok: true, key: sent, isOurs: false, headers: rawHeaders }
      : refused(flaw);
  }
  const key = uuidV7(ports.clock.now(), ports.randomBytes);
  return { ok: true, key, isOurs: true, headers: [...rawHeaders, IDEMPOTENCY_HEADER, key] };
}

const LOWER = IDEMPOTENCY_HEADER.toLowerCase();
const BARE = /^[!#-+\--:<-[\]-~]+$/;

/** Why a key cannot be used, without the key itself: it may be a secret. */
function flawOf(sent: string): string | null {
  const isQuoted = sent.length >= 2 && sent.startsWith('"') && sent.endsWith('"');
  const inner = isQuoted ? sent.slice(1, -1) : sent;
  if (inner === '') return 'its Idempotency-Key is empty';
  if (inner.length > IDEMPOTENCY_KEY_CHARACTERS_MAX) {
    return (
      `its Idempotency-Key has ${inner.length} characters, ` +
      `more than ${IDEMPOTENCY_KEY_CHARACTERS_MAX}`
    );
  }
  if (!BARE.test(inner)) {
    return 'its Idempotency-Key has characters other than visible ASCII without , ; " and backslash';
  }
  return null;
}

function refused(because: string): KeyReading {
  return { ok: false, because };
}
