import { formatCounted, formatDuration } from '../../text/format.ts';
import { dataGate, measuredAgeMaxMs, passed, unless } from './data-gate.ts';

/** The way back was tried on the stores themselves, as they are now, and not long ago. */
export const reverseRehearsed = dataGate(
  {
    gate: 'reverse-rehearsed',
    title: 'reverse feed rehearsed',
    source: 'a rehearsal: `falsework data rehearse --execute`',
  },
  ({ rehearsal }, { now }) => {
    if (rehearsal === null) return null;
    const again = 'a new rehearsal: `falsework data rehearse --execute`';
    const ago = formatDuration(Math.max(0, now - rehearsal.at));
    if (rehearsal.voidBecause !== null) {
      return { detail: `void: ${rehearsal.voidBecause}`, is: 'hold', needs: again };
    }
    if (now >= rehearsal.expiresAt) {
      return { detail: `expired; it was ${ago} ago`, is: 'hold', needs: again };
    }
    return passed(`${ago} ago, rollback took ${formatDuration(rehearsal.rollbackMs)}`);
  },
);

/** Nothing waits on its way back to legacy, and the way is open. */
export const reverseDrained = dataGate(
  {
    gate: 'reverse-drained',
    title: 'reverse feed drained',
    source: 'the reverse feed running: `falsework data start`',
  },
  ({ reverse }) => {
    if (reverse === null) return null;
    const detail = formatCounted(reverse.lagRows, 'row');
    if (reverse.deadBecause !== null) {
      return {
        detail: `dead: ${reverse.deadBecause}`,
        is: 'fail',
        needs: 'the reverse feed alive again and drained to zero',
      };
    }
    return unless(reverse.lagRows === 0 ? null : 'the reverse feed to drain to zero', detail);
  },
);

/** Nothing that began on the old side is still under way there. */
export const workflowsEnded = dataGate(
  {
    gate: 'workflows-ended',
    title: 'no run of the old side is under way',
    source: 'a census: `data.workflows` in the configuration, or `none` if there are no such runs',
  },
  ({ workflows }, { policy, now }) => {
    if (workflows === null) return null;
    const { inFlight, countedAt } = workflows;
    const ageMs = now - countedAt;
    const detail = `${formatCounted(inFlight, 'run')} in flight`;
    if (ageMs > measuredAgeMaxMs(policy)) {
      const seen = `${detail} ${formatDuration(ageMs)} ago`;
      return { detail: seen, is: 'invalid', needs: 'a new census: `falsework data start`' };
    }
    return unless(inFlight === 0 ? null : `${formatCounted(inFlight, 'run')} ended`, detail);
  },
);

/** The store of the candidate takes writes, and legacy's refuses them. */
export const authorityMoved = dataGate(
  {
    gate: 'authority-moved',
    title: 'the candidate’s store takes the writes',
    source: 'the stores switched: `falsework data turnover --execute`',
  },
  ({ authority }) => {
    if (authority === 'candidate') return passed('it does');
    const detail = authority === null ? 'a switch is under way' : 'legacy’s store takes them';
    return unless('the stores switched: `falsework data turnover --execute`', detail);
  },
);
