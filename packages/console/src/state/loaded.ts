import type { Answer, CallInput, Route } from '@falsework/client/contract';
import { useEffect, useRef, useState } from 'react';
import { type CallFailure, call, pathOf } from './call.ts';

/** What was asked for: the last answer that came, and what went wrong since. */
export interface Loaded<T> {
  readonly value: T | null;
  readonly failure: CallFailure | null;
}

// So often at most, however much changes: charts move, and nobody reads faster.
const AGAIN_AFTER_MS = 2_000;
// An answer that is long in coming is asked for seldom: a tenth of control's time at most.
const REST_PER_ANSWER = 10;

/**
 * Asks control, and again when `changes` grows. An answer that is there stays while the next is on
 * its way, and one to an older question is never shown.
 */
export function useLoaded<R extends Route>(
  route: R,
  input: Pick<CallInput<R>, 'params' | 'query'>,
  changes: number,
): Loaded<Answer<R>> {
  const [loaded, setLoaded] = useState<Loaded<Answer<R>> & { readonly path: string }>({
    value: null,
    failure: null,
    path: '',
  });
  const path = pathOf(route, input as CallInput<R>);
  const asked = useRef({ path: '', atMs: 0, tookMs: 0 });
  useEffect(() => {
    const ask = (): void => {
      const atMs = performance.now();
      asked.current = { path, atMs, tookMs: 0 };
      const isWanted = (): boolean => asked.current.path === path;
      void call(route, { ...input, body: {} } as CallInput<R>).then(
        (value) => {
          if (!isWanted()) return;
          asked.current = { path, atMs, tookMs: performance.now() - atMs };
          setLoaded({ value, failure: null, path });
        },
        (failure: CallFailure) => isWanted() && setLoaded((before) => ({ ...before, failure })),
      );
    };
    const { path: lastPath, atMs, tookMs } = asked.current;
    const restMs = Math.max(AGAIN_AFTER_MS, tookMs * REST_PER_ANSWER);
    const waitMs = lastPath === path ? atMs + restMs - performance.now() : 0;
    const timer = setTimeout(ask, Math.max(0, waitMs));
    return () => clearTimeout(timer);
    // `input` is made anew with every drawing; what is asked is all in `path`.
  }, [path, changes, route]);
  const { value, failure } = loaded;
  return { value: loaded.path === path ? value : null, failure };
}
