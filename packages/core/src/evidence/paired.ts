import { logSumExp } from './promote.ts';

/**
 * Paired counts. Only discordant pairs carry information on which side is worse: one failed, the
 * other did not.
 */
export interface PairedCounts {
  readonly pairs: number;
  /** Pairs on which only the candidate showed the bad thing. */
  readonly candidateOnly: number;
  /** Pairs on which only the legacy side showed it. */
  readonly legacyOnly: number;
}

const REGRESSION_SHARES = [0.75, 0.95] as const;

/**
 * log of the e-value that the candidate is worse: Σ w (θ/0.5)^b ((1-θ)/0.5)^c over θ ∈ {0.75,
 * 0.95}. Under "a discordant pair is as likely either way" it exceeds 1/alpha with probability at
 * most alpha. Twelve one-sided pairs reach 1000. O(1). The sequential form of McNemar's test, as a
 * mixture of likelihood ratios.
 */
export function logRegressionEvidence(counts: PairedCounts): number {
  return logSumExp(
    REGRESSION_SHARES.map(
      (share) =>
        -Math.log(REGRESSION_SHARES.length) +
        counts.candidateOnly * Math.log(share / 0.5) +
        counts.legacyOnly * Math.log((1 - share) / 0.5),
    ),
  );
}

// Bets as fractions of the largest admissible one. Small ones win slowly but survive hits; large
// ones win at once.
const BET_FRACTIONS = [0.98, 0.5, 0.25, 0.1, 0.02] as const;

/**
 * log of the e-value that the candidate's excess rate is below `marginMax`: with D = candidateOnly
 * - legacyOnly per pair in {-1, 0, 1} and the hypothesis "mean of D >= marginMax", E = Σ w Π (1 +
 * λ(margin - D)), 0 <= λ < 1/(1-margin). Used for errors, and for mismatches in excess of the
 * legacy side's own noise. O(1). Source: the betting form of arXiv 2010.09686.
 */
export function logExcessEvidence(counts: PairedCounts, marginMax: number): number {
  const even = counts.pairs - counts.candidateOnly - counts.legacyOnly;
  return logSumExp(
    BET_FRACTIONS.map((fraction) => {
      const bet = fraction / (1 - marginMax);
      return (
        -Math.log(BET_FRACTIONS.length) +
        counts.candidateOnly * Math.log1p(bet * (marginMax - 1)) +
        even * Math.log1p(bet * marginMax) +
        counts.legacyOnly * Math.log1p(bet * (marginMax + 1))
      );
    }),
  );
}
