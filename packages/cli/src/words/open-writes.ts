import { formatCounted, formatDuration } from '@falsework/core/text';
import type { Debt, OpenWrites } from '@falsework/guard';
import { columns } from '../terminal/columns.ts';

/** What stands open at a guard, as people read it. */
export function openWritesLines(open: OpenWrites, now: number): string[] {
  const { writes, debts, stopped } = open;
  const rows = columns(
    debts.map((debt) => [
      `  #${debt.sequence}`,
      debt.state,
      debt.route,
      debt.key ?? '(no key)',
      `for ${formatDuration(Math.max(0, now - debt.since))}`,
      whyOf(debt),
    ]),
    { right: [0] },
  );
  const more = countOf(open) - debts.length;
  return [
    summaryOf(open),
    ...rows,
    ...(more > 0 ? [`  and ${formatCounted(more, 'more write')}`] : []),
    ...stopped.map(({ route, at, because }) => {
      const since = formatDuration(Math.max(0, now - at));
      return `  stopped for ${since}: shadows of ${route}: ${because}`;
    }),
    ...(writes !== null && writes.journal.removalFault !== null
      ? [`  the journal cannot remove what is over: ${writes.journal.removalFault}`]
      : []),
  ];
}

/** Everything that a person must know of one write to decide about it. */
export function debtLines(debt: Debt): string[] {
  const { waiting: count } = debt;
  const wait = count === 1 ? 'waits' : 'wait';
  const waiting = count === 0 ? [] : [`  ${writesWords(count)} behind it ${wait} for it`];
  const repeated = debt.repeatedBy.map((sequence) => `#${sequence}`).join(', ');
  return [
    `#${debt.sequence} ${debt.route}, ${debt.state}: ${whyOf(debt)}`,
    `  entity ${debt.key ?? '(no key)'}, Idempotency-Key ${debt.idempotencyKey}`,
    `  sent ${new Date(debt.at).toISOString()}`,
    ...waiting,
    ...(repeated === '' ? [] : [`  its caller has repeated it: ${repeated}`]),
  ];
}

function summaryOf(open: OpenWrites): string {
  const { writes, stopped } = open;
  if (writes === null) return 'No route is followed.';
  const { ready, inDoubt, lagMs } = writes.debts;
  const lag = ready === 0 ? '' : ` (the oldest for ${formatDuration(lagMs)})`;
  const parts = [
    needWords(countOf(open)),
    `${ready} on the way to the follower${lag}`,
    `${inDoubt} under way or in doubt`,
    ...(stopped.length === 0
      ? []
      : [`shadows of ${formatCounted(stopped.length, 'route')} stopped`]),
  ];
  return `${parts.join(', ')}.`;
}

function countOf({ writes }: OpenWrites): number {
  return (writes?.debts.byRoute ?? []).reduce((sum, { count }) => sum + count, 0);
}

function needWords(count: number): string {
  if (count === 0) return 'No write needs a person';
  return `${writesWords(count)} ${count === 1 ? 'needs' : 'need'} a person`;
}

function writesWords(count: number): string {
  return formatCounted(count, 'write');
}

function whyOf({ state, attempts, because }: Debt): string {
  if (state === 'listed') return `nobody knows whether the authority has it: ${because}`;
  return `the follower did not take it in ${formatCounted(attempts, 'attempt')}: ${because}`;
}
