import type { EvidenceView } from '../evidence/view.ts';
import type { Policy } from '../policy/policy.ts';
import type { Instant } from '../ports/clock.ts';
import type { Stage } from './stages.ts';
import type { MigrationState } from './state.ts';

/** The permanent name of a gate. */
export type GateName =
  | 'planes-live'
  | 'candidate-health'
  | 'strata-seen'
  | 'mismatch'
  | 'critical'
  | 'coverage'
  | 'worst-window'
  | 'trend'
  | 'alarm-quiet'
  | 'transient'
  | 'noise'
  | 'errors'
  | 'latency'
  | 'soak'
  | 'ramp-hold'
  | 'full-share'
  | 'burn-in'
  | 'rollback-rehearsed'
  | 'approval'
  | 'legacy-silent'
  | 'legacy-code'
  | 'capture-proven'
  | 'capture-before-backfill'
  | 'drain-lag'
  | 'backfill-complete'
  | 'divergence-zero'
  | 'reverse-rehearsed'
  | 'reverse-drained'
  | 'canaries-found'
  | 'dead-letters'
  | 'invariants-equal'
  | 'workflows-ended'
  | 'authority-moved'
  | 'writes-settled';

/**
 * What a gate says. `hold`: not yet, and this is what is missing. `fail`: the evidence speaks
 * against it. `invalid`: there is no evidence to judge by, which is never a pass.
 */
export type GateStatus = 'pass' | 'hold' | 'fail' | 'invalid';

/** A gate's answer, in words that the CLI, the console and the decision log all show. */
export interface GateResult {
  readonly gate: GateName;
  readonly status: GateStatus;
  /** What the gate looks at, for example `mismatch below 0.01 %`. */
  readonly title: string;
  /** What it saw, for example `31 of 12,408 differ`. */
  readonly detail: string;
  /** What is missing, in words; `null` when it passes. */
  readonly needs: string | null;
}

/** Everything a gate may look at. */
export interface GateInput {
  readonly state: MigrationState;
  /** The stage that is to be entered; the current one for a rung of the ramp. */
  readonly target: Stage;
  readonly evidence: EvidenceView;
  readonly policy: Policy;
  readonly now: Instant;
}

/** A named condition on evidence. Pure. */
export type Gate = (input: GateInput) => GateResult;
