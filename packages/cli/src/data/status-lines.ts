import type { DataReport } from '@falsework/core/evidence';
import type { Instant } from '@falsework/core/ports';
import { formatCount, formatCounted, formatDuration, formatList } from '@falsework/core/text';

/** A report in words, a line for each part; what was never measured says so. */
export function statusLines(report: DataReport, now: Instant): string[] {
  const ago = (at: Instant): string => `${formatDuration(Math.max(0, now - at))} ago`;
  const { capture, drain, backfill, divergence, reverse, rehearsal, workflows, invariants } =
    report;
  const part = <T>(name: string, value: T | null, words: (value: T) => string): string =>
    `${name.padEnd(11)} ${value === null ? 'not measured' : words(value)}`;
  return [
    part('authority', report.authority, (side) => `the store of ${side} takes the writes`),
    part('capture', capture, ({ provenAt, bypassed }) => {
      if (provenAt === null) return 'never seen working';
      const passed = bypassed === 0 ? 'nothing' : formatCounted(bypassed, 'write');
      return `seen working ${ago(provenAt)}, ${passed} passed it by`;
    }),
    part('drain', drain, ({ lagMs, lagRows, deadLetters }) => {
      const behind = `${formatCounted(lagRows, 'change')} and ${formatDuration(lagMs)} behind`;
      return deadLetters === 0 ? behind : `${behind}, ${formatCounted(deadLetters, 'dead letter')}`;
    }),
    part('backfill', backfill, ({ rowsCopied, rowsTotal, isComplete, isDrainedPastCutoff }) => {
      const rows = `${formatCount(rowsCopied)} of ${formatCounted(rowsTotal, 'row')}`;
      if (!isComplete) return rows;
      return isDrainedPastCutoff ? `${rows}, complete` : `${rows}, drain not past the cutoff`;
    }),
    part('divergence', divergence, (one) => {
      const { rows, verifiedThrough, canariesFound, canariesPlanted } = one;
      const canaries = `${canariesFound} of ${canariesPlanted} planted faults found`;
      const verified =
        verifiedThrough === null ? 'never whole' : `verified through ${ago(verifiedThrough)}`;
      return `${formatCounted(rows, 'row')}, ${verified}, ${canaries}`;
    }),
    part('reverse', reverse, ({ lagRows, deadBecause }) =>
      deadBecause === null
        ? `alive, ${formatCounted(lagRows, 'change')} wait`
        : `DEAD: ${deadBecause}`,
    ),
    part('rehearsal', rehearsal, ({ at, rollbackMs, expiresAt, voidBecause }) => {
      if (voidBecause !== null) return `void: ${voidBecause}`;
      if (expiresAt <= now) return `expired; it was ${ago(at)}`;
      return `${ago(at)}, rollback took ${formatDuration(rollbackMs)}, valid for ${formatDuration(expiresAt - now)}`;
    }),
    part('workflows', workflows, ({ inFlight, countedAt }) => {
      return `${formatCounted(inFlight, 'run')} in flight, counted ${ago(countedAt)}`;
    }),
    part('invariants', invariants, ({ total, unequal, evaluatedAt }) => {
      if (total === 0) return 'none declared';
      const words = unequal.length === 0 ? `all ${total} agree` : `${formatList(unequal)} differ`;
      return `${words}, evaluated ${ago(evaluatedAt)}`;
    }),
  ];
}
