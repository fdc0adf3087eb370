import { formatCount, formatCounted, formatDuration } from '../../text/format.ts';
import { dataGate, passed, unless } from './data-gate.ts';

// A drain further behind than this is not keeping up; the bound of DESIGN section 3.
const DRAIN_LAG_MS_MAX = 5_000;

/** Capture is installed, has been seen to report a write, and nothing has passed it by. */
export const captureProven = dataGate(
  {
    gate: 'capture-proven',
    title: 'capture is seen working',
    source: 'capture, and one write seen to come out of it: `falsework data start`',
  },
  ({ capture }) => {
    if (capture === null || capture.provenAt === null) return null;
    if (capture.bypassed === 0) return passed('proven');
    const detail = `${formatCounted(capture.bypassed, 'write')} passed it by`;
    const needs = 'the writer that passes capture by found, and a new backfill of its tables';
    return { detail, is: 'fail', needs };
  },
);

/**
 * Dual write was on before the backfill's cutoff: otherwise rows written between them are in
 * neither.
 */
export const captureBeforeBackfill = dataGate(
  {
    gate: 'capture-before-backfill',
    title: 'dual write is on before the cutoff',
    source: 'capture: `falsework data start`',
  },
  ({ capture, backfill }) => {
    if (capture === null || capture.provenAt === null) return null;
    if (backfill === null || capture.provenAt <= backfill.cutoffAt) return passed('in order');
    return unless('a new backfill, started after capture', 'the cutoff came first');
  },
);

/** The follower is not far behind. */
export const drainLag = dataGate(
  {
    gate: 'drain-lag',
    title: `drain lag under ${formatDuration(DRAIN_LAG_MS_MAX)}`,
    source: 'the drain running: `falsework data start`',
  },
  ({ drain }) => {
    if (drain === null) return null;
    const needs = drain.lagMs <= DRAIN_LAG_MS_MAX ? null : 'the drain to catch up';
    return unless(needs, formatDuration(drain.lagMs));
  },
);

/** Every row that was there before is copied, and what was written meanwhile has been applied. */
export const backfillComplete = dataGate(
  {
    gate: 'backfill-complete',
    title: 'backfill complete',
    source: 'a backfill: `falsework data backfill`',
  },
  ({ backfill }) => {
    if (backfill === null) return null;
    const { rowsCopied, rowsTotal } = backfill;
    const detail = `${formatCount(rowsCopied)} of ${formatCounted(rowsTotal, 'row')}`;
    if (!backfill.isComplete) {
      const left = Math.max(0, rowsTotal - rowsCopied);
      return unless(left > 0 ? `${formatCounted(left, 'row')} more` : 'its last chunk', detail);
    }
    const needs = backfill.isDrainedPastCutoff ? null : 'the outbox drained past the cutoff';
    return unless(needs, detail);
  },
);
