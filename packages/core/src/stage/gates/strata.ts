import { type RateInterval, rateInterval } from '../../evidence/interval.ts';
import {
  alphaForRound,
  isProven,
  type RateClaim,
  type Trials,
  trialsStillNeeded,
} from '../../evidence/promote.ts';
import type { Counts } from '../../evidence/tally.ts';
import type { StratumView } from '../../evidence/view.ts';
import type { StratumRule } from '../../policy/policy.ts';
import { formatCount, formatRate } from '../../text/format.ts';
import type { GateInput, GateName, GateResult } from '../gate.ts';
import { fail, hold, invalid, pass, worstOf } from './verdicts.ts';

/** A stratum that must prove itself, with the counts that are to prove it. */
export interface JudgedStratum {
  readonly name: string;
  readonly view: StratumView;
  readonly counts: Counts;
  /** Its own rule, when the policy gives it one. */
  readonly rule: StratumRule | null;
}

/**
 * The strata that must each pass. While nothing is served by the candidate, the whole epoch counts;
 * from then on every step must earn itself again, because a candidate under more load is not the
 * candidate that was proven.
 */
export function judgedStrata({ state, evidence, policy }: GateInput): JudgedStratum[] {
  return evidence.strata.flatMap((view) => {
    const rule =
      policy.strata.find((r) => r.seam === view.seam && r.stratum === view.stratum) ?? null;
    if (rule?.rateMax === null) return [];
    const counts = state.stage === 'shadow' ? view.epoch : view.step;
    return [{ name: stratumName(view), view, counts, rule }];
  });
}

/**
 * How a stratum is shown: `GET /orders/{id}`, or `pricing.quote · gold` when there are several of a
 * seam.
 */
export function stratumName(view: Pick<StratumView, 'seam' | 'stratum'>): string {
  return view.stratum === '' ? view.seam : `${view.seam} · ${view.stratum}`;
}

/** The alpha that this attempt at the stage may still spend. */
export function alphaOf({ state, policy }: GateInput): number {
  return alphaForRound(1 - policy.mismatch.confidence, state.rounds[state.stage] ?? 1);
}

/** A claim that some rate is below a limit, in every stratum. */
export interface RateGate {
  readonly gate: GateName;
  readonly title: string;
  /** What a hit is called, for example `differ`. */
  readonly hitWord: string;
  /** What a trial is called in the plural, for example `comparisons`. */
  readonly trialWord: string;
  readonly trials: (counts: Counts) => Trials;
  readonly rateMax: (stratum: JudgedStratum) => number;
  /** Another proof of the same claim, asked when the counts alone do not prove it. */
  readonly otherProof?: (counts: Counts, proof: RateClaim) => boolean;
}

/**
 * Judges one rate in every stratum by the betting e-process; one stratum that is not proven holds
 * the gate.
 */
export function judgeRate(input: GateInput, claim: RateGate): GateResult {
  const alpha = alphaOf(input);
  const results = judgedStrata(input).map((stratum) => judgeStratum(stratum, claim, alpha));
  const said = { title: claim.title, detail: `no ${claim.trialWord} yet` };
  return worstOf(results) ?? invalid(claim.gate, said, `${claim.trialWord} from real traffic`);
}

function judgeStratum(stratum: JudgedStratum, claim: RateGate, alpha: number): GateResult {
  const counts = claim.trials(stratum.counts);
  const rateMax = claim.rateMax(stratum);
  const { low, high } = rateInterval(counts, rateMax, alpha);
  const detail = describe(stratum.name, counts, claim.hitWord, { low, high }, alpha);
  const said = { title: claim.title, detail };
  if (isProven(counts, { rateMax, alpha })) return pass(claim.gate, said);
  if (claim.otherProof?.(stratum.counts, { rateMax, alpha })) {
    return pass(claim.gate, {
      ...said,
      detail: `${said.detail}; in excess of legacy's own noise: proven`,
    });
  }
  if (low > rateMax) {
    return fail(claim.gate, said, `fewer than ${formatRate(rateMax)} that ${claim.hitWord}`);
  }
  const more = formatCount(trialsStillNeeded(counts, { rateMax, alpha }));
  return hold(
    claim.gate,
    said,
    `about ${more} more ${claim.trialWord} on ${stratum.name} for ${formatRate(rateMax)}`,
  );
}

function describe(
  name: string,
  { trials, hits }: Trials,
  hitWord: string,
  { low, high }: RateInterval,
  alpha: number,
): string {
  const confidence = formatRate(1 - alpha);
  const bound =
    low > 0 && hits > 0
      ? `${formatRate(low)} to ${formatRate(high)}`
      : `at most ${formatRate(high)}`;
  return `${name}: ${formatCount(hits)} of ${formatCount(trials)} ${hitWord}, ${bound} with ${confidence} confidence`;
}
