import type { Instant } from '../ports/clock.ts';
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
  readonly count: number;
  readonly firstAt: Instant;
  readonly lastAt: Instant;
  /** The most recent examples, oldest first, at most {@link SAMPLES_MAX}. */
  readonly samples: readonly Sample[];
}

/**
 * Examples kept per cause. Enough to see what varies; few enough that ten million differences cost
 * nothing.
 */
export const SAMPLES_MAX = 5;

/** The record of a cause seen once. */
export function firstSeen(
  finding: Finding,
  seen: {
    readonly seam: string;
    readonly epoch: number;
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
    count: 1,
    firstAt: seen.at,
    lastAt: seen.at,
    samples: [{ at: seen.at, ...finding.example, request: seen.request }],
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
  };
}
