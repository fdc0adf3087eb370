import type { Instant } from '@falsework/core/ports';
import { formatCount, formatDuration } from '@falsework/core/text';
import type { MigrationStatus } from '../contract/index.ts';

/** How a migration is doing, in one word for a badge. */
export type Health = 'well' | 'waiting' | 'held' | 'trouble' | 'overdue';

/**
 * What a person should know before anything else: trouble first, then an overrun, then what waits
 * for somebody.
 */
export function healthOf(status: MigrationStatus): { readonly health: Health; words: string } {
  const gates = status.next?.gates ?? [];
  const bad = gates.find(({ status: is }) => is === 'fail' || is === 'invalid');
  if (status.data !== null && status.data.rollbackUnsafe !== null) {
    return { health: 'trouble', words: `Rollback is not safe: ${status.data.rollbackUnsafe}` };
  }
  if (status.daysLeft < 0 && status.stage !== 'strike') {
    const days = formatCount(-status.daysLeft);
    return { health: 'overdue', words: `${days} days over its end: legacy was to be gone` };
  }
  if (bad) return { health: 'trouble', words: `${bad.title}: ${bad.detail}` };
  if (status.hold) return { health: 'held', words: `On hold: ${status.hold.reason}` };
  if (gates.some((gate) => gate.status !== 'pass')) {
    return { health: 'waiting', words: 'Waiting for evidence' };
  }
  return { health: 'well', words: status.next ? 'Every gate passes' : 'Done' };
}

/** The first thing that is missing for the next step; `null` when nothing is. */
export function missingWords(status: MigrationStatus, now: Instant): string | null {
  const open = status.next?.gates.find((gate) => gate.status !== 'pass');
  if (!open) return null;
  // A gate that fails is not brought to pass by waiting.
  const isWaiting = open.gate === 'mismatch' && open.status === 'hold';
  const etaMs = isWaiting ? provenInMs(status, now) : null;
  const eta = etaMs === null ? '' : `, ${formatDuration(etaMs)} at this rate`;
  return `${open.title}: needs ${open.needs ?? open.detail}${eta}`;
}

/**
 * How long the comparisons that are still needed will take at the rate of the present step; `null`
 * when none are, or none come. The slowest stratum decides.
 */
export function provenInMs(
  { strata, stepSince }: Pick<MigrationStatus, 'strata' | 'stepSince'>,
  now: Instant,
): number | null {
  const elapsedMs = Math.max(1, now - stepSince);
  const open = strata.filter(({ stillNeeded }) => stillNeeded > 0);
  if (open.length === 0) return null;
  const times = open.map(({ stillNeeded, step }) => (stillNeeded * elapsedMs) / step.compared);
  const slowest = Math.max(...times);
  return Number.isFinite(slowest) ? slowest : null;
}
