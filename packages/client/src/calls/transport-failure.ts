// Failures of the connection, by the codes of Node and of undici. Whatever is missing here is not
// retried: a refused certificate, a malformed answer or a wrong option fails again just the same.
const CONNECTION_CODES = new Set([
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTDOWN',
  'EHOSTUNREACH',
  'ENETDOWN',
  'ENETUNREACH',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_SOCKET',
]);

// fetch wraps once, a dialler that tried several addresses once more; deeper is somebody else's
// business, and a cause may point to itself.
const CAUSES_MAX = 4;

/** The code of a failure of the connection, or null when it was something else. O(1). */
export function connectionFailure(error: unknown): string | null {
  let at: unknown = error;
  for (let depth = 0; depth < CAUSES_MAX && typeof at === 'object' && at !== null; depth += 1) {
    const { code, cause } = at as { readonly code?: unknown; readonly cause?: unknown };
    if (typeof code === 'string' && CONNECTION_CODES.has(code)) return code;
    at = cause;
  }
  return null;
}
