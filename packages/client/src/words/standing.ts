import type { Instant } from '@falsework/core/ports';
import { formatCount, formatCounted, formatDuration, formatRate } from '@falsework/core/text';
import type { DecisionLine, MigrationStatus } from '../contract/index.ts';

const DAY_MS = 86_400_000;

/** The share in words: `internal and 10 %`. */
export function shareWords({ share }: Pick<MigrationStatus, 'share'>): string {
  return [...share.cohorts, formatRate(share.percent / 100)].join(' and ');
}

/** Where it stands, and since when: `shadow for 2 h`. */
export function standingWords(status: MigrationStatus, now: Instant): string {
  const since = formatDuration(now - status.stepSince);
  return status.stage === 'shift'
    ? `\`shift\` with ${shareWords(status)} served by the candidate, for ${since}`
    : `\`${status.stage}\` for ${since}`;
}

/** How far it is on its way to the date on which everything old is gone, and who owns it. */
export function dayWords(
  { startedAt, deleteBy, daysLeft, owner }: MigrationStatus,
  now: Instant,
): string {
  const days = Math.ceil((deleteBy - startedAt) / DAY_MS);
  if (daysLeft < 0) return `${formatCount(-daysLeft)} days over its end; ${owner} owns it`;
  return `day ${Math.floor((now - startedAt) / DAY_MS) + 1} of ${days}; ${owner} owns it`;
}

/** Who holds it, and why. */
export function holdWords({ by, reason }: NonNullable<MigrationStatus['hold']>): string {
  return `${by} holds it: ${reason}. Retreat stays possible.`;
}

/** What the evidence is evidence of. */
export function epochWords({ epoch }: Pick<MigrationStatus, 'epoch'>): string {
  const { ordinal, legacyBuild, candidateBuild, reason } = epoch;
  return `Evidence is of ${legacyBuild} against ${candidateBuild} (epoch ${ordinal}: ${reason}).`;
}

/** How many differences somebody answers for; the list of them follows. */
export function acceptedWords({ accepted }: Pick<MigrationStatus, 'accepted'>): string {
  const counted = formatCounted(accepted.length, 'accepted difference');
  return `What was seen is without ${counted} that somebody answers for:`;
}

/** Which store takes the writes, and whether the way back is open; nothing over a shared store. */
export function storeWords({ data }: Pick<MigrationStatus, 'data'>, now: Instant): string[] {
  if (data === null) return [];
  const { authority, reportedAt, rollbackUnsafe } = data;
  const ago = formatDuration(now - reportedAt);
  const takes =
    authority === null
      ? 'Neither store takes writes: a switch is under way'
      : `The store of ${authority} takes the writes`;
  const lines = [`${takes} (heard ${ago} ago).`];
  if (rollbackUnsafe !== null) lines.push(`Rollback is NOT safe: ${rollbackUnsafe}.`);
  return lines;
}

/** What comes next, who takes the step, and how many gates are between. */
export function nextWords(status: Pick<MigrationStatus, 'stage' | 'next'>): string {
  const { next } = status;
  if (!next) return 'This is its end: nothing comes next.';
  const share = shareWords(next);
  const step =
    next.stage === status.stage ? `raise the share to ${share}` : `enter \`${next.stage}\``;
  const who = next.isAutomatic ? 'It will' : 'A person may';
  const open = next.gates.filter((gate) => gate.status !== 'pass').length;
  const when =
    open === 0
      ? 'now: every gate passes'
      : `when ${open} of ${next.gates.length} gates pass that do not yet`;
  return `${who} ${step} ${when}`;
}

/** Where a decision leads, in words. */
export function decidedWords({ to }: Pick<DecisionLine, 'to'>): string {
  return `${to.stage}, ${formatRate(to.share.percent / 100)} served by the candidate`;
}

/** The time that is left, as people count it. */
export function daysLeftWords(daysLeft: number): string {
  return daysLeft <= 0 ? 'expired' : `${formatCounted(daysLeft, 'day')} left`;
}
