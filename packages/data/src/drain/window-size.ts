/** So long may a window take, about: a stop, a backfill or a repair waits for it at most. */
const TARGET_MS = 500;
const LEAST = 200;
const FIRST = 8_000;
/** Beyond this a larger window is no quicker per row, and holds more in memory. */
const MOST = 20_000;
const SMOOTHING = 0.4;

/** Sizes windows by the time that the last ones took. */
export class WindowSize {
  readonly #most: number;
  #perMs: number | null = null;
  #next: number;

  constructor(most = MOST) {
    this.#most = most;
    this.#next = Math.min(FIRST, most);
  }

  /** Changes that the next window may hold. */
  get next(): number {
    return this.#next;
  }

  /**
   * A window of so many keys took so long. Small ones tell nothing of what large ones would take.
   */
  took(keys: number, tookMs: number): void {
    if (keys < this.#next / 2) return;
    const rate = keys / Math.max(1, tookMs);
    this.#perMs = this.#perMs === null ? rate : SMOOTHING * rate + (1 - SMOOTHING) * this.#perMs;
    const wanted = Math.round(this.#perMs * TARGET_MS);
    // By steps, so that one odd window does not swing it.
    const stepped = Math.min(this.#next * 2, Math.max(Math.ceil(this.#next / 4), wanted));
    this.#next = Math.min(this.#most, Math.max(Math.min(LEAST, this.#most), stepped));
  }
}
