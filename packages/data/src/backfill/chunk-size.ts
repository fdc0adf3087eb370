/** What a chunk may be at most, and how long it should take. */
export interface ChunkLimits {
  /** How long the longer half of a chunk, reading or writing, should take, in milliseconds. */
  readonly targetMs: number;
  readonly rowsMax: number;
  readonly bytesMax: number;
}

/** A chunk that was copied. */
export interface ChunkMeasure {
  readonly rows: number;
  readonly bytes: number;
  /** Of its longer half. */
  readonly elapsedMs: number;
}

/**
 * Half a second is what a primary under load forgives. Chunks of 1,000 rows cost a seventh to a
 * third more than chunks of 10,000, and beyond 50,000 nothing more is gained; 16 MiB bound what one
 * transaction holds of other people's memory and log.
 */
export const CHUNK_LIMITS: ChunkLimits = {
  targetMs: 500,
  rowsMax: 100_000,
  bytesMax: 16 * 2 ** 20,
};

const ROWS_FIRST = 2_000;
// Below this a chunk consists of nothing but its fixed cost: it would take no less time for being
// smaller still, and so become ever smaller. Only what does not get through at all goes below.
const ROWS_MIN = 100;
const REMEMBERED = 10;
const QUANTILE = 0.9;
const GROWTH_MAX = 1.5;
const SHRINK_MAX = 5;
// A chunk this much slower than wanted means that something else is going on: stand aside once.
const FAR_TOO_SLOW = 5;

/**
 * Decides how many rows the next chunk has, from how long the last ten took per row. What counts is
 * the ninth slowest of them and not their mean: the people behind us wait for the slow ones. Each
 * step is small upwards and bold downwards. Rows of varying width are bounded by the widest of the
 * last ten chunks, on average per row.
 */
export class ChunkSizer {
  readonly #limits: ChunkLimits;
  readonly #recent: ChunkMeasure[] = [];
  #rows: number;

  constructor(limits: ChunkLimits, estimatedRowBytes: number | null) {
    this.#limits = limits;
    const fitting = estimatedRowBytes === null ? ROWS_FIRST : this.#fitting(estimatedRowBytes);
    this.#rows = Math.min(ROWS_FIRST, limits.rowsMax, fitting);
  }

  /** Rows of the next chunk; at least one. */
  get rows(): number {
    return this.#rows;
  }

  /** Takes a finished chunk into account. True when it was so slow that a pause is due. */
  observe(chunk: ChunkMeasure): boolean {
    if (chunk.rows === 0) return false;
    this.#recent.push(chunk);
    if (this.#recent.length > REMEMBERED) this.#recent.shift();
    const { targetMs, rowsMax } = this.#limits;
    if (chunk.elapsedMs > FAR_TOO_SLOW * targetMs) {
      this.shrink();
      return true;
    }
    const perRow = quantile(this.#recent.map(({ elapsedMs, rows }) => elapsedMs / rows));
    const wanted = perRow === 0 ? rowsMax : targetMs / perRow;
    const widest = Math.max(...this.#recent.map(({ bytes, rows }) => bytes / rows));
    const low = Math.max(this.#rows / SHRINK_MAX, Math.min(this.#rows, ROWS_MIN));
    const high = this.#rows * GROWTH_MAX;
    const paced = Math.min(Math.max(wanted, low), Math.max(high, this.#rows + 1));
    this.#rows = Math.max(1, Math.floor(Math.min(paced, rowsMax, this.#fitting(widest))));
    return false;
  }

  /** A chunk did not come to its end: the next one is a fifth of it. */
  shrink(): void {
    this.#rows = Math.max(1, Math.floor(this.#rows / SHRINK_MAX));
  }

  #fitting(rowBytes: number): number {
    return Math.max(1, Math.floor(this.#limits.bytesMax / Math.max(1, rowBytes)));
  }
}

function quantile(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.ceil(QUANTILE * sorted.length) - 1] ?? 0;
}
