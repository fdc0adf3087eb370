import type { Policy } from './policy.ts';

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;
const DAY = 24 * HOUR;

/** The policy of a migration that sets none; DESIGN section 8, from practice. */
export const DEFAULT_POLICY: Policy = {
  mismatch: { rateMax: 1e-4, confidence: 0.95 },
  coverage: { rateMin: 0.99 },
  transient: { rateMax: 1e-2 },
  window: { comparisons: 10_000, cycleMs: DAY },
  latency: { slowerRatioMax: 0.2, slowerMsMax: 5, pairsRateMin: 0.99 },
  errors: { ratioMax: 2, perHourMax: 50 },
  alarm: { threshold: 1e9 },
  shadow: {
    sample: 0.1,
    noiseSample: 0.02,
    timeoutMs: 100,
    queueMax: 1_024,
    concurrency: 4,
    recheckAfterMs: 250,
  },
  ramp: {
    steps: [1, 5, 10, 25, 50, 100].map((percent) => ({ percent, cohorts: [] })),
    holdMs: HOUR,
  },
  soakMs: DAY,
  burnInMs: DAY,
  legacySilenceMs: 7 * DAY,
  staleAfterMs: 60 * SECOND,
  automatic: ['shadow', 'shift'],
  approvals: { seal: 1, strike: 1 },
  strata: [],
  money: false,
};

/**
 * What `money: true` makes of a policy: the claim stays, and beside it not one mismatch is allowed.
 */
export function strictForMoney(policy: Policy): Policy {
  return {
    ...policy,
    money: true,
    approvals: { ...policy.approvals, turnover: 2, seal: Math.max(2, policy.approvals.seal ?? 0) },
    // A waiver lets something unproven through; for a ledger there is none.
    strata: policy.strata.filter((rule) => rule.rateMax !== null),
  };
}
