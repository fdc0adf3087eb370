import type { Instant } from '@falsework/core/ports';

/** How far the copying of one table has come. */
export interface Progress {
  /** Rows of the source that were walked over, and what was copied of them. */
  readonly rows: number;
  readonly bytes: number;
  /** What there seem to be in all, as known now. */
  readonly estimatedRows: number;
  /** From 0 to below 1 while it lasts; 1 only when it is done. */
  readonly fraction: number;
  /** Of the last half minute or so, waiting included. */
  readonly rowsPerSecond: number;
  /** What is left at that rate; `null` while nothing can be said. */
  readonly etaMs: number | null;
}

/** Where a table stood at one moment. */
export interface Sample {
  readonly at: Instant;
  readonly rows: number;
  readonly bytes: number;
  /**
   * The share of rows whose key is no greater than the last one copied, by the histogram of
   * the source's statistics; `null` where there is none.
   */
  readonly keyShare: number | null;
}

// What is shown before the end, whatever the estimate says: the end is when the last row is copied.
const FRACTION_MAX = 0.999;
const RATE_WINDOW_MS = 30_000;
// A histogram of a hundred parts says nothing of the first few.
const KEY_SHARE_MIN = 0.03;

/**
 * Estimates what is left of a table. At first all that is known is the number of rows that the
 * statistics remember, which is as old as they are. As the keys advance through the histogram, what
 * was found so far corrects that number, the more the further it has come.
 */
export class ProgressMeter {
  readonly #statisticsRows: number;
  readonly #samples: Sample[] = [];

  /** `start` is where this run took over; rows copied before it say nothing of its rate. */
  constructor(statisticsRows: number, start: Sample) {
    this.#statisticsRows = statisticsRows;
    this.#samples.push(start);
  }

  /** Takes a new sample and says how things stand. O(samples of the last half minute). */
  observe(sample: Sample): Progress {
    this.#samples.push(sample);
    while (
      this.#samples.length > 2 &&
      sample.at - (this.#samples[1] as Sample).at >= RATE_WINDOW_MS
    ) {
      this.#samples.shift();
    }
    const oldest = this.#samples[0] as Sample;
    const spanMs = sample.at - oldest.at;
    const rowsPerSecond = spanMs <= 0 ? 0 : (1000 * (sample.rows - oldest.rows)) / spanMs;
    const estimatedRows = this.#estimate(sample);
    const left = estimatedRows - sample.rows;
    return {
      rows: sample.rows,
      bytes: sample.bytes,
      estimatedRows,
      fraction: estimatedRows === 0 ? 0 : Math.min(FRACTION_MAX, sample.rows / estimatedRows),
      rowsPerSecond,
      etaMs: rowsPerSecond <= 0 ? null : Math.ceil((1000 * left) / rowsPerSecond),
    };
  }

  #estimate({ rows, keyShare }: Sample): number {
    if (keyShare === null || keyShare < KEY_SHARE_MIN) {
      return Math.max(Math.round(this.#statisticsRows), rows + 1);
    }
    const implied = rows / keyShare;
    const blended = keyShare * implied + (1 - keyShare) * this.#statisticsRows;
    // Rows are still to come, or this would be the end.
    return Math.max(Math.round(blended), rows + 1);
  }
}

/** How it stands when the last row is copied. */
export function finished(rows: number, bytes: number): Progress {
  return { rows, bytes, estimatedRows: rows, fraction: 1, rowsPerSecond: 0, etaMs: 0 };
}
