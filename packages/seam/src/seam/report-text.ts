import { formatCount, formatCounted, formatRate } from '@falsework/core/text';
import { fenceWords } from '../engine/fence-words.ts';
import { noiseLines } from '../engine/noise-words.ts';
import { type ShedReason, shedWords } from '../engine/shed.ts';
import type { LatencySummary, ReportData, SeamCause } from './report-data.ts';

// What fits a terminal without scrolling; the rest is in the report as data.
const CAUSES_SHOWN = 10;
const SHORT_ID_LENGTH = 4;
const SIDE_LENGTH_MAX = 50;

/** A report as people read it: the counts, then the causes, then what callers noticed. */
export function reportText(report: ReportData): string {
  const lines = [`${report.seam}   ${[...countsOf(report), shedText(report)].join(' · ')}`];
  if (report.idleBecause !== null) lines.push(`nothing is compared now: ${report.idleBecause}.`);
  lines.push(...causeLines(report.causes));
  lines.push(...noiseLines(report.noise));
  lines.push(...blockLines(report));
  lines.push(...fenceLines(report));
  if (report.retreat !== null) lines.push(`went back to legacy by itself: ${report.retreat}.`);
  lines.push(callersText(report));
  return lines.join('\n');
}

function countsOf({ compared, differing, rate, causes, verdicts }: ReportData): string[] {
  const counts = [`${formatCount(compared)} compared`];
  if (compared > 0) {
    const share = differing > 0 ? `${formatRate(differing / compared)}, ` : '';
    const most = `at most ${formatRate(rate.high)} with 95 % confidence`;
    counts.push(`${formatCount(differing)} differ (${share}${most})`);
    counts.push(formatCounted(causes.length, 'cause'));
  }
  const others = [
    [verdicts.transient, 'did not repeat'],
    [verdicts.both_error, 'failed on both sides'],
    [verdicts.timeout, 'timed out'],
  ] as const;
  for (const [count, words] of others) if (count > 0) counts.push(`${formatCount(count)} ${words}`);
  return counts;
}

function shedText({ shed }: ReportData): string {
  const reasons = (Object.keys(shed) as ShedReason[]).filter((reason) => shed[reason] > 0);
  const total = reasons.reduce((sum, reason) => sum + shed[reason], 0);
  const each = reasons.map((reason) => `${shedWords(reason)} ${formatCount(shed[reason])}`);
  return `${formatCount(total)} shed${each.length > 0 ? ` (${each.join(', ')})` : ''}`;
}

function causeLines(causes: readonly SeamCause[]): string[] {
  const shown = causes.slice(0, CAUSES_SHOWN);
  const widthOf = (textOf: (cause: SeamCause) => string): number =>
    Math.max(0, ...shown.map((cause) => textOf(cause).length));
  const countOf = (cause: SeamCause): string => formatCount(cause.count);
  const countWidth = widthOf(countOf);
  const templateWidth = widthOf((cause) => cause.template);
  const kindWidth = widthOf((cause) => cause.kind);
  const lines = shown.map((cause) => {
    const count = countOf(cause).padStart(countWidth);
    const place = `${cause.template.padEnd(templateWidth)}   ${cause.kind.padEnd(kindWidth)}`;
    const example = `${side(cause.legacy)} → ${side(cause.candidate)}`;
    const id = cause.id.slice(0, SHORT_ID_LENGTH);
    return `  #${id}  ${count}×  ${place}  ${example}    first ${timeOfDay(cause.firstAt)}`;
  });
  const more = causes.length - shown.length;
  return more > 0 ? [...lines, `  and ${formatCounted(more, 'more cause')}`] : lines;
}

function side(text: string): string {
  const shown = unquoted(text);
  return shown.length > SIDE_LENGTH_MAX
    ? `${shown.slice(0, SIDE_LENGTH_MAX - 1).toWellFormed()}…`
    : shown;
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

/** What no isolation can keep from callers: they waited while a shadow run had the event loop. */
function blockLines({ blocks: { blocked, stalled, longestMs } }: ReportData): string[] {
  const parts = [];
  if (blocked > 0) parts.push(`${formatCounted(blocked, 'shadow run')} held the event loop`);
  if (stalled > 0) {
    parts.push(`it stood still ${formatCounted(stalled, 'time')} while one was under way`);
  }
  return parts.length === 0 ? [] : [`${parts.join(', ')}; longest ${short(longestMs)} ms.`];
}

/** Who read the candidate's store and who was kept from it. */
function fenceLines({ fence }: ReportData): string[] {
  if (fence === null || fence.waited.p50Ms === null) return [];
  const { p50Ms, p99Ms } = fence.waited;
  return [`fence: ${fenceWords(fence)} · waited p50 ${short(p50Ms)} ms, p99 ${short(p99Ms)} ms.`];
}

/** Hours and minutes where the process runs, as a person beside it would read the clock. */
function timeOfDay(at: number): string {
  const date = new Date(at);
  const [hours, minutes] = [date.getHours(), date.getMinutes()];
  return `${String(hours).padStart(2, '0')}:${String(minutes).padStart(2, '0')}`;
}

function callersText({ stage, added, latency, fallbacks, faults }: ReportData): string {
  const isLegacyServing = stage === 'inert' || stage === 'shadow';
  const parts = [`callers: ${isLegacyServing ? 'unchanged' : `stage ${stage}`}.`];
  if (fallbacks > 0) {
    parts.push(
      `${formatCounted(fallbacks, 'call')} answered by legacy after the candidate failed.`,
    );
  }
  if (added.p50Ms !== null) {
    parts.push(`p50 +${oneDecimal(added.p50Ms)} ms, p99 +${oneDecimal(added.p99Ms)} ms.`);
  }
  const { legacy, candidate } = latency;
  if (candidate.p50Ms !== null) {
    const ofLegacy = `(legacy ${short(legacy.p50Ms)} / ${short(legacy.p99Ms)})`;
    parts.push(
      `candidate p50 ${short(candidate.p50Ms)} ms, p99 ${short(candidate.p99Ms)} ms ${ofLegacy}.`,
    );
  }
  if (faults > 0) parts.push(`${formatCounted(faults, 'internal fault')}, kept from callers.`);
  return parts.join(' ');
}

type Ms = LatencySummary['p50Ms'];

function oneDecimal(ms: Ms): string {
  return (ms ?? 0).toFixed(1);
}

/** Two digits are what people compare: 3.1, 18, 240. */
function short(ms: Ms): string {
  if (ms === null) return '-';
  return ms < 10 ? ms.toFixed(1) : Math.round(ms).toString();
}
