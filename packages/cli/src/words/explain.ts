import type { MigrationStatus } from '@falsework/client/contract';
import {
  acceptedWords,
  dayWords,
  epochWords,
  holdWords,
  nextWords,
  standingWords,
  storeWords,
} from '@falsework/client/words';
import type { Instant } from '@falsework/core/ports';
import type { painter } from '../terminal/terminal.ts';
import { acceptedLines } from './accepted.ts';
import { checklist } from './checklist.ts';

/**
 * In words: where a migration stands, since when, what exactly is missing for the next step, and
 * what undo costs.
 */
export function explain(
  status: MigrationStatus,
  now: Instant,
  paint: ReturnType<typeof painter>,
): string[] {
  const { name, hold } = status;
  const standing = standingWords(status, now);
  const lines = [`${paint('bold', name)} is in ${standing}, ${dayWords(status, now)}.`];
  if (hold) lines.push(holdWords(hold));
  lines.push(epochWords(status));
  if (status.accepted.length > 0) {
    lines.push(acceptedWords(status));
    lines.push(...acceptedLines(status.accepted, paint));
  }
  lines.push(...storeWords(status, now), nextWords(status));
  if (status.next) lines.push(...checklist(status.next.gates, paint));
  lines.push(...undoWords(status));
  return lines;
}

function undoWords({ undo }: MigrationStatus): string[] {
  const [nearest] = [...undo].reverse();
  if (!nearest) return [];
  return [`Undo from here is ${nearest.words}. \`falsework rollback ${nearest.to}\``];
}
