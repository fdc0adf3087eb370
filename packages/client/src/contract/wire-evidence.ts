import { type EvidenceBatch, PAIR_LENGTH_MAX } from '@falsework/core/evidence';
import { z } from 'zod';
import { count, foreignText, instant, shortText, side, signatureId } from './wire-values.ts';

const STRATA_MAX = 2_000;
const SIGNATURES_MAX = 2_000;
const BUCKETS_MAX = 2_000;
const SAMPLES_MAX = 10;
const SHAPES_MAX = 20;
const STRATA_NAMED_MAX = 40;
const HOURS_MAX = 48;
const PAIRS_MAX = 50;
const IDS_MAX = 50;
// A browser sends about thirty, proxies add theirs; a guard keeps fifty.
const HEADERS_MAX = 100;
const TARGET_LENGTH_MAX = 4_096;

/** The name of a seam or a plane; a route's pattern may be long. */
const seamName = foreignText.min(1);

const sketch = z.object({
  count,
  sumMs: z.number().nonnegative(),
  maxMs: z.number().nonnegative(),
  buckets: z.array(z.tuple([z.number().int(), count])).max(BUCKETS_MAX),
});

const verdicts = z.object({
  match: count,
  accepted: count,
  mismatch: count,
  transient: count,
  candidate_error: count,
  legacy_error: count,
  both_error: count,
  timeout: count,
  shed: count,
});

const tally = z.object({
  verdicts,
  critical: count,
  latency: z.object({ pairs: count, slow: count }),
  noise: z.object({ pairs: count, noisy: count, candidateOnly: count, noiseOnly: count }),
  legacyLatency: sketch,
  candidateLatency: sketch,
});

const position = z.object({
  epoch: count,
  step: count,
  legacyBuild: foreignText,
  candidateBuild: foreignText,
});

const served = z.object({ requests: count, failures: count, fenced: count.optional() });

const sample = z.object({
  at: instant,
  path: shortText,
  legacy: shortText,
  candidate: shortText,
  request: shortText.nullable(),
});

const signature = z.object({
  seam: seamName,
  id: signatureId,
  template: shortText,
  kind: z.string().max(100),
  epoch: count,
  isNoise: z.boolean(),
  count,
  firstAt: instant,
  lastAt: instant,
  samples: z.array(sample).max(SAMPLES_MAX).readonly(),
  shapes: z.array(shortText).max(SHAPES_MAX).readonly(),
  strata: z.array(foreignText).max(STRATA_NAMED_MAX).readonly(),
  hours: z
    .array(z.tuple([instant, count]).readonly())
    .max(HOURS_MAX)
    .readonly(),
});

const pairText = z.string().max(PAIR_LENGTH_MAX);

/** Both answers to one request, redacted. */
export const storedPair = z.object({
  seam: seamName,
  epoch: count,
  ids: z.array(signatureId).max(IDS_MAX).readonly(),
  at: instant,
  request: z
    .object({
      method: z.string().max(20),
      target: z.string().max(TARGET_LENGTH_MAX),
      headers: z
        .array(z.tuple([shortText, foreignText]).readonly())
        .max(HEADERS_MAX)
        .readonly(),
      isComplete: z.boolean(),
    })
    .nullable(),
  format: z.enum(['json', 'text']),
  legacy: pairText,
  candidate: pairText,
});

const health = z.object({
  side,
  at: instant,
  isHealthy: z.boolean(),
  build: foreignText.nullable(),
  because: shortText.nullable(),
});

const ROUTES_STOPPED_MAX = 1_000;

const writes = z.object({
  journal: z.string().min(1).max(100),
  at: instant,
  ready: count,
  lagMs: z.number().nonnegative(),
  inDoubt: count,
  dead: count,
  listed: count,
  stopped: z
    .array(z.object({ route: seamName, at: instant, because: shortText }))
    .max(ROUTES_STOPPED_MAX)
    .readonly(),
});

// There are thirteen; a plane of a later version may have some more.
const SHED_REASONS_MAX = 40;

const load = z.object({
  queued: count,
  queuedLongest: count,
  running: count,
  shed: z
    .record(z.string().max(40), count)
    .refine((shed) => Object.keys(shed).length <= SHED_REASONS_MAX),
  faults: count,
  ownTime: sketch,
  snapshotTime: sketch,
});

/**
 * A batch of evidence as a plane sends it. Untrusted: every number is finite and every list is
 * bounded.
 */
export const evidenceBatch = z.object({
  plane: seamName,
  sequence: count.min(1),
  sentAt: instant,
  snapshotVersion: count,
  strata: z
    .array(z.object({ seam: seamName, stratum: foreignText, position, tally }))
    .max(STRATA_MAX),
  seams: z
    .array(
      z.object({
        seam: seamName,
        step: count,
        served: z.object({ legacy: served, candidate: served }),
      }),
    )
    .max(STRATA_MAX),
  signatures: z.array(signature).max(SIGNATURES_MAX),
  pairs: z.array(storedPair).max(PAIRS_MAX),
  health: z.array(health).max(10),
  legacyHits: count,
  legacyProbes: count,
  retreat: z
    .object({ at: instant, step: count, seam: seamName, stratum: foreignText, because: shortText })
    .nullable(),
  writes: writes.optional(),
  load: load.optional(),
}) satisfies z.ZodType<EvidenceBatch>;

/** A cause of differences with its examples. */
export const signatureRecord = signature;
/** Counts per verdict. */
export const verdictCounts = verdicts;
