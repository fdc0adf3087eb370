import { AsyncLocalStorage } from 'node:async_hooks';

// Follows a run through everything that it awaits. On Node 24 that costs nobody else anything; on
// Node 22 it slows down the promises of the process by some tens of nanoseconds each, from the
// first shadow run on.
/** Holds the scope of the code that runs now; `scope.ts` says what a scope is. */
export const context = new AsyncLocalStorage<object | undefined>();

/** Calls `body` outside of any scope: for what is ours and only happens to be called by a side. */
export function outside<Result>(body: () => Result): Result {
  return context.run(undefined, body);
}
