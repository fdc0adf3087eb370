import { countsAtMost, type Sketch } from '@falsework/core/evidence';
import type { Metric } from './metric.ts';

/** A value with all of its labels. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number | Sketch;
}

/** The media type of {@link exposition}. */
export const EXPOSITION_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

// Limits of histograms in seconds: half a power of ten apart, from what a guard takes to what a
// caller waits for. 0.05 is among them, since the alarm on shadows is there.
const LIMITS_SECONDS = [
  0.000_01, 0.000_025, 0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025,
  0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
];
const LIMITS_MS = LIMITS_SECONDS.map((seconds) => seconds * 1_000);

/**
 * One metric with its samples in Prometheus' text format 0.0.4. What has no sample is announced all
 * the same, so that whoever looks knows that it exists.
 */
export function exposition(
  { name, help, type }: Pick<Metric, 'name' | 'help' | 'type'>,
  samples: readonly Sample[],
): string {
  const lines = [`# HELP ${name} ${escapeHelp(help)}`, `# TYPE ${name} ${type}`];
  for (const { labels, value } of samples) {
    if (typeof value === 'number') lines.push(line(name, labels, value));
    else lines.push(...histogram(name, labels, value));
  }
  return `${lines.join('\n')}\n`;
}

function* histogram(name: string, labels: Sample['labels'], sketch: Sketch): Generator<string> {
  const counts = countsAtMost(sketch, LIMITS_MS);
  for (const [at, limit] of LIMITS_SECONDS.entries()) {
    yield line(`${name}_bucket`, { ...labels, le: String(limit) }, counts[at] ?? 0);
  }
  yield line(`${name}_bucket`, { ...labels, le: '+Inf' }, sketch.count);
  yield line(`${name}_sum`, labels, sketch.sumMs / 1_000);
  yield line(`${name}_count`, labels, sketch.count);
}

function line(name: string, labels: Sample['labels'], value: number): string {
  const named = Object.entries(labels).map(([key, text]) => `${key}="${escapeLabel(text)}"`);
  return `${name}{${named.join(',')}} ${numberText(value)}`;
}

function numberText(value: number): string {
  if (Number.isFinite(value)) return String(value);
  if (Number.isNaN(value)) return 'NaN';
  return value > 0 ? '+Inf' : '-Inf';
}

function escapeHelp(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}

// Printable ASCII but for the quote and the backslash: nearly every label is, and a page has
// thousands.
const HARMLESS = /^[ !#-[\]-~]*$/;

/** Half a character would make the whole page unreadable, and names of strata are anybody's. */
function escapeLabel(text: string): string {
  if (HARMLESS.test(text)) return text;
  return escapeHelp(text.toWellFormed()).replaceAll('"', '\\"');
}
