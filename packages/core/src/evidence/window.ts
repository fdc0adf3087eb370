import type { Instant } from '../ports/clock.ts';
import { logRegressionEvidence } from './paired.ts';

/** Comparisons of one stretch of time, closed when enough of them or enough time has passed. */
export interface Slice {
  readonly fromAt: Instant;
  readonly toAt: Instant;
  readonly trials: number;
  readonly hits: number;
}

/** The slices of one stratum, oldest first. */
export type Slices = readonly Slice[];

// A slice is a tenth of a window: fine enough that the worst window is not diluted by its
// neighbours, coarse enough that ten million comparisons of a day with a window of 10,000 are
// 10,000 rows of four numbers at most.
const SLICES_PER_WINDOW = 10;
// Beyond this many, the two oldest are merged: an old window gets coarser, never forgotten.
const SLICES_MAX = 2_000;

/** Adds a batch of comparisons seen at `at` to the last slice, or opens the next one. */
export function addToSlices(
  slices: Slices,
  batch: { readonly at: Instant; readonly trials: number; readonly hits: number },
  windowTrials: number,
): Slices {
  if (batch.trials === 0) return slices;
  const last = slices.at(-1);
  const isRoomLeft = last !== undefined && last.trials < windowTrials / SLICES_PER_WINDOW;
  if (!isRoomLeft) {
    const added = { fromAt: batch.at, toAt: batch.at, trials: batch.trials, hits: batch.hits };
    return thinned([...slices, added]);
  }
  const grown = {
    fromAt: last.fromAt,
    toAt: batch.at,
    trials: last.trials + batch.trials,
    hits: last.hits + batch.hits,
  };
  return [...slices.slice(0, -1), grown];
}

function thinned(slices: Slices): Slices {
  const [first, second, ...rest] = slices;
  if (slices.length <= SLICES_MAX || first === undefined || second === undefined) return slices;
  return [joined(first, second), ...rest];
}

function joined(first: Slice, second: Slice): Slice {
  return {
    fromAt: first.fromAt,
    toAt: second.toAt,
    trials: first.trials + second.trials,
    hits: first.hits + second.hits,
  };
}

/**
 * The stretch of at least `windowTrials` comparisons with the highest rate of hits since `sinceAt`;
 * `null` while there are fewer. A mean hides an hour in which one request in ten was wrong; the
 * worst window does not. O(slices).
 */
export function worstWindow(slices: Slices, windowTrials: number, sinceAt: Instant): Slice | null {
  let worst: Slice | null = null;
  let [first, trials, hits] = [0, 0, 0];
  slices.forEach((slice, last) => {
    if (slice.toAt < sinceAt) {
      first = last + 1;
      return;
    }
    trials += slice.trials;
    hits += slice.hits;
    // Shrink from the left while what remains is still a whole window.
    for (
      let left = slices[first];
      left && trials - left.trials >= windowTrials;
      left = slices[first]
    ) {
      trials -= left.trials;
      hits -= left.hits;
      first += 1;
    }
    const fromAt = slices[first]?.fromAt ?? slice.fromAt;
    if (trials >= windowTrials && (worst === null || hits / trials > worst.hits / worst.trials)) {
      worst = { fromAt, toAt: slice.toAt, trials, hits };
    }
  });
  return worst;
}

/**
 * True when hits become more frequent: the later half of the comparisons against the earlier half,
 * by the same paired test as errors, at error probability `alpha`. A rate may pass every gate on
 * its way up.
 */
export function isRising(slices: Slices, alpha: number): boolean {
  const total = slices.reduce((sum, slice) => sum + slice.trials, 0);
  let [seen, earlier, later, trialsEarlier] = [0, 0, 0, 0];
  for (const slice of slices) {
    if (seen + slice.trials / 2 <= total / 2) {
      earlier += slice.hits;
      trialsEarlier += slice.trials;
    } else {
      later += slice.hits;
    }
    seen += slice.trials;
  }
  // Halves of very unequal size say nothing about a trend.
  if (trialsEarlier < total / 4) return false;
  const evidence = logRegressionEvidence({
    pairs: total,
    candidateOnly: later,
    legacyOnly: earlier,
  });
  return evidence >= -Math.log(alpha);
}
