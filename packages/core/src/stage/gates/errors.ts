import { logRegressionEvidence } from '../../evidence/paired.ts';
import { sampled } from '../../evidence/verdict.ts';
import type { SeamView } from '../../evidence/view.ts';
import { formatCount } from '../../text/format.ts';
import type { Gate, GateInput, GateResult } from '../gate.ts';
import { alphaOf, type JudgedStratum, judgedStrata } from './strata.ts';
import { fail, hold, invalid, pass, worstOf } from './verdicts.ts';

// Served failures allowed beyond the ratio, so that a single one on a quiet day is not a verdict.
const SERVED_FAILURES_SLACK = 5;

/**
 * The candidate does not fail more than `ratioMax` times as often as legacy, nor more often than
 * its hourly budget. Paired runs judge where there are any; what the candidate served to callers
 * counts too, since writes have no pair.
 */
export const errors: Gate = (input) => {
  const { ratioMax, perHourMax } = input.policy.errors;
  const title = `candidate errors at most ${ratioMax} × legacy's and ${formatCount(perHourMax)} an hour`;
  const results = [
    ...judgedStrata(input).map((stratum) => paired(input, title, stratum)),
    ...input.evidence.seams.map((seam) => served(input, title, seam)),
  ];
  const none = { title, detail: 'nothing was run on both sides yet' };
  return worstOf(results) ?? invalid('errors', none, 'comparisons from real traffic');
};

function paired(input: GateInput, title: string, stratum: JudgedStratum): GateResult {
  const { verdicts } = stratum.counts;
  const candidate = verdicts.candidate_error + verdicts.both_error;
  const legacy = verdicts.legacy_error + verdicts.both_error;
  const detail = `${stratum.name}: candidate ${formatCount(candidate)}, legacy ${formatCount(legacy)}`;
  const evidence = logRegressionEvidence({
    pairs: sampled(verdicts),
    candidateOnly: verdicts.candidate_error,
    legacyOnly: verdicts.legacy_error,
  });
  const isWorse = evidence >= -Math.log(alphaOf(input));
  if (!isWorse || candidate <= input.policy.errors.ratioMax * legacy) {
    return pass('errors', { title, detail });
  }
  return fail('errors', { title, detail }, 'a candidate that fails no more often than legacy');
}

function served(input: GateInput, title: string, view: SeamView): GateResult {
  const { ratioMax, perHourMax } = input.policy.errors;
  const { legacy, candidate } = view.step;
  if (view.candidateFailuresLastHour > perHourMax) {
    const detail = `${view.seam}: ${formatCount(view.candidateFailuresLastHour)} in the last hour`;
    return hold('errors', { title, detail }, 'an hour within the budget');
  }
  const detail = `${view.seam}: candidate failed ${formatCount(candidate.failures)} of ${formatCount(candidate.requests)} served`;
  const legacyRate = legacy.requests === 0 ? 0 : legacy.failures / legacy.requests;
  const allowed = ratioMax * legacyRate * candidate.requests + SERVED_FAILURES_SLACK;
  if (candidate.failures <= allowed) return pass('errors', { title, detail });
  return fail('errors', { title, detail }, 'a candidate that fails no more often than legacy');
}
