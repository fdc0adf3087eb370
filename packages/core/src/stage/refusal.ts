import type { GateResult } from './gate.ts';

/** Why a step was refused. Permanent: scripts match on it. */
export type RefusalCode =
  | 'gates-not-passed'
  | 'stage-skipped'
  | 'not-forward'
  | 'not-earlier'
  | 'on-hold'
  | 'not-on-hold'
  | 'waits-for-person'
  | 'approved-already'
  | 'nothing-to-approve'
  | 'undo-impossible'
  | 'undo-needs-data'
  | 'legacy-unhealthy'
  | 'finished'
  | 'not-started'
  | 'started-already'
  | 'accepted-already'
  | 'not-accepted'
  | 'never-accepted'
  | 'expiry-past'
  | 'expiry-too-far'
  | 'nothing-changed';

/**
 * A step that was not taken. A value, never a throw: nothing was changed, and it says what is
 * missing.
 */
export interface Refusal {
  readonly code: RefusalCode;
  /** What was refused and why, in words. */
  readonly message: string;
  /** What to do next. */
  readonly action: string;
  /** The gates that did not pass; empty when it was not about evidence. */
  readonly missing: readonly GateResult[];
}

/** Builds a refusal. */
export function refuse(
  code: RefusalCode,
  message: string,
  action: string,
  missing: readonly GateResult[] = [],
): { readonly refused: Refusal } {
  return { refused: { code, message: `${message} Nothing was changed.`, action, missing } };
}
