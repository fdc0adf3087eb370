import { fault } from '@falsework/core/errors';
import type { Clock } from '@falsework/core/ports';

/** Lets the next write on the key begin. Calling it again does nothing. */
export type Release = () => void;

interface Waiter {
  readonly take: () => void;
}

/**
 * One write at a time on each key. Two on one key that were under way together could take effect at
 * the authority in either order, and nobody could tell afterwards in which: the follower would be
 * fed in the order of the journal, and might end with the older value.
 */
export class KeyTurns {
  readonly #clock: Pick<Clock, 'after'>;
  readonly #waitMs: number;
  /** A key that is taken, with those who wait for it, first come first. */
  readonly #keys = new Map<string, Waiter[]>();

  constructor(clock: Pick<Clock, 'after'>, waitMs: number) {
    this.#clock = clock;
    this.#waitMs = waitMs;
  }

  /** Keys that are taken now. */
  get taken(): number {
    return this.#keys.size;
  }

  /**
   * Waits for the key. Rejects with FW_WRITE_KEY_BUSY when the wait is too long: a write whose
   * caller has long left must not take effect late.
   */
  async take(key: string): Promise<Release> {
    const waiting = this.#keys.get(key);
    if (waiting === undefined) return this.takeNow(key);
    await new Promise<void>((resolve, reject) => {
      const waiter: Waiter = {
        take: () => {
          cancel();
          resolve();
        },
      };
      const cancel = this.#clock.after(this.#waitMs, () => {
        waiting.splice(waiting.indexOf(waiter), 1);
        reject(fault('FW_WRITE_KEY_BUSY', { waitedMs: this.#waitMs }));
      });
      waiting.push(waiter);
    });
    return this.#releaseOf(key);
  }

  /** Takes a key that nobody has. */
  takeNow(key: string): Release {
    this.#keys.set(key, []);
    return this.#releaseOf(key);
  }

  #releaseOf(key: string): Release {
    let isReleased = false;
    return () => {
      if (isReleased) return;
      isReleased = true;
      const next = this.#keys.get(key)?.shift();
      // The key passes on without being free in between: nobody who comes now overtakes.
      if (next === undefined) this.#keys.delete(key);
      else next.take();
    };
  }
}
