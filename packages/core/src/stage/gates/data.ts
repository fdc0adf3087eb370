import type { DataEvidence } from '../../evidence/view.ts';
import type { Policy } from '../../policy/policy.ts';
import type { Instant } from '../../ports/clock.ts';
import { formatCount, formatCounted, formatDuration } from '../../text/format.ts';
import type { Gate, GateName } from '../gate.ts';
import { hold, invalid, pass } from './verdicts.ts';

// A drain further behind than this is not keeping up; the bound of DESIGN section 3.
const DRAIN_LAG_MS_MAX = 5_000;

/**
 * What the data side shows for one gate: nothing missing, or what is; `null` when it was not
 * measured.
 */
type Shown = { readonly detail: string; readonly needs: string | null } | null;
type Judge = (data: DataEvidence, at: { readonly policy: Policy; readonly now: Instant }) => Shown;

/**
 * A gate on the data side. While the data side reports nothing it is invalid, whatever it is about.
 */
function dataGate(gate: GateName, title: string, judge: Judge): Gate {
  return ({ evidence: { data }, policy, now }) => {
    const shown = data === null ? null : judge(data, { policy, now });
    if (shown === null) {
      return invalid(gate, { title, detail: 'not measured' }, 'evidence from the data side');
    }
    const said = { title, detail: shown.detail };
    return shown.needs === null ? pass(gate, said) : hold(gate, said, shown.needs);
  };
}

const passed = (detail: string): Shown => ({ detail, needs: null });

/** Capture is installed and has been seen to catch a write. */
export const captureProven = dataGate(
  'capture-proven',
  'capture is seen working',
  ({ captureProvenAt }) => (captureProvenAt === null ? null : passed('proven')),
);

/**
 * Dual write was on before the backfill's cutoff: otherwise rows written between them are in
 * neither.
 */
export const captureBeforeBackfill = dataGate(
  'capture-before-backfill',
  'dual write is on before the cutoff',
  ({ captureProvenAt, backfillCutoffAt }) => {
    if (captureProvenAt === null) return null;
    if (backfillCutoffAt === null || captureProvenAt < backfillCutoffAt) return passed('in order');
    return { detail: 'the cutoff came first', needs: 'a new backfill, started after capture' };
  },
);

/** The follower is not far behind. */
export const drainLag = dataGate(
  'drain-lag',
  `drain lag under ${formatDuration(DRAIN_LAG_MS_MAX)}`,
  ({ drainLagMs }) => {
    if (drainLagMs === null) return null;
    const detail = formatDuration(drainLagMs);
    return { detail, needs: drainLagMs <= DRAIN_LAG_MS_MAX ? null : 'the drain to catch up' };
  },
);

/** Every row that was there before is copied. */
export const backfillComplete = dataGate(
  'backfill-complete',
  'backfill complete',
  ({ rowsCopied, rowsTotal }) => {
    if (rowsCopied === null || rowsTotal === null) return null;
    const detail = `${formatCount(rowsCopied)} of ${formatCounted(rowsTotal, 'row')}`;
    if (rowsCopied >= rowsTotal) return passed(detail);
    return { detail, needs: `${formatCounted(rowsTotal - rowsCopied, 'row')} more` };
  },
);

/**
 * The stores have agreed on every row for the burn-in. Not a sampling claim: a ledger tolerates
 * nothing.
 */
export const divergenceZero = dataGate(
  'divergence-zero',
  'no divergent row for the burn-in',
  ({ divergentRows, divergenceZeroSince }, { policy, now }) => {
    if (divergentRows === null) return null;
    const detail = `${formatCounted(divergentRows, 'divergent row')}`;
    if (divergentRows > 0 || divergenceZeroSince === null) {
      return { detail, needs: 'the divergent rows repaired; the clock then starts again' };
    }
    const leftMs = policy.burnInMs - (now - divergenceZeroSince);
    return leftMs <= 0
      ? passed(detail)
      : { detail, needs: `${formatDuration(leftMs)} more at zero` };
  },
);

/** The way back was rehearsed on real traffic. */
export const reverseRehearsed = dataGate(
  'reverse-rehearsed',
  'reverse feed rehearsed',
  ({ reverseRehearsedAt }) => (reverseRehearsedAt === null ? null : passed('rehearsed')),
);

/** Nothing waits on its way back to legacy. */
export const reverseDrained = dataGate(
  'reverse-drained',
  'reverse feed drained',
  ({ reverseLagRows }) => {
    if (reverseLagRows === null) return null;
    const detail = formatCounted(reverseLagRows, 'row');
    return { detail, needs: reverseLagRows === 0 ? null : 'the reverse feed to drain to zero' };
  },
);
