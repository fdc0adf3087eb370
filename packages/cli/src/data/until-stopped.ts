import type { Context } from '../context.ts';

/** Runs `act` with a signal that aborts when the process is asked to stop. */
export function untilStopped<T>(
  context: Context,
  act: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const stop = new AbortController();
  void context.stopped().then(() => stop.abort());
  return act(stop.signal);
}
