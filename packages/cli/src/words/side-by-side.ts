import { pairRows } from '@falsework/client/words';
import type { StoredPair } from '@falsework/core/evidence';
import { formatCounted } from '@falsework/core/text';

const COLUMN = 56;
/** Equal lines shown before and after one that differs. */
const AROUND = 3;
/** Characters shown of a long line before the place where it begins to differ. */
const LEAD = 16;

/**
 * Both texts of a pair in two columns, differing lines marked. JSON is laid out first, its members
 * in one order, so that only what differs looks different. Long stretches without a difference are
 * counted instead of shown.
 */
export function sideBySide(pair: StoredPair): string[] {
  const rows = pairRows(pair);
  const differs = rows.map(({ isDifferent }) => isDifferent);
  const isShown = (i: number): boolean =>
    differs.slice(Math.max(0, i - AROUND), i + AROUND + 1).includes(true);
  const shown: string[] = [row('legacy', 'candidate', false)];
  let passedOver = 0;
  const countPassedOver = (): void => {
    if (passedOver > 0) shown.push(`  … ${formatCounted(passedOver, 'equal line')}`);
    passedOver = 0;
  };
  rows.forEach(({ legacy, candidate, isDifferent }, i) => {
    if (!isShown(i)) {
      passedOver += 1;
      return;
    }
    countPassedOver();
    shown.push(row(legacy, candidate, isDifferent));
  });
  countPassedOver();
  return shown;
}

function row(left: string, right: string, isDifferent: boolean): string {
  const from = isDifferent ? Math.max(0, firstDifference(left, right) - LEAD) : 0;
  const mark = isDifferent ? '≠' : ' ';
  return `${mark} ${cut(left, from).padEnd(COLUMN)} ${cut(right, from)}`.trimEnd();
}

function firstDifference(left: string, right: string): number {
  let at = 0;
  while (at < left.length && left[at] === right[at]) at += 1;
  return at;
}

/** As much of a line as fits, and with a long one the place where it differs. */
function cut(line: string, from: number): string {
  const isWhole = line.length <= COLUMN;
  const rest = isWhole || from === 0 ? line : `…${line.slice(from)}`;
  return rest.length > COLUMN ? `${rest.slice(0, COLUMN - 1)}…` : rest;
}
