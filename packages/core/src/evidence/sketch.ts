/**
 * A mergeable latency sketch: counts per logarithmic bucket, each 2 % wide, so that a quantile is
 * off by at most 1 % of its value. Plain data, for the wire and the store. For showing only: gates
 * bet on pairs, never on quantiles. Source: Masson, Rim, Lee, "DDSketch", VLDB 2019.
 */
export interface Sketch {
  readonly count: number;
  readonly sumMs: number;
  readonly maxMs: number;
  /** Pairs of bucket index and count, in rising order of index. */
  readonly buckets: readonly (readonly [index: number, count: number])[];
}

const GAMMA = 1.02;
const LOG_GAMMA = Math.log(GAMMA);
// One microsecond to about 28 hours. Times outside are kept at the ends, so a sketch has at most
// 1,300 buckets.
const INDEX_MIN = Math.ceil(Math.log(0.001) / LOG_GAMMA);
const INDEX_MAX = Math.ceil(Math.log(1e8) / LOG_GAMMA);

/** A sketch of nothing. */
export const EMPTY_SKETCH: Sketch = Object.freeze({ count: 0, sumMs: 0, maxMs: 0, buckets: [] });

/** The writing side of a sketch: one array of counts, nothing allocated per value. */
export class SketchRecorder {
  readonly #counts = new Uint32Array(INDEX_MAX - INDEX_MIN + 1);
  #count = 0;
  #sumMs = 0;
  #maxMs = 0;

  /** Adds one duration in milliseconds. Negative and non-finite values count as zero. O(1). */
  record(durationMs: number): void {
    const ms = durationMs > 0 && Number.isFinite(durationMs) ? durationMs : 0;
    const index = ms === 0 ? INDEX_MIN : Math.ceil(Math.log(ms) / LOG_GAMMA);
    const slot = Math.min(Math.max(index, INDEX_MIN), INDEX_MAX) - INDEX_MIN;
    this.#counts[slot] = (this.#counts[slot] as number) + 1;
    this.#count += 1;
    this.#sumMs += ms;
    if (ms > this.#maxMs) this.#maxMs = ms;
  }

  /** What was recorded so far. */
  read(): Sketch {
    const buckets: [number, number][] = [];
    this.#counts.forEach((count, slot) => {
      if (count > 0) buckets.push([slot + INDEX_MIN, count]);
    });
    return { count: this.#count, sumMs: this.#sumMs, maxMs: this.#maxMs, buckets };
  }

  /** Starts again from nothing. */
  clear(): void {
    this.#counts.fill(0);
    [this.#count, this.#sumMs, this.#maxMs] = [0, 0, 0];
  }
}

/** The sketch of both sketches' values together. O(buckets). */
export function mergeSketches(a: Sketch, b: Sketch): Sketch {
  if (a.count === 0) return b;
  if (b.count === 0) return a;
  const merged = new Map<number, number>(a.buckets);
  for (const [index, count] of b.buckets) merged.set(index, (merged.get(index) ?? 0) + count);
  return {
    count: a.count + b.count,
    sumMs: a.sumMs + b.sumMs,
    maxMs: Math.max(a.maxMs, b.maxMs),
    buckets: [...merged].sort(([left], [right]) => left - right),
  };
}

/** The q-quantile in milliseconds, `null` for a sketch of nothing. `q` is between 0 and 1. */
export function quantileMs(sketch: Sketch, q: number): number | null {
  if (sketch.count === 0) return null;
  const rank = Math.max(1, Math.ceil(q * sketch.count));
  let seen = 0;
  for (const [index, count] of sketch.buckets) {
    seen += count;
    // The middle of the bucket in ratio terms, never above a value that was really seen.
    if (seen >= rank) return Math.min((2 * GAMMA ** index) / (GAMMA + 1), sketch.maxMs);
  }
  return sketch.maxMs;
}

/**
 * How many values are at most each of these limits, which rise: a bucket whose middle is, is
 * counted whole. For histograms with fixed limits. O(buckets + limits).
 */
export function countsAtMost(sketch: Sketch, limitsMs: readonly number[]): number[] {
  let [seen, next] = [0, 0];
  return limitsMs.map((limitMs) => {
    if (limitMs >= sketch.maxMs) return sketch.count;
    for (; next < sketch.buckets.length; next += 1) {
      const [index, count] = sketch.buckets[next] as Sketch['buckets'][number];
      if ((2 * GAMMA ** index) / (GAMMA + 1) > limitMs) break;
      seen += count;
    }
    return seen;
  });
}
