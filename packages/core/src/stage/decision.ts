import type { EvidenceView } from '../evidence/view.ts';
import type { Policy, ShareStep } from '../policy/policy.ts';
import type { Instant } from '../ports/clock.ts';
import type { MigrationEvent } from './event.ts';
import type { GateResult } from './gate.ts';
import type { Refusal } from './refusal.ts';
import type { Stage } from './stages.ts';
import type { MigrationState } from './state.ts';

/** What a decision did. */
export type Action =
  | 'kickoff'
  | 'enter'
  | 'ramp'
  | 'retreat'
  | 'rollback'
  | 'epoch'
  | 'approve'
  | 'hold'
  | 'resume'
  | 'accept'
  | 'reopen';

/** Where a migration stands, as far as traffic is concerned. */
export interface Standing {
  readonly stage: Stage;
  readonly share: ShareStep;
}

/** One line of the decision log: who or what, from, to, and the evidence it rested on. */
export interface Decision {
  readonly migration: string;
  /** Counts from 1 without gaps. */
  readonly sequence: number;
  readonly at: Instant;
  readonly by: string;
  readonly action: Action;
  readonly from: Standing | null;
  readonly to: Standing;
  /** One line for people. */
  readonly because: string;
  readonly gates: readonly GateResult[];
  /**
   * What `decide` was given, so that replaying the log rebuilds the state. `null` where nothing was
   * looked at.
   */
  readonly event: MigrationEvent;
  readonly evidence: EvidenceView | null;
  readonly policy: Policy;
}

/** What is to be done because of a decision. The controller does it; `decide` only says so. */
export type Effect =
  | { readonly effect: 'publish-snapshot'; readonly version: number }
  | {
      readonly effect: 'notify';
      readonly severity: 'info' | 'incident';
      readonly text: string;
    };

/** A decision with what follows from it, or a refusal that changed nothing. */
export type Outcome =
  | {
      readonly next: MigrationState;
      readonly decision: Decision;
      readonly effects: readonly Effect[];
    }
  | { readonly refused: Refusal };

/** What `decide` may look at besides the state and the event. */
export interface DecisionInput {
  readonly now: Instant;
  readonly evidence: EvidenceView;
  readonly policy: Policy;
}
