import { formatCounted, formatDuration } from '@falsework/core/text';
import type { GuardReport } from './guard-report.ts';

/** What there is to say of writes to two stores, what needs a person first. */
export function writeLines({
  writes,
  stopped,
}: Partial<Pick<GuardReport, 'writes' | 'stopped'>>): string[] {
  const lines = (stopped ?? []).map(
    ({ route, because }) =>
      `stopped: the shadows of ${route}, until a person resumes them: ${because}`,
  );
  if (!writes) return lines;
  const { blocks, ready, lagMs, inDoubt } = writes.debts;
  if (blocks !== null) lines.push(`${blocks} See falsework writes`);
  if (ready + inDoubt > 0) {
    const lag = ready === 0 ? '' : `, the oldest for ${formatDuration(lagMs)}`;
    lines.push(`${formatCounted(ready + inDoubt, 'write')} on the way to the candidate${lag}`);
  }
  return lines;
}
