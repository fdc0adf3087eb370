import type { ShownLine } from './lay-out-json.ts';

type Row = readonly [left: ShownLine | undefined, right: ShownLine | undefined];

// The table below has a cell for each pair of lines; this many take a few milliseconds.
const ALIGNED_MAX = 600;

/**
 * Lines side by side, equal ones on one row: the longest common subsequence, as in diff(1). What is
 * equal at both ends is set aside first; where more lines are left between than can be aligned,
 * they stand side by side as they come. O(n) on equal texts, at most 600 × 600 steps else.
 */
export function alignLines(left: readonly ShownLine[], right: readonly ShownLine[]): Row[] {
  const shorter = Math.min(left.length, right.length);
  let head = 0;
  while (head < shorter && isSame(left[head], right[head])) head += 1;
  let tail = 0;
  while (tail < shorter - head && isSame(left.at(-1 - tail), right.at(-1 - tail))) tail += 1;
  const between = alignMiddle(
    left.slice(head, left.length - tail),
    right.slice(head, right.length - tail),
  );
  const rowsOf = (from: number, count: number, ofRight: number): Row[] =>
    Array.from({ length: count }, (_, i) => [left[from + i], right[ofRight + i]] as const);
  return [
    ...rowsOf(0, head, 0),
    ...between,
    ...rowsOf(left.length - tail, tail, right.length - tail),
  ];
}

function isSame(a: ShownLine | undefined, b: ShownLine | undefined): boolean {
  return a?.same === b?.same;
}

function alignMiddle(left: readonly ShownLine[], right: readonly ShownLine[]): Row[] {
  if (left.length > ALIGNED_MAX || right.length > ALIGNED_MAX) {
    const rows = Math.max(left.length, right.length);
    return Array.from({ length: rows }, (_, i) => [left[i], right[i]] as const);
  }
  const common = commonLengths(left, right);
  const rows: Row[] = [];
  let [i, j] = [0, 0];
  while (i < left.length || j < right.length) {
    const isBoth = i < left.length && j < right.length;
    const isChanged = isBoth && at(common, i + 1, j + 1) === at(common, i, j);
    if (isBoth && (isSame(left[i], right[j]) || isChanged)) {
      rows.push([left[i], right[j]]);
      i += 1;
      j += 1;
    } else if (j >= right.length || (isBoth && at(common, i + 1, j) >= at(common, i, j + 1))) {
      rows.push([left[i], undefined]);
      i += 1;
    } else {
      rows.push([undefined, right[j]]);
      j += 1;
    }
  }
  return rows;
}

/** How many lines can be paired from (i, j) on. */
function commonLengths(left: readonly ShownLine[], right: readonly ShownLine[]): number[][] {
  const table = Array.from({ length: left.length + 1 }, () =>
    Array.from({ length: right.length + 1 }, () => 0),
  );
  for (let i = left.length - 1; i >= 0; i -= 1) {
    const cells = table[i] as number[];
    for (let j = right.length - 1; j >= 0; j -= 1) {
      cells[j] = isSame(left[i], right[j])
        ? at(table, i + 1, j + 1) + 1
        : Math.max(at(table, i + 1, j), at(table, i, j + 1));
    }
  }
  return table;
}

function at(table: readonly number[][], i: number, j: number): number {
  return table[i]?.[j] ?? 0;
}
