import type { StoredPair } from '@falsework/core/evidence';

const COLUMN = 56;

/**
 * Both texts of a pair in two columns, differing lines marked. JSON is laid out first, its keys in
 * one order, so that only what differs looks different.
 */
export function sideBySide({ format, legacy, candidate }: StoredPair): string[] {
  const [left, right] = [legacy, candidate].map((text) => linesOf(text, format));
  const rows: string[] = [row('legacy', 'candidate', ' ')];
  for (const [a, b] of aligned(left ?? [], right ?? [])) {
    rows.push(row(a ?? '', b ?? '', a === b ? ' ' : '≠'));
  }
  return rows;
}

function row(left: string, right: string, mark: string): string {
  return `${mark} ${cut(left).padEnd(COLUMN)} ${cut(right)}`.trimEnd();
}

function cut(line: string): string {
  return line.length > COLUMN ? `${line.slice(0, COLUMN - 1)}…` : line;
}

function linesOf(text: string, format: StoredPair['format']): string[] {
  if (format === 'text') return text.split('\n');
  try {
    return JSON.stringify(sorted(JSON.parse(text)), null, 2).split('\n');
  } catch {
    // One side may have answered something that is no JSON: that is the difference then.
    return text.split('\n');
  }
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, each]) => [key, sorted(each)]));
}

type Aligned = readonly [left: string | undefined, right: string | undefined];

// Beyond this many lines a full alignment costs more than it shows.
const ALIGNED_MAX = 400;

/** Lines side by side, equal ones on one row: the longest common subsequence, as in diff(1). */
function aligned(left: readonly string[], right: readonly string[]): Aligned[] {
  if (left.length > ALIGNED_MAX || right.length > ALIGNED_MAX) {
    const rows = Math.max(left.length, right.length);
    return Array.from({ length: rows }, (_, i) => [left[i], right[i]] as const);
  }
  const common = commonLengths(left, right);
  const rows: Aligned[] = [];
  let [i, j] = [0, 0];
  while (i < left.length || j < right.length) {
    const isBoth = i < left.length && j < right.length;
    if (isBoth && left[i] === right[j]) rows.push([left[i++], right[j++]]);
    else if (isBoth && at(common, i + 1, j + 1) === at(common, i, j))
      rows.push([left[i++], right[j++]]);
    else if (j >= right.length || (i < left.length && at(common, i + 1, j) >= at(common, i, j + 1)))
      rows.push([left[i++], undefined]);
    else rows.push([undefined, right[j++]]);
  }
  return rows;
}

function commonLengths(left: readonly string[], right: readonly string[]): number[][] {
  const table = Array.from({ length: left.length + 1 }, () =>
    Array.from({ length: right.length + 1 }, () => 0),
  );
  for (let i = left.length - 1; i >= 0; i -= 1) {
    for (let j = right.length - 1; j >= 0; j -= 1) {
      const same = left[i] === right[j];
      const cell = same
        ? at(table, i + 1, j + 1) + 1
        : Math.max(at(table, i + 1, j), at(table, i, j + 1));
      (table[i] as number[])[j] = cell;
    }
  }
  return table;
}

function at(table: readonly number[][], i: number, j: number): number {
  return table[i]?.[j] ?? 0;
}
