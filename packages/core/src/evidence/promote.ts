/**
 * What a gate on a rate rests on: of `trials` independent looks, `hits` showed the bad thing.
 */
export interface Trials {
  readonly trials: number;
  readonly hits: number;
}

/**
 * The claim to be proven: the rate of hits is below `rateMax`, wrongly granted with probability at
 * most `alpha`.
 */
export interface RateClaim {
  /** Rate that must be excluded, between 0 and 1. */
  readonly rateMax: number;
  /** Chance of passing although the true rate is at or above `rateMax`, however often one looks. */
  readonly alpha: number;
}

// Alternatives below the target, as fractions of it, with equal weights. A single alternative is
// faster at its own rate and hopeless elsewhere; this mixture needs 35,925 clean comparisons at
// 1e-4 against 149,072 for a flat prior.
const FRACTIONS = [1 / 2, 1 / 4, 1 / 10, 1 / 50] as const;
const LOG_WEIGHT = -Math.log(FRACTIONS.length);

/**
 * The natural logarithm of the one-sided betting e-process E = Σ w (q/p0)^k ((1-q)/(1-p0))^(n-k).
 * It is a nonnegative supermartingale while the conditional rate is at least p0, so by Ville's
 * inequality it ever reaches 1/alpha with probability at most alpha: looking continuously is free.
 * Needs only the counts, so evidence from many processes merges by adding. O(1). Source:
 * Waudby-Smith and Ramdas, "Estimating means of bounded random variables by betting", arXiv
 * 2010.09686.
 */
export function logPromoteEvidence({ trials, hits }: Trials, rateMax: number): number {
  const terms = FRACTIONS.map((fraction) => {
    const q = rateMax * fraction;
    return (
      LOG_WEIGHT +
      hits * Math.log(fraction) +
      (trials - hits) * (Math.log1p(-q) - Math.log1p(-rateMax))
    );
  });
  return logSumExp(terms);
}

/** True when the counts prove the claim. No trials never prove anything. */
export function isProven(counts: Trials, claim: RateClaim): boolean {
  return counts.trials > 0 && logPromoteEvidence(counts, claim.rateMax) >= -Math.log(claim.alpha);
}

/**
 * How many more trials would prove the claim if none of them were a hit; 0 when it is proven
 * already. This is what people are shown as "about 25,900 more". O(log answer).
 */
export function trialsStillNeeded(counts: Trials, claim: RateClaim): number {
  const provenAfter = (more: number): boolean =>
    isProven({ trials: counts.trials + more, hits: counts.hits }, claim);
  if (provenAfter(0)) return 0;
  let enough = Math.ceil(1 / claim.rateMax);
  while (!provenAfter(enough)) enough *= 2;
  let tooFew = 0;
  while (enough - tooFew > 1) {
    const middle = Math.floor((tooFew + enough) / 2);
    if (provenAfter(middle)) enough = middle;
    else tooFew = middle;
  }
  return enough;
}

/**
 * The alpha left for the r-th attempt at the same stage: alpha·6/(π²r²), which sums to alpha over
 * all attempts. Without it, twenty attempts at 5 % each would let a bad candidate through with
 * probability up to 64 %.
 */
export function alphaForRound(alpha: number, round: number): number {
  return (alpha * 6) / (Math.PI ** 2 * round ** 2);
}

/** log Σ exp(x), without overflow. */
export function logSumExp(terms: readonly number[]): number {
  const largest = Math.max(...terms);
  if (largest === Number.NEGATIVE_INFINITY) return largest;
  return largest + Math.log(terms.reduce((sum, term) => sum + Math.exp(term - largest), 0));
}
