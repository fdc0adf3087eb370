import { type RateClaim, type Trials, trialsStillNeeded } from '../evidence/promote.ts';

/** What a stratum needs that is not what every other one needs. */
export interface StratumNeed {
  readonly seam: string;
  readonly stratum: string;
  /** Its own share of calls to compare, 0 to 1; `null` for that of the seam. */
  readonly sample: number | null;
  /** Comparisons that it still needs; 0 when it is proven or need not be. */
  readonly comparisons: number;
}

/** By what one seam samples. */
export interface StrataTerms {
  /** The share of calls that is compared in any stratum, 0 to 1. */
  readonly sample: number;
  /** What a stratum must prove where it has no need of its own. */
  readonly claim: RateClaim;
  /** The strata of this seam with needs of their own, by name. */
  readonly needs: ReadonlyMap<string, StratumNeed>;
}

/** A stratum that is kept in mind. Positions are counted in calls of the seam. */
interface TrackedStratum {
  counts: Trials;
  /** Comparisons after which it is proven. */
  neededTrials: number;
  /** Extra samples that it may take now. */
  credit: number;
  seenAtCall: number;
}

// Strata kept in mind at a time. More than this is no classification but an identifier that slipped
// in; those beyond are sampled at the seam's rate.
const STRATA_MAX = 256;
const NAME_LENGTH_MAX = 200;
// A stratum that was not seen for so many calls makes room when room is needed.
const FORGOTTEN_AFTER_CALLS = 65_536;
const SWEEP_EVERY_CALLS = 4_096;
// Extra samples that may come in a row, of all strata and of one.
const POOL_MAX = 32;
const CREDIT_MAX = 8;

/**
 * Decides which calls of a seam are compared, so that rare strata prove themselves in the time that
 * common ones need. Every stratum has the seam's rate, or its own. Beside it there is a pool of
 * extra samples, as many as the seam's rate gives, shared equally among the strata that are not
 * proven: one that comes less often than its part of the pool is filled has all of its calls
 * compared, until it is proven; a frequent one has its part and no more.
 *
 * Bound: of any N calls in a row at most `sample × N + 32` are extra. So strata without needs of
 * their own, however many there are, raise the total rate to twice the seam's and no further.
 * Memory: at most 256 strata. O(1) per call, but for a sweep over them every 4,096 calls at most.
 */
export class StrataSampler {
  readonly #tracked = new Map<string, TrackedStratum>();
  #terms: StrataTerms;
  #calls = 0;
  #unproven = 0;
  #pool = POOL_MAX;
  #sweptAtCall = 0;

  constructor(terms: StrataTerms) {
    this.#terms = terms;
  }

  /** Strata kept in mind. */
  get size(): number {
    return this.#tracked.size;
  }

  /** Follows other terms from the next call on; what was counted stays. */
  follow(terms: StrataTerms): void {
    this.#terms = terms;
    this.#unproven = 0;
    for (const [name, stratum] of this.#tracked) {
      stratum.neededTrials = this.#neededBy(name, stratum.counts);
      if (!isProven(stratum)) this.#unproven += 1;
    }
  }

  /** True when this call is to be compared. `die` is the call's own number, 0 to 1, exclusive. */
  choose(name: string, die: number): boolean {
    const { sample, needs } = this.#terms;
    this.#calls += 1;
    this.#pool = Math.min(POOL_MAX, this.#pool + sample);
    const stratum = this.#track(name);
    if (die < (needs.get(name)?.sample ?? sample)) return true;
    return stratum !== null && this.#takesExtra(stratum);
  }

  /** Notes that a call of this stratum was compared. */
  compared(name: string, isDifferent: boolean): void {
    const stratum = this.#tracked.get(name);
    if (stratum === undefined) return;
    const wasProven = isProven(stratum);
    const { trials, hits } = stratum.counts;
    stratum.counts = { trials: trials + 1, hits: hits + (isDifferent ? 1 : 0) };
    // What differs makes more comparisons necessary; what does not was reckoned with.
    if (isDifferent && !this.#terms.needs.has(name)) {
      stratum.neededTrials = this.#neededBy(name, stratum.counts);
    }
    this.#unproven += Number(wasProven) - Number(isProven(stratum));
  }

  #takesExtra(stratum: TrackedStratum): boolean {
    if (isProven(stratum) || stratum.credit < 1 || this.#pool < 1) return false;
    stratum.credit -= 1;
    this.#pool -= 1;
    return true;
  }

  /** The stratum with its credit up to date; `null` when there is no room for it. */
  #track(name: string): TrackedStratum | null {
    const known = this.#tracked.get(name);
    if (known !== undefined) {
      const part = this.#terms.sample / Math.max(1, this.#unproven);
      const earned = (this.#calls - known.seenAtCall) * part;
      known.credit = Math.min(CREDIT_MAX, known.credit + earned);
      known.seenAtCall = this.#calls;
      return known;
    }
    if (name.length > NAME_LENGTH_MAX || !this.#hasRoom()) return null;
    const counts: Trials = { trials: 0, hits: 0 };
    const neededTrials = this.#neededBy(name, counts);
    // One to begin with: nobody knows yet how rare it is.
    const fresh = { counts, neededTrials, credit: 1, seenAtCall: this.#calls };
    this.#tracked.set(name, fresh);
    if (!isProven(fresh)) this.#unproven += 1;
    return fresh;
  }

  #hasRoom(): boolean {
    if (this.#tracked.size < STRATA_MAX) return true;
    if (this.#calls - this.#sweptAtCall < SWEEP_EVERY_CALLS) return false;
    this.#sweptAtCall = this.#calls;
    for (const [name, stratum] of this.#tracked) {
      if (this.#calls - stratum.seenAtCall < FORGOTTEN_AFTER_CALLS) continue;
      this.#tracked.delete(name);
      if (!isProven(stratum)) this.#unproven -= 1;
    }
    return this.#tracked.size < STRATA_MAX;
  }

  /** Comparisons after which it is proven, given what was seen of it. */
  #neededBy(name: string, counts: Trials): number {
    const need = this.#terms.needs.get(name);
    // Control has seen what every process saw, and says what is left.
    if (need !== undefined) return need.comparisons === 0 ? 0 : counts.trials + need.comparisons;
    return counts.trials + trialsStillNeeded(counts, this.#terms.claim);
  }
}

function isProven({ counts, neededTrials }: TrackedStratum): boolean {
  return counts.trials >= neededTrials;
}
