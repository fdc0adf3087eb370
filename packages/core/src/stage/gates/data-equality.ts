import { formatCounted, formatDuration, formatList } from '../../text/format.ts';
import { dataGate, measuredAgeMaxMs, passed, unless } from './data-gate.ts';

/**
 * The stores have agreed on every row for the burn-in, and somebody has looked of late. Not a
 * sampling claim: a ledger tolerates nothing.
 */
export const divergenceZero = dataGate(
  {
    gate: 'divergence-zero',
    title: 'no divergent row for the burn-in',
    source: 'a whole pass of comparing: `falsework data reconcile`',
  },
  ({ divergence }, { policy, now }) => {
    if (divergence === null || divergence.verifiedThrough === null) return null;
    const detail = formatCounted(divergence.rows, 'divergent row');
    if (divergence.rows > 0 || divergence.zeroSince === null) {
      return unless('the divergent rows repaired; the clock then starts again', detail);
    }
    const ageMs = now - divergence.verifiedThrough;
    if (ageMs > measuredAgeMaxMs(policy)) {
      const seen = `${detail}, but ${formatDuration(ageMs)} ago`;
      return { detail: seen, is: 'invalid', needs: 'a new pass: `falsework data reconcile`' };
    }
    const leftMs = policy.burnInMs - (now - divergence.zeroSince);
    return unless(leftMs <= 0 ? null : `${formatDuration(leftMs)} more at zero`, detail);
  },
);

/** The last pass found every fault that was planted for it: one that finds none proves nothing. */
export const canariesFound = dataGate(
  {
    gate: 'canaries-found',
    title: 'planted faults are found',
    source: 'a pass with planted faults: `falsework data reconcile`',
  },
  ({ divergence }) => {
    if (divergence === null || divergence.canariesPlanted === 0) return null;
    const { canariesFound: found, canariesPlanted: planted } = divergence;
    const detail = `${found} of ${planted} in the last pass`;
    if (found >= planted) return passed(detail);
    return { detail, is: 'fail', needs: 'a pass that finds every planted fault; this one is void' };
  },
);

/** No row waits for somebody to look at it. */
export const deadLetters = dataGate(
  {
    gate: 'dead-letters',
    title: 'no row was refused by the follower',
    source: 'the drain running: `falsework data start`',
  },
  ({ drain }) => {
    if (drain === null) return null;
    const { deadLetters: rows } = drain;
    const needs = 'the mapping or the row put right; it is then tried again by itself';
    return unless(rows === 0 ? null : needs, formatCounted(rows, 'refused row'));
  },
);

/** Statements of the business give the same on both stores. */
export const invariantsEqual = dataGate(
  {
    gate: 'invariants-equal',
    title: 'business invariants agree',
    source: 'the invariants evaluated: `falsework data reconcile`',
  },
  ({ invariants }, { policy, now }) => {
    if (invariants === null) return null;
    const { total, unequal, evaluatedAt } = invariants;
    // Somebody who declares none has said so in the configuration; it is shown, and it is no proof.
    if (total === 0) return passed('none declared');
    if (unequal.length > 0) {
      const detail = `${unequal.length} of ${total} differ`;
      return { detail, is: 'fail', needs: `${formatList(unequal)} equal on both stores` };
    }
    const ageMs = now - evaluatedAt;
    if (ageMs > measuredAgeMaxMs(policy)) {
      const detail = `all ${total} agreed ${formatDuration(ageMs)} ago`;
      return { detail, is: 'invalid', needs: 'them evaluated again: `falsework data reconcile`' };
    }
    return passed(`all ${total} agree`);
  },
);
