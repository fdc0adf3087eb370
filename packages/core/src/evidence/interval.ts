import type { Trials } from './promote.ts';

/** A range of rates, each between 0 and 1. */
export interface RateInterval {
  readonly low: number;
  readonly high: number;
}

/**
 * The rates that the counts do not exclude: a confidence sequence, valid at every look at once. For
 * people; the gate itself uses the sharper one-sided test. A rate p stays in while B(a+k,
 * b+n-k)/B(a,b) < (1/alpha)·p^k(1-p)^(n-k), with a = 1/2 and b = 1/(2·rateMax), which puts the
 * sharpest end where the claim is. O(log precision). Source: Robbins 1970; Howard, Ramdas,
 * McAuliffe, Sekhon 2021, arXiv 1810.08240.
 */
export function rateInterval(counts: Trials, rateMax: number, alpha: number): RateInterval {
  const { trials: n, hits: k } = counts;
  if (n === 0) return { low: 0, high: 1 };
  const a = 0.5;
  const b = 0.5 / rateMax;
  const bar = logBeta(a + k, b + n - k) - logBeta(a, b) + Math.log(alpha);
  // The log likelihood rises to its top at k/n and falls after it, so each end is one crossing of
  // the bar.
  const isKept = (p: number): boolean => logLikelihood(n, k, p) > bar;
  const top = k / n;
  return {
    low: k === 0 ? 0 : crossing(0, top, (p) => !isKept(p)),
    high: k === n ? 1 : crossing(top, 1, isKept),
  };
}

function logLikelihood(n: number, k: number, p: number): number {
  const hits = k === 0 ? 0 : k * Math.log(p);
  const misses = n === k ? 0 : (n - k) * Math.log1p(-p);
  return hits + misses;
}

/**
 * The point between `low` and `high` where `holds` turns from true to false, to the last bits of a
 * double.
 */
function crossing(low: number, high: number, holds: (p: number) => boolean): number {
  let [inside, outside] = [low, high];
  for (let i = 0; i < 100; i += 1) {
    const middle = (inside + outside) / 2;
    if (holds(middle)) inside = middle;
    else outside = middle;
  }
  return (inside + outside) / 2;
}

function logBeta(a: number, b: number): number {
  return logGamma(a) + logGamma(b) - logGamma(a + b);
}

// Lanczos approximation with g = 7 and nine coefficients (P. Godfrey); relative error below 1e-13
// for x >= 0.5.
const LANCZOS = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313,
  -176.61502916214059, 12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6,
  1.5056327351493116e-7,
] as const;

/** The natural logarithm of the gamma function, for x >= 0.5. */
export function logGamma(x: number): number {
  const shifted = x - 1;
  const sum = LANCZOS.slice(1).reduce(
    (total, c, i) => total + c / (shifted + i + 1),
    LANCZOS[0] as number,
  );
  const t = shifted + 7.5;
  return 0.5 * Math.log(2 * Math.PI) + (shifted + 0.5) * Math.log(t) - t + Math.log(sum);
}
