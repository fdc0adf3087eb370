import type { MigrationStatus } from '@falsework/client/contract';
import type { Instant } from '@falsework/core/ports';
import { formatCount, formatCounted, formatDuration, formatRate } from '@falsework/core/text';
import type { painter } from '../terminal/terminal.ts';
import { acceptedLines } from './accepted.ts';
import { checklist } from './checklist.ts';

const DAY_MS = 86_400_000;

/**
 * In words: where a migration stands, since when, what exactly is missing for the next step, and
 * what undo costs.
 */
export function explain(
  status: MigrationStatus,
  now: Instant,
  paint: ReturnType<typeof painter>,
): string[] {
  const since = formatDuration(now - status.stepSince);
  const standing =
    status.stage === 'shift'
      ? `\`shift\` with ${shareWords(status)} served by the candidate, for ${since}`
      : `\`${status.stage}\` for ${since}`;
  const lines = [`${paint('bold', status.name)} is in ${standing}, ${dayWords(status, now)}.`];
  if (status.hold) {
    lines.push(`${status.hold.by} holds it: ${status.hold.reason}. Retreat stays possible.`);
  }
  const { ordinal, legacyBuild, candidateBuild, reason } = status.epoch;
  lines.push(
    `Evidence is of ${legacyBuild} against ${candidateBuild} (epoch ${ordinal}: ${reason}).`,
  );
  if (status.accepted.length > 0) {
    const counted = formatCounted(status.accepted.length, 'accepted difference');
    lines.push(`What was seen is without ${counted} that somebody answers for:`);
    lines.push(...acceptedLines(status.accepted, paint));
  }
  lines.push(...storeWords(status, now), ...nextWords(status, paint), ...undoWords(status));
  return lines;
}

/** Which store takes the writes, and whether the way back is open; nothing over a shared store. */
function storeWords({ data }: MigrationStatus, now: Instant): string[] {
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

/** The share in words: `internal and 10 %`. */
export function shareWords({ share }: Pick<MigrationStatus, 'share'>): string {
  return [...share.cohorts, formatRate(share.percent / 100)].join(' and ');
}

function dayWords({ startedAt, deleteBy, daysLeft, owner }: MigrationStatus, now: Instant): string {
  const days = Math.ceil((deleteBy - startedAt) / DAY_MS);
  if (daysLeft < 0) return `${formatCount(-daysLeft)} days over its end; ${owner} owns it`;
  return `day ${Math.floor((now - startedAt) / DAY_MS) + 1} of ${days}; ${owner} owns it`;
}

function nextWords(status: MigrationStatus, paint: ReturnType<typeof painter>): string[] {
  const { next } = status;
  if (!next) return ['This is its end: nothing comes next.'];
  const share = shareWords(next);
  const step =
    next.stage === status.stage ? `raise the share to ${share}` : `enter \`${next.stage}\``;
  const who = next.isAutomatic ? 'It will' : 'A person may';
  const open = next.gates.filter((gate) => gate.status !== 'pass').length;
  const when =
    open === 0
      ? 'now: every gate passes'
      : `when ${open} of ${next.gates.length} gates pass that do not yet`;
  return [`${who} ${step} ${when}`, ...checklist(next.gates, paint)];
}

function undoWords({ undo }: MigrationStatus): string[] {
  const [nearest] = [...undo].reverse();
  if (!nearest) return [];
  return [`Undo from here is ${nearest.words}. \`falsework rollback ${nearest.to}\``];
}
