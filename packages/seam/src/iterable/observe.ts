import { types } from 'node:util';
import { watch } from '../seam/answers.ts';
import type { Iteration } from './iteration.ts';

type Method = (this: unknown, ...args: unknown[]) => unknown;

/**
 * Notes what a caller takes from an iterable. The caller keeps the very object, and every promise
 * that it hands out is the one that it made: methods of the same names are set on the object while
 * it is watched, and taken off again at the end, so nothing is added to an item but a look at it.
 *
 * False when nothing can be set on the object; then it was left as it is. `ended` is called once,
 * never within a call of the caller's that could fail by it.
 */
export function observe(
  iterable: AsyncIterable<unknown>,
  iteration: Iteration,
  ended: () => void,
): (() => void) | null {
  if (!Object.isExtensible(iterable)) return null;
  // A generator is its own iterator, and may be asked for items without `Symbol.asyncIterator`.
  if ('next' in iterable) return observeIterator(iterable, iteration, ended);
  let stop: () => void = () => {};
  const restore = replace(
    iterable,
    Symbol.asyncIterator,
    (original) =>
      function (this: unknown, ...args) {
        const iterator = Reflect.apply(original, this, args);
        restore();
        // Only the first walk is compared: another one may start anywhere.
        const watched = isWatchable(iterator) ? observeIterator(iterator, iteration, ended) : null;
        if (watched === null) giveUp(iteration, ended);
        else stop = watched;
        return iterator;
      },
  );
  return () => {
    restore();
    stop();
  };
}

function isWatchable(iterator: unknown): iterator is object {
  return typeof iterator === 'object' && iterator !== null && Object.isExtensible(iterator);
}

function giveUp(iteration: Iteration, ended: () => void): void {
  iteration.stop('cut');
  ended();
}

function observeIterator(iterator: object, iteration: Iteration, ended: () => void): () => void {
  let isEnded = false;
  const endIfOver = (): void => {
    if (isEnded || iteration.end === null) return;
    isEnded = true;
    restore();
    ended();
  };
  // A result that throws when looked at is the caller's to notice, and no item of ours.
  const look = (noteTime: () => void, take: () => void): void => {
    try {
      noteTime();
      take();
    } catch {
      iteration.stop('cut');
    }
    endIfOver();
  };
  const nexts = replace(
    iterator,
    'next',
    (original) =>
      function (this: unknown, ...args) {
        const noteTime = iteration.begin(args);
        const answer = Reflect.apply(original, this, args);
        const isWatched =
          types.isPromise(answer) &&
          watch(answer, {
            answered: (result) => look(noteTime, () => iteration.took(result)),
            failed: (error) => look(noteTime, () => iteration.failed(error)),
          });
        if (!isWatched) iteration.stop('cut');
        endIfOver();
        return answer;
      },
  );
  const leaves = (['return', 'throw'] as const).map((name) =>
    replace(
      iterator,
      name,
      (original) =>
        function (this: unknown, ...args) {
          iteration.stop('left');
          endIfOver();
          return Reflect.apply(original, this, args);
        },
    ),
  );
  const restore = (): void => {
    for (const each of [nexts, ...leaves]) each();
  };
  return restore;
}

/** Sets a method in front of the one that is there, if there is one; gives back how to undo it. */
function replace(
  target: object,
  name: PropertyKey,
  inFrontOf: (original: Method) => Method,
): () => void {
  const original: unknown = Reflect.get(target, name);
  if (typeof original !== 'function') return () => {};
  const own = Object.getOwnPropertyDescriptor(target, name);
  const value = inFrontOf(original as Method);
  const isSet = Reflect.defineProperty(target, name, {
    value,
    writable: true,
    enumerable: own?.enumerable ?? false,
    configurable: true,
  });
  return () => {
    // Somebody may have set another one since: that one stays.
    if (!isSet || Object.getOwnPropertyDescriptor(target, name)?.value !== value) return;
    if (own === undefined) Reflect.deleteProperty(target, name);
    else Object.defineProperty(target, name, own);
  };
}
