import { DEFAULT_POLICY } from '@falsework/core/policy';
import { STAGES, type Stage } from '@falsework/core/stage';
import { z } from 'zod';
import { durationText, parsePercent, parseRatio } from '../units/index.ts';
import { leaf, section, textLeaf, whole } from './leaf.ts';
import {
  confidence,
  line,
  number,
  provableRate,
  share,
  slug,
  timer,
  timerOrNone,
  wait,
} from './scalars.ts';

const D = DEFAULT_POLICY;

/** A rung as it was read: a share of everybody, or a cohort by name. */
export type ParsedRung = { readonly percent: number } | { readonly cohort: string };

const rung = leaf<ParsedRung>({
  expects: "a percentage from above 0 to 100, or a cohort's name",
  parse: (value) => {
    const percent = parsePercent(value);
    if (percent !== undefined) return percent > 0 ? { percent } : undefined;
    return slug.safeParse(value).success ? { cohort: String(value) } : undefined;
  },
});

const ratio = leaf({
  expects: 'a ratio from 0 to 10, such as 0.2 or "20%"',
  parse: (value) => {
    const parsed = parseRatio(value);
    return parsed !== undefined && parsed <= 10 ? parsed : undefined;
  },
});

const count = (what: string, max: number) =>
  whole(`${what}: a whole number from 1 to ${max}`, { min: 1, max });

const names = count('a number of names', 10);

const enterable = STAGES.map((row) => row.stage).filter((stage) => stage !== 'inert');

const stage = z.enum(enterable as [Stage, ...Stage[]], {
  error: `a stage: ${enterable.join(', ')}`,
});

// A seam of the guard is named by its route, so its name may be as long as a pattern.
const SEAM_LENGTH_MAX = 1_024;

const seamName = textLeaf({
  expects: 'the name of a seam, or the route that is one',
  parse: (value) => {
    const text = String(value).trim();
    return text !== '' && text.length <= SEAM_LENGTH_MAX ? text.replaceAll(/\s+/g, ' ') : undefined;
  },
});

const stratum = section(
  {
    seam: seamName,
    stratum: z.string({ error: 'the name of a stratum' }).max(SEAM_LENGTH_MAX).prefault(''),
    rateMax: provableRate
      .nullable()
      .describe('Its own limit on the mismatch rate; null waives the proof'),
    reason: line('who allows it and why'),
  },
  'a rule { seam, stratum, rateMax, reason }',
);

const comparison = {
  mismatch: section(
    {
      rateMax: provableRate.prefault(D.mismatch.rateMax),
      confidence: confidence.prefault(D.mismatch.confidence),
    },
    '{ rateMax, confidence }',
  ).prefault({}),
  coverage: section({ rateMin: provableRate.prefault(D.coverage.rateMin) }, '{ rateMin }').prefault(
    {},
  ),
  transient: section(
    { rateMax: provableRate.prefault(D.transient.rateMax) },
    '{ rateMax }',
  ).prefault({}),
  window: section(
    {
      comparisons: count('a number of comparisons', 1e9).prefault(D.window.comparisons),
      cycle: wait.prefault(durationText(D.window.cycleMs)),
    },
    '{ comparisons, cycle }',
  ).prefault({}),
  latency: section(
    {
      slowerRatioMax: ratio.prefault(D.latency.slowerRatioMax),
      slowerMax: timerOrNone.prefault(durationText(D.latency.slowerMsMax)),
      pairsRateMin: provableRate.prefault(D.latency.pairsRateMin),
    },
    '{ slowerRatioMax, slowerMax, pairsRateMin }',
  ).prefault({}),
  errors: section(
    {
      ratioMax: number('a ratio of 1 or more', (n) => n >= 1 && n <= 1e6).prefault(
        D.errors.ratioMax,
      ),
      perHourMax: number('a number of errors from 0 to a million', (n) => n >= 0 && n <= 1e6)
        .prefault(D.errors.perHourMax)
        .describe('The budget of candidate errors'),
    },
    '{ ratioMax, perHourMax }',
  ).prefault({}),
  alarm: section(
    {
      threshold: number(
        'the mean number of observations between false alarms, from 1000 to 1e15',
        (n) => n >= 1_000 && n <= 1e15,
      ).prefault(D.alarm.threshold),
    },
    '{ threshold }',
  ).prefault({}),
};

const shadow = section(
  {
    sample: share.prefault(D.shadow.sample).describe('Share of calls compared'),
    noiseSample: share
      .prefault(D.shadow.noiseSample)
      .describe('Share of compared calls on which legacy is also compared with itself'),
    timeout: timer.prefault(durationText(D.shadow.timeoutMs)),
    queueMax: count('a number of waiting shadows', 1e6).prefault(D.shadow.queueMax),
    concurrency: count('a number of shadows at once', 1e4).prefault(D.shadow.concurrency),
    recheckAfter: timerOrNone
      .prefault(durationText(D.shadow.recheckAfterMs))
      .describe('Pause before a difference is looked at once more; 0 means no second look'),
  },
  '{ sample, noiseSample, timeout, queueMax, concurrency, recheckAfter }',
).prefault({});

const DEFAULT_RUNGS = D.ramp.steps.map((step) => step.percent);

/** What must be proven, and how fast to go: core's `Policy` as people write it. */
export const policySchema = section(
  {
    ...comparison,
    shadow,
    ramp: z
      .array(rung, { error: 'a list of percentages and cohorts' })
      .min(1, { error: 'at least one percentage, 100' })
      .max(100, { error: 'at most 100 rungs' })
      .prefault(DEFAULT_RUNGS)
      .describe('Cohorts and strictly rising percentages, ending at 100'),
    rampHold: wait.prefault(durationText(D.ramp.holdMs)).describe('How long each rung is held'),
    soak: wait.prefault(durationText(D.soakMs)).describe('How long shadow lasts at least'),
    burnIn: wait.prefault(durationText(D.burnInMs)).describe('How long 100 % lasts at least'),
    legacySilence: wait
      .prefault(durationText(D.legacySilenceMs))
      .describe('How long legacy is silent before it is struck'),
    staleAfter: wait
      .prefault(durationText(D.staleAfterMs))
      .describe('Evidence, health and planes older than this are no evidence'),
    automatic: z
      .array(stage, { error: 'a list of stages' })
      .prefault([...D.automatic])
      .describe('Stages that the loop may enter by itself'),
    approvals: section(
      {
        turnover: names.optional(),
        seal: names.optional(),
        strike: names.optional(),
      },
      'a number of names by stage: turnover, seal, strike',
    )
      .prefault({})
      .describe('Names needed before a stage is entered: 1, and 2 at turnover and seal of money'),
    strata: z
      .array(stratum, { error: 'a list of rules' })
      .prefault([])
      .describe('Strata too rare for the common limit, each with a reason'),
  },
  'a policy',
);

export type PolicySection = z.output<typeof policySchema>;
