import type { CallRequest } from './call-request.ts';
import type { Settings } from './client-options.ts';
import { HEADERS } from './header-names.ts';
import { isSafe } from './methods.ts';
import { uuidV7 } from './uuid-v7.ts';

/** The key of a call: the caller's own, else a new one where the rule asks for it. */
export function keyOf(
  { method, header, options }: CallRequest,
  { keys, timers, randomBytes }: Settings,
): string | null {
  const given = options.idempotencyKey ?? header(HEADERS.idempotencyKey);
  if (given !== null && given !== '') return given;
  if (keys === 'given' || (keys === 'unsafe' && isSafe(method))) return null;
  return uuidV7(timers.clock, randomBytes);
}
