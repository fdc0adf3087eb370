import type { PairRow } from '@falsework/client/words';

/** A row of a side-by-side view, or how many equal ones are passed over. */
export type FoldedRow =
  | (PairRow & { readonly key: number })
  | { readonly equal: number; readonly key: number };

// Equal lines before and after one that differs: enough to see what it belongs to.
const AROUND = 3;

/** The rows with long equal stretches counted instead of shown. O(rows). */
export function folded(rows: readonly PairRow[]): FoldedRow[] {
  const isNear = new Uint8Array(rows.length);
  rows.forEach(({ isDifferent }, i) => {
    if (isDifferent) isNear.fill(1, Math.max(0, i - AROUND), i + AROUND + 1);
  });
  const shown: FoldedRow[] = [];
  let equal = 0;
  rows.forEach((row, key) => {
    if (isNear[key] === 0) {
      equal += 1;
      return;
    }
    if (equal > 0) shown.push({ equal, key: key - equal });
    equal = 0;
    shown.push({ ...row, key });
  });
  if (equal > 0) shown.push({ equal, key: rows.length - equal });
  return shown;
}
