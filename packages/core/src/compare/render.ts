import { formatCount } from '../text/index.ts';
import type { Comparison, Difference, StopReason } from './comparison.ts';
import { cut } from './values/cut.ts';

// What fits on one line of a terminal stays on one line; values that do not go onto a second, cut
// to its width.
const LINE_LENGTH_MAX = 100;
const PATH_LENGTH_MAX = 40;

const UNQUOTED_KINDS: readonly string[] = ['string', 'pattern', 'instant', 'date'];

const STOPS: Readonly<Record<StopReason, string>> = {
  depth: 'parts are nested deeper than the depth limit and were not compared',
  nodes: 'the limit of compared values was reached',
  differences: 'the walk ended after ten thousand differences',
  failure: 'the comparison itself failed',
};

/**
 * A comparison as text for a terminal or a failing test: a line or two for each difference that was
 * kept.
 *
 * ```ts
 * const comparison = comparator.json('{"tax":10.005}', '{"tax":10.00}');
 * renderComparison(comparison); // $.tax   number  10.005 → 10.00
 * ```
 */
export function renderComparison(comparison: Comparison): string {
  const { differences, differenceCount, result, stop, failure } = comparison;
  const lines = differences.flatMap((difference) => renderDifference(difference, differences));
  if (differences.length === 0) lines.push(result);
  const more = differenceCount - differences.length;
  if (more > 0) lines.push(`and ${formatCount(more)} more`);
  if (stop !== undefined)
    lines.push(`${STOPS[stop]}${failure === undefined ? '' : `: ${failure}`}`);
  return lines.join('\n');
}

function renderDifference(difference: Difference, all: readonly Difference[]): string[] {
  const pathWidth = Math.min(PATH_LENGTH_MAX, Math.max(...all.map(({ path }) => path.length)));
  const kindWidth = Math.max(...all.map(({ kind }) => kind.length));
  const head = `${difference.path.padEnd(pathWidth)}   ${difference.kind.padEnd(kindWidth)}`;
  const isText = UNQUOTED_KINDS.includes(difference.kind);
  const [legacy, candidate] = [difference.legacy, difference.candidate].map((side) =>
    isText ? unquoted(side) : side,
  ) as [string, string];
  const line = `${head}  ${legacy} → ${candidate}`;
  if (line.length <= LINE_LENGTH_MAX) return [line];
  const sideMax = Math.floor((LINE_LENGTH_MAX - '    '.length - ' → '.length) / 2);
  return [head.trimEnd(), `    ${cut(legacy, sideMax)} → ${cut(candidate, sideMax)}`];
}

/**
 * Quotes around a string say nothing when the kind says it is one, unless blanks would vanish
 * without them.
 */
function unquoted(text: string): string {
  const inner = text.slice(1, -1);
  const isPlain = text.startsWith('"') && text.endsWith('"') && !inner.includes('\\');
  return isPlain && inner !== '' && inner.trim() === inner ? inner : text;
}
