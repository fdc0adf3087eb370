import type { Acceptance } from '../evidence/acceptance.ts';
import type { Epoch } from '../evidence/epoch.ts';
import type { ShareStep } from '../policy/policy.ts';
import type { Instant } from '../ports/clock.ts';
import type { Stage, Topology } from './stages.ts';

/** A person's word that a stage may be entered. */
export interface Approval {
  readonly by: string;
  readonly for: Stage;
  readonly at: Instant;
}

/** A person's word that nothing may move forward. Retreat stays possible. */
export interface Hold {
  readonly by: string;
  readonly reason: string;
  readonly at: Instant;
}

/** The whole state of a migration: what replaying its decision log rebuilds. */
export interface MigrationState {
  readonly name: string;
  readonly owner: string;
  readonly topology: Topology;
  readonly startedAt: Instant;
  /** The date on which everything old is to be gone, as an instant. */
  readonly deleteBy: Instant;
  readonly stage: Stage;
  readonly stageSince: Instant;
  readonly share: ShareStep;
  /** The rung of the ramp, counted from 0; -1 outside `shift`. */
  readonly rung: number;
  /** Grows by one with every change of stage or share; evidence is kept per step. */
  readonly step: number;
  readonly stepSince: Instant;
  readonly epoch: Epoch;
  /** How many epochs have tried each stage: the price of trying again, in alpha. */
  readonly rounds: Readonly<Partial<Record<Stage, number>>>;
  readonly approvals: readonly Approval[];
  readonly hold: Hold | null;
  /** Differences that somebody answers for, until they expire. */
  readonly accepted: readonly Acceptance[];
  /** The last time traffic really went back to legacy; `null` when that was never exercised. */
  readonly rolledBackAt: Instant | null;
  /** How often Falsework retreated by itself. */
  readonly retreats: number;
  /**
   * The sequence number of the decision that led here, and the version of the snapshot that planes
   * route by.
   */
  readonly version: number;
}
