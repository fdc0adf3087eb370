import type { Problem } from '@falsework/client/contract';
import { type FalseworkError, fault, isFalseworkError } from '@falsework/core/errors';

/**
 * An error as the API answers it. Nothing of an unknown error gets out: its cause is in the log.
 */
export function problemOf(
  error: unknown,
  where: string,
): { status: number; body: Problem; retryAfterS: number | null } {
  const known = isFalseworkError(error) ? error : fromFramework(error, where);
  const { code, message, action, httpStatus } = known;
  const { waitS = null } = known.facts as { readonly waitS?: number };
  return { status: httpStatus, body: { code, message, action }, retryAfterS: waitS };
}

/**
 * Body too large, malformed JSON and the like come from the HTTP framework with a status of their
 * own.
 */
function fromFramework(error: unknown, where: string): FalseworkError {
  const { statusCode, message } = error as { statusCode?: unknown; message?: unknown };
  const isCallers = typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500;
  if (!isCallers) return fault('FW_INTERNAL', { where }, error);
  return fault('FW_REQUEST_INVALID', { what: 'request', problems: String(message) }, error);
}
