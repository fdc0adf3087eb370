import type { AcceptedCause } from '../evidence/acceptance.ts';
import { trialsStillNeeded } from '../evidence/promote.ts';
import type { Policy, ShadowPolicy, StratumRule } from '../policy/policy.ts';
import type { Instant } from '../ports/clock.ts';
import type { Stage, Topology } from '../stage/stages.ts';
import type { MigrationState } from '../stage/state.ts';
import type { StratumNeed } from './strata-sampler.ts';

/**
 * The versioned routing state that a plane caches. Everything a plane needs in order to route, and
 * nothing else.
 */
export interface Snapshot {
  readonly migration: string;
  /** Grows with every decision. A plane never goes back to a lower one. */
  readonly version: number;
  readonly issuedAt: Instant;
  readonly stage: Stage;
  readonly topology: Topology;
  readonly percent: number;
  /**
   * The keys of every cohort that the present step names. They are served by the candidate whatever
   * their bucket.
   */
  readonly cohortKeys: readonly string[];
  /**
   * Decides which keys fall into which bucket. Fixed for a migration, so that keys stay where they
   * are.
   */
  readonly salt: string;
  readonly epoch: number;
  readonly step: number;
  /** Causes of differences that count as accepted. */
  readonly accepted: readonly AcceptedCause[];
  readonly shadow: ShadowPolicy;
  readonly latency: Policy['latency'];
  /**
   * Strata with needs of their own; those that are not listed need what every one does. Left out
   * when there are none.
   */
  readonly strata?: readonly StratumNeed[] | undefined;
  readonly alarm: { readonly rateOk: number; readonly threshold: number };
}

/** The snapshot of a state. `cohorts` gives the keys of each named cohort. */
export function snapshotOf(
  state: MigrationState,
  policy: Policy,
  cohorts: Readonly<Record<string, readonly string[]>>,
  now: Instant,
): Snapshot {
  const strata = policy.strata.map((rule) => needOf(rule, policy));
  return {
    migration: state.name,
    version: state.version,
    issuedAt: now,
    stage: state.stage,
    topology: state.topology,
    percent: state.share.percent,
    cohortKeys: state.share.cohorts.flatMap((name) => cohorts[name] ?? []),
    salt: state.name,
    epoch: state.epoch.ordinal,
    step: state.step,
    accepted: state.accepted.map(({ seam, id, shapes }) => ({ seam, id, shapes })),
    shadow: policy.shadow,
    latency: policy.latency,
    ...(strata.length > 0 ? { strata } : {}),
    alarm: { rateOk: policy.mismatch.rateMax, threshold: policy.alarm.threshold },
  };
}

/** What a rule of a policy makes a stratum need: proof of its own limit, or none. */
function needOf({ seam, stratum, rateMax }: StratumRule, { mismatch }: Policy): StratumNeed {
  const alpha = 1 - mismatch.confidence;
  const comparisons =
    rateMax === null ? 0 : trialsStillNeeded({ trials: 0, hits: 0 }, { rateMax, alpha });
  return { seam, stratum, sample: null, comparisons };
}
