let present: AbortSignal | undefined;

/**
 * The signal that aborts the shadow run in which it is asked for, or `undefined` when the call is
 * served to a caller. Ask before the first `await`, and hand it on to whatever can be aborted.
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
  return present;
}

/**
 * Calls `run` such that it finds the signal. A variable and not an AsyncLocalStorage: on Node 22
 * entering one slows down every promise of the process, which is not a guest's to do.
 */
export function withShadowSignal<Result>(signal: AbortSignal, run: () => Result): Result {
  const before = present;
  present = signal;
  try {
    return run();
  } finally {
    present = before;
  }
}
