import { setTimeout as pause } from 'node:timers/promises';

// SQLITE_BUSY and its extended forms: the low byte is the primary code.
const SQLITE_BUSY = 5;
// A transaction of another process takes milliseconds; one that holds the file for this long is
// stuck.
const PATIENCE_MS = 5_000;
const PAUSE_MS = 10;

/** How waiting is done; a test hands out its own. */
interface Waiting {
  readonly monotonicMs: () => number;
  readonly pause: (durationMs: number) => Promise<unknown>;
}

/*
 * Not the clock that the store was given: timers of planes let a process end while they wait, and a
 * command that waits for the file would end without having done anything and without a word.
 */
const REAL: Waiting = { monotonicMs: () => performance.now(), pause };

/** True when SQLite gave up because another connection has the file. */
export function isBusy(error: unknown): boolean {
  const code = (error as { errcode?: unknown } | null)?.errcode;
  return typeof code === 'number' && (code & 0xff) === SQLITE_BUSY;
}

/**
 * Runs until the file is not busy, waiting for another process's transaction with the event loop
 * free. Rethrows what SQLite said once patience has ended.
 */
export async function patiently<Result>(run: () => Result, waiting = REAL): Promise<Result> {
  const untilMs = waiting.monotonicMs() + PATIENCE_MS;
  for (;;) {
    try {
      return run();
    } catch (error) {
      if (!isBusy(error) || waiting.monotonicMs() >= untilMs) throw error;
    }
    await waiting.pause(PAUSE_MS);
  }
}
