import { currentShadow } from '../run/scope.ts';

/**
 * The signal that aborts the shadow run in which it is asked for, or `undefined` when the call is
 * served to a caller. Hand it on to whatever can be aborted.
 *
 * ```ts
 * async function priceWithEngine(cart: Cart): Promise<Quote> {
 *   const signal = shadowSignal() ?? null;
 *   const response = await fetch(ENGINE_URL, { method: 'POST', body: JSON.stringify(cart), signal });
 *   return await response.json();
 * }
 * ```
 */
export function shadowSignal(): AbortSignal | undefined {
  return currentShadow()?.run.signal;
}
