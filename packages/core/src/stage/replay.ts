import { NO_EVIDENCE } from '../evidence/view.ts';
import { decide } from './decide.ts';
import type { Decision } from './decision.ts';
import type { MigrationState } from './state.ts';

/** The state that a decision log leads to, or the first line at which it does not hold together. */
export type Replayed =
  | { readonly state: MigrationState | null }
  | { readonly brokenAt: number; readonly because: string };

/**
 * Decides everything again from the log's own inputs. The state is what the log says, or the log is
 * not to be trusted: a line that would be refused today, or would lead elsewhere, is named.
 * O(decisions).
 */
export function replay(log: readonly Decision[]): Replayed {
  let state: MigrationState | null = null;
  for (const line of log) {
    const expected = (state?.version ?? 0) + 1;
    if (line.sequence !== expected) {
      return { brokenAt: line.sequence, because: `line ${expected} is missing` };
    }
    const input = { now: line.at, evidence: line.evidence ?? NO_EVIDENCE, policy: line.policy };
    const outcome = decide(state, line.event, input);
    if ('refused' in outcome) return { brokenAt: line.sequence, because: outcome.refused.message };
    const { to } = outcome.decision;
    if (to.stage !== line.to.stage || to.share.percent !== line.to.share.percent) {
      const because = `it leads to ${to.stage} at ${to.share.percent} %, the log says ${line.to.stage} at ${line.to.share.percent} %`;
      return { brokenAt: line.sequence, because };
    }
    state = outcome.next;
  }
  return { state };
}
