import { formatCount, formatCounted, formatRate } from '@falsework/core/text';
import { fenceWords, noiseLines, type ShedReason, shedWords } from '@falsework/seam/engine';
import type { GuardReport } from './guard-report.ts';
import type { CauseReport, RouteReport } from './route-report.ts';
import { statusLines } from './status-lines.ts';
import { ARROW, table, tellingPieces, unquoted } from './text-pieces.ts';
import { unprovenLines } from './unproven-lines.ts';
import { writeLines } from './write-lines.ts';

/**
 * How much of a report is shown: by default what fits a terminal without scrolling. The rest is in
 * the data.
 */
export interface TextOptions {
  readonly routesMax?: number;
  /** Of each route. */
  readonly causesMax?: number;
  /** Of each reason for which routes are unproven. */
  readonly unprovenMax?: number;
}

/** Everything, however long. */
export const ALL_TEXT: TextOptions = Object.freeze({
  routesMax: Number.POSITIVE_INFINITY,
  causesMax: Number.POSITIVE_INFINITY,
  unprovenMax: Number.POSITIVE_INFINITY,
});

const ROUTES_MAX = 20;
const CAUSES_MAX = 3;
const UNPROVEN_MAX = 5;
const SHORT_ID_LENGTH = 4;
// Whoever has not seen a report before cannot know.
const LEGEND = 'Of two values or times the first is legacy’s, the second the candidate’s.';

/**
 * A report as people read it: what is served, a row for each route with its causes, then what went
 * wrong.
 */
export function reportText(report: GuardReport, options: TextOptions = {}): string {
  const { routesMax = ROUTES_MAX, causesMax = CAUSES_MAX, unprovenMax = UNPROVEN_MAX } = options;
  const shown = report.routes.slice(0, routesMax);
  const rows = table(shown.map((route) => cellsOf(route)));
  const lines = shown.flatMap((route, i) => [
    rows[i] ?? '',
    ...causeLines(route.causes, causesMax),
    ...noiseLines(route.noise).map((line) => `  ${line}`),
    ...losses(route),
  ]);
  const more = report.routes.length - shown.length;
  if (more > 0) lines.push(`and ${formatCounted(more, 'more route')} (--all)`);
  const hasTwo = rows.some((row) => row.includes(ARROW)) || shown.some(hasCauses);
  const legend = hasTwo ? [LEGEND] : [];
  return [servingText(report), ...legend, ...lines, ...notes(report, unprovenMax)].join('\n');
}

function hasCauses({ causes }: RouteReport): boolean {
  return causes.length > 0;
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
    isTimed ? `p99 ${ms(legacy.p99Ms)} ${ARROW} ${ms(candidate.p99Ms)} ms` : '',
  ];
}

/** What the counts say; what they do not say yet stands once, below all rows. */
function standing({ compared, differing, claim }: RouteReport): string {
  if (compared === 0) return '';
  const differ = differing > 0 ? `${formatRate(differing / compared)} differ` : 'none differ';
  return claim.moreNeeded === 0 ? `${differ}, proven below ${formatRate(claim.rateMax)}` : differ;
}

/**
 * What is still missing before the counts prove anything. How much more would be needed is no
 * question while differences are there to be looked at.
 */
function missing({ routes }: GuardReport): string[] {
  const open = routes.filter(({ compared, differing, claim }) => {
    return compared > 0 && differing === 0 && claim.moreNeeded > 0;
  });
  const [first] = open;
  if (first === undefined) return [];
  const { rateMax } = first.claim;
  const most = Math.max(...open.map(({ compared, claim }) => compared + claim.moreNeeded));
  const needed = formatCount(Number(most.toPrecision(3)));
  const who = formatCounted(open.length, 'route');
  const each = open.length === 1 ? '' : ', each';
  return [
    `${who} not proven yet: below ${formatRate(rateMax)} takes about ${needed} comparisons that do not differ${each}`,
  ];
}

/** What was chosen and says nothing about equality, on a line of its own. */
function losses({ verdicts, shed, conditional, credentials }: RouteReport): string[] {
  const parts = [
    counted(verdicts.timeout, 'timed out'),
    counted(verdicts.both_error, 'failed on both sides'),
    counted(verdicts.transient, 'did not repeat'),
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
      exampleText(kind, legacy, candidate),
    ]),
  );
  const more = causes.length - shown.length;
  return more > 0 ? [...rows, `  and ${formatCounted(more, 'more cause')} (--all)`] : rows;
}

/** The two values of an example, no longer than what tells them apart needs. */
function exampleText(kind: string, legacy: string, candidate: string): string {
  // The elements are all there on both sides, and where each stands is no reading for a terminal.
  if (kind === 'order') return 'the same elements in another order';
  const [a, b] = tellingPieces(unquoted(legacy), unquoted(candidate));
  return `${a} ${ARROW} ${b}`;
}

function notes(report: GuardReport, unprovenMax: number): string[] {
  const { sides, retreat, fallbacks, faults, early, credentials } = report;
  const lines = [...sides.legacy.words, ...sides.candidate.words];
  lines.push(...statusLines(report.statuses ?? []), ...writeLines(report));
  if (fallbacks > 0) {
    lines.push(`${formatCounted(fallbacks, 'read')} answered by legacy after the candidate failed`);
  }
  lines.push(...fenceLines(report));
  if (early > 0) {
    lines.push(`${formatCounted(early, 'read')} not compared: asked before the route was known`);
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
  lines.push(...missing(report), ...unprovenLines(report, unprovenMax));
  const died = report.workers?.died ?? 0;
  if (died > 0)
    lines.push(
      `${formatCounted(died, 'worker')} died, and ${died === 1 ? 'was' : 'were'} replaced`,
    );
  if (faults > 0) lines.push(`${formatCounted(faults, 'internal fault')}, kept from callers`);
  return [...lines, callersText(report)];
}

/** Who read the candidate's store and who was kept from it. */
function fenceLines({ fenced, fence }: GuardReport): string[] {
  if (fence !== null && fence.waited.p50Ms !== null) {
    const { p50Ms, p99Ms } = fence.waited;
    return [`fence: ${fenceWords(fence)} · waited p50 ${ms(p50Ms)} ms, p99 ${ms(p99Ms)} ms`];
  }
  if (fenced === 0) return [];
  const reads = formatCounted(fenced, 'read');
  return [`${reads} kept with legacy until the candidate had the last write on their key`];
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

/** Two digits are what people compare: 3.1, 18, 240. */
function ms(value: number | null): string {
  if (value === null) return '-';
  return value < 10 ? value.toFixed(1) : Math.round(value).toString();
}
