import { formatCount, formatCounted, formatRate } from '@falsework/core/text';
import { noiseLines, type ShedReason, shedWords } from '@falsework/seam/engine';
import type { GuardReport } from './guard-report.ts';
import type { CauseReport, RouteReport } from './route-report.ts';
import { statusLines } from './status-lines.ts';

/**
 * How much of a report is shown: by default what fits a terminal without scrolling. The rest is in
 * the data.
 */
export interface TextOptions {
  readonly routesMax?: number;
  readonly causesMax?: number;
}

const ROUTES_MAX = 20;
const CAUSES_MAX = 3;
const UNPROVEN_MAX = 5;
const SHORT_ID_LENGTH = 4;

/**
 * A report as people read it: what is served, a row for each route with its causes, then what went
 * wrong.
 */
export function reportText(report: GuardReport, options: TextOptions = {}): string {
  const { routesMax = ROUTES_MAX, causesMax = CAUSES_MAX } = options;
  const shown = report.routes.slice(0, routesMax);
  const rows = table(shown.map((route) => cellsOf(route)));
  const lines = shown.flatMap((route, i) => [
    rows[i] ?? '',
    ...causeLines(route.causes, causesMax),
    ...noiseLines(route.noise).map((line) => `  ${line}`),
    ...losses(route),
  ]);
  const more = report.routes.length - shown.length;
  if (more > 0) lines.push(`and ${formatCounted(more, 'more route')}`);
  return [servingText(report), ...lines, ...notes(report)].join('\n');
}

function servingText({ stage, percent, sample, unproven }: GuardReport): string {
  const compared = `${formatRate(sample)} of reads`;
  const serving =
    stage === 'inert'
      ? 'serving legacy, comparing nothing yet.'
      : stage === 'shadow'
        ? `serving legacy, shadowing reads to candidate (${formatRate(sample)}).`
        : `stage ${stage}: serving ${formatCount(percent)} % from candidate, comparing ${compared}.`;
  const writes = unproven.filter(({ because }) => because === 'write').length;
  if (writes === 0) return serving;
  const where = stage === 'inert' || stage === 'shadow' ? 'go to legacy only' : 'are not compared';
  return `${serving} Writes ${where}: ${formatCounted(writes, 'write route')} ${writes === 1 ? 'is' : 'are'} unproven.`;
}

/** The cells of one row, in fixed columns: a blank one keeps the others in place. */
function cellsOf(route: RouteReport): string[] {
  const { seam, compared, causes, latency } = route;
  const { legacy, candidate } = latency;
  const isTimed = candidate.p99Ms !== null;
  return [
    seam,
    `${formatCount(compared)} compared`,
    standing(route) + (causes.length > 0 ? `, ${formatCounted(causes.length, 'cause')}` : ''),
    isTimed ? `p99 ${ms(legacy.p99Ms)} → ${ms(candidate.p99Ms)} ms` : '',
  ];
}

/** What the counts say, and what is still missing before they prove anything. */
function standing({ compared, differing, claim }: RouteReport): string {
  if (compared === 0) return '';
  const differ = differing > 0 ? `${formatRate(differing / compared)} differ` : 'none differ';
  if (claim.moreNeeded === 0) return `${differ}, proven below ${formatRate(claim.rateMax)}`;
  // How much more would be needed is no question while differences are there to be looked at.
  if (differing > 0) return differ;
  const more = formatCount(Number(claim.moreNeeded.toPrecision(3)));
  return `not enough yet: about ${more} more for ${formatRate(claim.rateMax)}`;
}

/** What was chosen and says nothing about equality, on a line of its own. */
function losses({ verdicts, shed, conditional, early, credentials }: RouteReport): string[] {
  const parts = [
    counted(verdicts.timeout, 'timed out'),
    counted(verdicts.both_error, 'failed on both sides'),
    counted(verdicts.transient, 'did not repeat'),
    counted(early, 'asked before the route was known'),
    counted(conditional, 'left out: answered by what the caller has'),
    counted(credentials, 'left out: with credentials'),
    ...(Object.keys(shed) as ShedReason[]).map((reason) =>
      counted(shed[reason], `shed: ${shedWords(reason)}`),
    ),
  ].filter((part) => part !== '');
  return parts.length === 0 ? [] : [`  ${parts.join(' · ')}`];
}

function counted(count: number, words: string): string {
  return count === 0 ? '' : `${formatCount(count)} ${words}`;
}

function causeLines(causes: readonly CauseReport[], max: number): string[] {
  const shown = causes.slice(0, max);
  const rows = table(
    shown.map(({ id, count, template, kind, legacy, candidate }) => [
      `  #${id.slice(0, SHORT_ID_LENGTH)}`,
      `${formatCount(count)}×`,
      template,
      kind,
      `${unquoted(legacy)} → ${unquoted(candidate)}`,
    ]),
  );
  const more = causes.length - shown.length;
  return more > 0 ? [...rows, `  and ${formatCounted(more, 'more cause')}`] : rows;
}

function notes(report: GuardReport): string[] {
  const { sides, retreat, fallbacks, unproven, faults, credentials } = report;
  const lines = [...sides.legacy.words, ...sides.candidate.words];
  lines.push(...statusLines(report.statuses ?? []));
  if (fallbacks > 0) {
    lines.push(`${formatCounted(fallbacks, 'read')} answered by legacy after the candidate failed`);
  }
  if (credentials > 0) {
    const reads = formatCounted(credentials, 'read');
    lines.push(
      `${reads} with credentials not compared: --shadow-credentials lets shadows carry them`,
    );
  }
  if (retreat !== null) {
    lines.push(`went back to legacy by itself at ${retreat.seam}: ${retreat.because}`);
  }
  const shown = unproven.slice(0, UNPROVEN_MAX);
  if (shown.length > 0) {
    const each = shown.map(({ route, requests }) => `${route} ${formatCount(requests)}`);
    const more = unproven.length - shown.length;
    lines.push(
      `unproven: ${each.join(' · ')}${more > 0 ? ` · and ${formatCount(more)} more` : ''}`,
    );
  }
  if (faults > 0) lines.push(`${formatCounted(faults, 'internal fault')}, kept from callers`);
  return [...lines, callersText(report)];
}

/** What callers noticed: what the side that serves them did, and nothing else. */
function callersText({ stage, failed, fallbacks }: GuardReport): string {
  const byCandidate = failed.candidate - fallbacks;
  const failures = [
    ...(failed.legacy > 0 ? [`legacy failed ${formatCounted(failed.legacy, 'request')}`] : []),
    ...(byCandidate > 0 ? [`candidate failed ${formatCounted(byCandidate, 'request')}`] : []),
  ];
  const isLegacyServing = stage === 'inert' || stage === 'shadow';
  const summary = isLegacyServing ? 'unchanged' : failures.length === 0 ? 'no failures' : '';
  return `callers: ${[summary, ...failures].filter((words) => words !== '').join('; ')}.`;
}

/**
 * Columns as wide as their widest cell, three blanks apart; columns without a cell are left out.
 */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, cell.length);
  }
  return rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .filter((_cell, i) => (widths[i] ?? 0) > 0)
      .join('   ')
      .trimEnd(),
  );
}

/**
 * Quotes around a text say nothing here, unless without them it could be taken for something else.
 */
function unquoted(text: string): string {
  const inner = text.slice(1, -1);
  const isPlain = /^".*"$/.test(text) && /^[^\s"\\](?:[^"\\]*[^\s"\\])?$/.test(inner);
  const isAmbiguous = /^(?:-?\d+(?:\.\d+)?|true|false|null|undefined|absent)$/.test(inner);
  return isPlain && !isAmbiguous ? inner : text;
}

/** Two digits are what people compare: 3.1, 18, 240. */
function ms(value: number | null): string {
  if (value === null) return '-';
  return value < 10 ? value.toFixed(1) : Math.round(value).toString();
}
