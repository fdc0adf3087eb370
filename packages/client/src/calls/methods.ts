// RFC 9110, section 9.2: what a method promises, whichever resource it is asked of. QUERY is safe
// by its own specification.
const SAFE = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'QUERY']);

/** True when a method asks for nothing to be changed. */
export const isSafe = (method: string): boolean => SAFE.has(method);

/** True when the effect of many equal requests is that of one, by the method alone. */
export const isIdempotent = (method: string): boolean =>
  SAFE.has(method) || method === 'PUT' || method === 'DELETE';
