import type { Clock } from '@falsework/core/ports';

// SQLITE_BUSY and its extended forms: the low byte is the primary code.
const SQLITE_BUSY = 5;
// A transaction of another process takes milliseconds; one that holds the file for this long is stuck.
const PATIENCE_MS = 5_000;
const PAUSE_MS = 20;

/** True when SQLite gave up because another connection has the file. */
export function isBusy(error: unknown): boolean {
  const code = (error as { errcode?: unknown } | null)?.errcode;
  return typeof code === 'number' && (code & 0xff) === SQLITE_BUSY;
}

/** Waits for another process's transaction with the event loop free, trying again every few milliseconds. */
export class Patience {
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Runs until the file is not busy. Rethrows what SQLite said once patience has ended. */
  async during<Result>(run: () => Result): Promise<Result> {
    const untilMs = this.#clock.monotonicMs() + PATIENCE_MS;
    for (;;) {
      try {
        return run();
      } catch (error) {
        if (!isBusy(error) || this.#clock.monotonicMs() >= untilMs) throw error;
      }
      await new Promise<void>((resolve) => {
        this.#clock.after(PAUSE_MS, resolve);
      });
    }
  }
}
