import type { AcceptedDifference } from '@falsework/client/contract';
import { daysLeftWords } from '@falsework/client/words';
import type { painter } from '../terminal/terminal.ts';

type Paint = ReturnType<typeof painter>;

/**
 * Differences that somebody answers for, a line each: they stand in every report, because what is
 * accepted is out of sight. In its last week one is a warning, with what to do.
 */
export function acceptedLines(accepted: readonly AcceptedDifference[], paint: Paint): string[] {
  return accepted.flatMap((each) => {
    const { id, seam, template, owner, reason, isExpiring } = each;
    const what = `#${id.slice(0, 4)} ${seam} ${template}, ${daysLeftWords(each.daysLeft)}`;
    const line = `accepted ${what} (${dateOf(each)}), ${owner} owns it: ${reason}`;
    if (!isExpiring) return [`  ${line}`];
    const renew = `falsework diffs accept ${id.slice(0, 8)} --until <date> …`;
    return [
      `${paint('yellow', '!')} ${line}`,
      `    it counts as a difference again then: fix it, or renew it with \`${renew}\``,
    ];
  });
}

/** The day on which it ends, in UTC. */
function dateOf({ expiresAt }: Pick<AcceptedDifference, 'expiresAt'>): string {
  return `until ${new Date(expiresAt).toISOString().slice(0, 10)}`;
}
