import { isAlarming } from '../../evidence/alarm.ts';
import { logExcessEvidence } from '../../evidence/paired.ts';
import type { RateClaim } from '../../evidence/promote.ts';
import type { Counts } from '../../evidence/tally.ts';
import { compared, completed, differing, sampled } from '../../evidence/verdict.ts';
import { formatCount, formatCounted, formatDuration, formatRate } from '../../text/format.ts';
import type { Gate, GateInput } from '../gate.ts';
import { judgedStrata, judgeRate } from './strata.ts';
import { fail, hold, invalid, pass, worstOf } from './verdicts.ts';

/**
 * Answers are being compared, in every stratum that is judged, and were until just now. No traffic
 * is never a pass, and neither is traffic of last month: a step is taken while callers are there.
 */
export const strataSeen: Gate = (input) => {
  const title = 'answers are being compared';
  const strata = judgedStrata(input);
  const total = strata.reduce((sum, s) => sum + compared(s.counts.verdicts), 0);
  const waived = input.policy.strata.filter((rule) => rule.rateMax === null).length;
  const waivers = waived > 0 ? `, ${formatCounted(waived, 'waiver')} in the policy` : '';
  const inStrata = `${formatCount(strata.length)} ${strata.length === 1 ? 'stratum' : 'strata'}`;
  const said = { title, detail: `${formatCount(total)} in ${inStrata}${waivers}` };
  if (total === 0) return invalid('strata-seen', said, 'traffic through a seam');
  const idle = strata.find((s) => compared(s.counts.verdicts) === 0);
  if (idle) return hold('strata-seen', said, `comparisons on ${idle.name}`);
  const silentMs = input.now - Math.max(...strata.map((s) => s.view.lastAt));
  if (silentMs <= input.policy.staleAfterMs) return pass('strata-seen', said);
  return invalid('strata-seen', said, `traffic: the last was ${formatDuration(silentMs)} ago`);
};

/** The mismatch rate is below the limit, in every stratum, whenever one looks (EVIDENCE D1). */
export const mismatch: Gate = (input) => {
  const { rateMax } = input.policy.mismatch;
  return judgeRate(input, {
    gate: 'mismatch',
    title: `mismatch below ${formatRate(rateMax)} in every stratum`,
    hitWord: 'differ',
    trialWord: 'comparisons',
    trials: ({ verdicts }) => ({ trials: compared(verdicts), hits: differing(verdicts) }),
    rateMax: (stratum) => stratum.rule?.rateMax ?? rateMax,
    otherProof: isExcessProven,
  });
};

/**
 * The same claim about what the candidate adds to legacy's own noise, from the runs on which both
 * were looked at (EVIDENCE D4).
 */
function isExcessProven({ noise }: Counts, { rateMax, alpha }: RateClaim): boolean {
  const { pairs, candidateOnly, noiseOnly } = noise;
  const counts = { pairs, candidateOnly, legacyOnly: noiseOnly };
  return pairs > 0 && logExcessEvidence(counts, rateMax) >= -Math.log(alpha);
}

/** Not one difference in a critical class; under `money`, not one difference at all. */
export const critical: Gate = (input) => {
  const title = input.policy.money ? 'not one mismatch (money)' : 'no critical mismatch';
  const strata = judgedStrata(input);
  if (strata.length === 0) {
    return invalid('critical', { title, detail: 'no comparisons yet' }, 'comparisons');
  }
  const count = ({ critical: marked, verdicts }: Counts): number =>
    input.policy.money ? Math.max(marked, differing(verdicts)) : marked;
  const worst = strata.find((s) => count(s.counts) > 0);
  if (!worst) return pass('critical', { title, detail: 'none' });
  const detail = `${worst.name}: ${formatCount(count(worst.counts))}`;
  return fail(
    'critical',
    { title, detail },
    'a fixed candidate: the epoch of a new build starts clean',
  );
};

/**
 * Comparisons completed: timed-out and shed runs were never compared, and overload must not look
 * like equality.
 */
export const coverage: Gate = (input) => {
  const missedMax = 1 - input.policy.coverage.rateMin;
  return judgeRate(input, {
    gate: 'coverage',
    title: `at least ${formatRate(input.policy.coverage.rateMin)} of sampled runs compared`,
    hitWord: 'were shed or timed out',
    trialWord: 'sampled runs',
    trials: ({ verdicts }) => ({
      trials: sampled(verdicts),
      hits: sampled(verdicts) - completed(verdicts),
    }),
    rateMax: () => missedMax,
  });
};

/**
 * Differences that did not repeat stay rare. A candidate with a race would otherwise pass as noise.
 */
export const transient: Gate = (input) => {
  const { rateMax } = input.policy.transient;
  return judgeRate(input, {
    gate: 'transient',
    title: `differences that do not repeat below ${formatRate(rateMax)}`,
    hitWord: 'did not repeat',
    trialWord: 'comparisons',
    trials: ({ verdicts }) => ({ trials: compared(verdicts), hits: verdicts.transient }),
    rateMax: () => rateMax,
  });
};

/**
 * The candidate is not slower than the goal, pair by pair; a quantile goal turned into trials
 * (EVIDENCE D4).
 */
export const latency: Gate = (input) => {
  const { slowerRatioMax, slowerMsMax, pairsRateMin } = input.policy.latency;
  return judgeRate(input, {
    gate: 'latency',
    title: `no more than ${slowerMsMax} ms and ${formatRate(slowerRatioMax)} slower on ${formatRate(pairsRateMin)} of pairs`,
    hitWord: 'were slower',
    trialWord: 'timed pairs',
    trials: ({ latency: { pairs, slow } }) => ({ trials: pairs, hits: slow }),
    rateMax: () => 1 - pairsRateMin,
  });
};

/** The worst sustained window of the cycle keeps the limit too. */
export const worstWindow: Gate = (input) => {
  const { comparisons, cycleMs } = input.policy.window;
  const title = `worst ${formatCount(comparisons)} comparisons of the last ${formatDuration(cycleMs)}`;
  const results = judgedStrata(input).map((stratum) => {
    const rateMax = stratum.rule?.rateMax ?? input.policy.mismatch.rateMax;
    const window = stratum.view.worstWindow;
    if (window === null) {
      const detail = `${stratum.name}: fewer than ${formatCount(comparisons)} so far`;
      return hold('worst-window', { title, detail }, `a whole window on ${stratum.name}`);
    }
    const detail = `${stratum.name}: ${formatCount(window.hits)} of ${formatCount(window.trials)} differ`;
    if (window.hits / window.trials <= rateMax) return pass('worst-window', { title, detail });
    const leftMs = window.toAt + cycleMs - input.now;
    return hold(
      'worst-window',
      { title, detail },
      `${formatDuration(leftMs)} without such a window`,
    );
  });
  const none = { title, detail: 'no comparisons yet' };
  return worstOf(results) ?? invalid('worst-window', none, 'comparisons from real traffic');
};

/** Differences do not become more frequent. */
export const trend: Gate = (input: GateInput) => {
  const title = 'differences do not become more frequent';
  const strata = judgedStrata(input);
  if (strata.length === 0) {
    return invalid('trend', { title, detail: 'no comparisons yet' }, 'comparisons');
  }
  const rising = strata.find((s) => s.view.isRising);
  if (!rising) return pass('trend', { title, detail: 'flat' });
  return hold(
    'trend',
    { title, detail: `${rising.name}: rising` },
    'the cause of the rise, see diffs',
  );
};

/**
 * The regression alarm is silent: a candidate that got worse just now may still look proven by its
 * past.
 */
export const alarmQuiet: Gate = (input) => {
  const title = 'regression alarm is quiet';
  const { evidence, policy } = input;
  const settings = { rateOk: policy.mismatch.rateMax, threshold: policy.alarm.threshold };
  const strata = judgedStrata(input);
  if (strata.length === 0) {
    return invalid('alarm-quiet', { title, detail: 'nothing was watched yet' }, 'comparisons');
  }
  const loud =
    strata.find((s) => isAlarming(s.view.alarm, settings))?.name ??
    evidence.seams.find((seam) => isAlarming(seam.alarm, settings))?.seam;
  if (loud === undefined) return pass('alarm-quiet', { title, detail: 'quiet' });
  return fail(
    'alarm-quiet',
    { title, detail: `${loud}: alarming` },
    'a candidate without the regression',
  );
};
