import { DEFAULT_POLICY } from '@falsework/core/policy';
import type { Snapshot } from '@falsework/core/routing';

const BEFORE_CONTROL = {
  migration: '',
  version: 0,
  issuedAt: 0,
  topology: 'shared',
  percent: 0,
  accepted: [],
  cohortKeys: [],
  salt: '',
  latency: DEFAULT_POLICY.latency,
  alarm: { rateOk: DEFAULT_POLICY.mismatch.rateMax, threshold: DEFAULT_POLICY.alarm.threshold },
} as const satisfies Partial<Snapshot>;

/**
 * How a plane routes that has a control but has not heard from it yet: everything to legacy,
 * nothing compared. A restart must never default forward.
 */
export const INERT_SNAPSHOT: Snapshot = Object.freeze({
  ...BEFORE_CONTROL,
  stage: 'inert',
  epoch: 0,
  step: 0,
  shadow: DEFAULT_POLICY.shadow,
});

/**
 * How a plane routes that has no control: legacy serves, and every call is compared. A policy
 * samples one call in ten; here somebody tries a seam and wants to see counts, and the limits on
 * queue, concurrency and time bound the cost.
 */
export const STANDALONE_SNAPSHOT: Snapshot = Object.freeze({
  ...BEFORE_CONTROL,
  stage: 'shadow',
  epoch: 1,
  step: 1,
  shadow: { ...DEFAULT_POLICY.shadow, sample: 1 },
});
