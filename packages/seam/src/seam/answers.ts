import { types } from 'node:util';

/** What a function gave back, as far as waiting for it goes. */
export type AnswerKind = 'value' | 'promise' | 'lazy';

/**
 * `promise`: a native one, or of a class that extends it; attaching to it has no effect. `lazy`:
 * any other object with a `then`, such as a query builder, which begins its work when `then` is
 * called, and may do it once per call. No getter is invoked, and nothing is thrown.
 */
export function answerKind(answer: unknown): AnswerKind {
  if (answer === null || (typeof answer !== 'object' && typeof answer !== 'function'))
    return 'value';
  if (types.isPromise(answer)) return 'promise';
  try {
    const own = Object.getOwnPropertyDescriptor(answer, 'then');
    if (own !== undefined) return typeof own.value === 'function' || own.get ? 'lazy' : 'value';
    return 'then' in answer ? 'lazy' : 'value';
  } catch {
    // A proxy that throws when looked at is left alone.
    return 'lazy';
  }
}

/** Who is told how a promise ended. Neither may throw. */
export interface Watcher {
  readonly answered: (value: unknown) => void;
  readonly failed: (error: unknown) => void;
}

/**
 * Watches a promise from the side. Whoever holds it keeps the very promise and loses no tick;
 * attached before they can attach anything, the watcher sees the answer before they can change it.
 * The intrinsic `then`, since a subclass may start work in its own. False when the promise cannot
 * be watched.
 *
 * One thing cannot be had at the same time: a promise that is watched counts as handled, so Node
 * does not report its rejection should the caller ignore it. Reporting it in its place would report
 * the handled ones too.
 */
export function watch(promise: Promise<unknown>, { answered, failed }: Watcher): boolean {
  try {
    void Reflect.apply(Promise.prototype.then, promise, [answered, failed]);
    return true;
  } catch {
    // The constructor of a subclass refused to make the promise that `then` returns.
    return false;
  }
}
