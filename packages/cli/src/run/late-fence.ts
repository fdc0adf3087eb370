import type { Cancel, Clock } from '@falsework/core/ports';
import type { FenceMark, FenceReason, ReadFence } from '@falsework/core/routing';

/** A fence with what it holds open. */
export interface OpenFence {
  readonly fence: ReadFence;
  readonly close: () => Promise<void>;
}

/** What a fence that may come later is made from. */
export interface LateFenceParts {
  /** Rejects with why it cannot be opened now; nothing is left open then. */
  readonly open: () => Promise<OpenFence>;
  readonly clock: Clock;
  readonly warn: (words: string) => void;
}

// A store that is being restarted is back within some of these, and one that is away for long is
// asked no oftener than a person would look.
const RETRY_MS = 5_000;

/**
 * A fence for a guard that does not wait for its stores: until they could be opened, and while they
 * cannot be, nothing is known of any key, so reads stay with the side that takes the writes. It
 * says once for what reason, and tries again.
 */
export class LateFence implements ReadFence {
  readonly #parts: LateFenceParts;
  #opened: OpenFence | null = null;
  #attempt: Promise<void>;
  #cancelRetry: Cancel = () => {};
  #isClosed = false;
  #said: string | null = null;

  constructor(parts: LateFenceParts) {
    this.#parts = parts;
    this.#attempt = this.#open();
  }

  async check(key: string | null): Promise<FenceReason | null> {
    return this.#opened === null ? 'unknown' : this.#opened.fence.check(key);
  }

  mark(): FenceMark | null {
    return this.#opened?.fence.mark() ?? null;
  }

  async hasMoved(mark: FenceMark, key: string | null): Promise<boolean> {
    return this.#opened === null ? false : this.#opened.fence.hasMoved(mark, key);
  }

  /** Gives the stores back, also those that are being opened at this moment. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelRetry();
    await this.#attempt;
    await this.#letGo();
  }

  /** Never rejects. */
  async #open(): Promise<void> {
    const { open, clock, warn } = this.#parts;
    try {
      this.#opened = await open();
      if (this.#said !== null) warn('the stores answer now: reads may move to the candidate');
    } catch (error) {
      const because = error instanceof Error ? error.message : String(error);
      if (because !== this.#said) {
        warn(
          `reads stay with the side that takes the writes, the stores cannot be asked: ${because}`,
        );
      }
      this.#said = because;
      if (this.#isClosed) return;
      this.#cancelRetry = clock.after(RETRY_MS, () => {
        this.#attempt = this.#open();
      });
    }
  }

  async #letGo(): Promise<void> {
    const opened = this.#opened;
    this.#opened = null;
    await opened?.close();
  }
}
