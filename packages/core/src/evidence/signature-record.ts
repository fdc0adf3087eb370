import type { Instant } from '../ports/clock.ts';
import { differenceShape } from './difference-shape.ts';
import type { Finding } from './observation.ts';

/** One stored example of a cause: never more than a few hundred characters, always redacted. */
export interface Sample {
  readonly at: Instant;
  readonly path: string;
  readonly legacy: string;
  readonly candidate: string;
  readonly request: string | null;
}

/** What is known of one cause of differences at one seam. Mergeable. */
export interface SignatureRecord {
  readonly seam: string;
  /**
   * The ordinal of the epoch in which it was seen: a fixed cause must not follow the next build.
   */
  readonly epoch: number;
  readonly id: string;
  readonly template: string;
  readonly kind: string;
  /** True when legacy differed from itself: nobody's fault, but it hides faults. */
  readonly isNoise: boolean;
  readonly count: number;
  readonly firstAt: Instant;
  readonly lastAt: Instant;
  /** The most recent examples, oldest first, at most {@link SAMPLES_MAX}. */
  readonly samples: readonly Sample[];
  /** The shapes that were seen, at most {@link SHAPES_MAX}. */
  readonly shapes: readonly string[];
  /** The strata it touched, at most {@link STRATA_MAX}. */
  readonly strata: readonly string[];
  /** How often it came in each hour: the hour's begin and the count, oldest first, at most a day. */
  readonly hours: readonly (readonly [hourAt: Instant, count: number])[];
}

/**
 * Examples kept per cause. Enough to see what varies; few enough that ten million differences cost
 * nothing.
 */
export const SAMPLES_MAX = 5;
/** Shapes kept per cause. One that comes in more of them is not one difference to accept. */
const SHAPES_MAX = 10;
/** Strata named per cause; beyond this it touches everything. */
const STRATA_MAX = 20;

const HOUR_MS = 3_600_000;
const HOURS_MAX = 24;

/** The record of a cause seen once. */
export function firstSeen(
  finding: Finding,
  seen: {
    readonly seam: string;
    readonly epoch: number;
    readonly stratum: string;
    readonly isNoise: boolean;
    readonly at: Instant;
    readonly request: string | null;
  },
): SignatureRecord {
  return {
    seam: seen.seam,
    epoch: seen.epoch,
    id: finding.id,
    template: finding.template,
    kind: finding.kind,
    isNoise: seen.isNoise,
    count: 1,
    firstAt: seen.at,
    lastAt: seen.at,
    samples: [{ at: seen.at, ...finding.example, request: seen.request }],
    shapes: [differenceShape(finding)],
    strata: [seen.stratum],
    hours: [[Math.floor(seen.at / HOUR_MS) * HOUR_MS, 1]],
  };
}

/** Both records of one cause in one epoch together; the examples kept are the latest ones. */
export function mergeSignatures(a: SignatureRecord, b: SignatureRecord): SignatureRecord {
  const samples = [...a.samples, ...b.samples].sort((left, right) => left.at - right.at);
  return {
    ...a,
    count: a.count + b.count,
    firstAt: Math.min(a.firstAt, b.firstAt),
    lastAt: Math.max(a.lastAt, b.lastAt),
    samples: samples.slice(-SAMPLES_MAX),
    shapes: union(a.shapes, b.shapes, SHAPES_MAX),
    strata: union(a.strata, b.strata, STRATA_MAX),
    hours: mergeHours(a.hours, b.hours),
  };
}

function union(a: readonly string[], b: readonly string[], max: number): string[] {
  return [...new Set([...a, ...b])].slice(0, max);
}

function mergeHours(
  a: SignatureRecord['hours'],
  b: SignatureRecord['hours'],
): SignatureRecord['hours'] {
  const merged = new Map(a);
  for (const [hourAt, count] of b) merged.set(hourAt, (merged.get(hourAt) ?? 0) + count);
  return [...merged].sort(([left], [right]) => left - right).slice(-HOURS_MAX);
}
