import {
  type Counts,
  type EvidenceBatch,
  type HealthReport,
  type PlaneRetreat,
  type Position,
  type Sample,
  type SeamDelta,
  type ServedCounts,
  type SignatureRecord,
  type Sketch,
  type StoppedShadows,
  type StoredPair,
  type StoredRequest,
  type StratumDelta,
  type Tally,
  VERDICTS,
  type Verdict,
  type WritesStanding,
} from '@falsework/core/evidence';
import type { SignatureNote } from '@falsework/core/ports';
import type { Side } from '@falsework/core/routing';
import {
  bool,
  count,
  listOf,
  number,
  object,
  oneOf,
  orAbsent,
  orNull,
  type Shape,
  text,
  tuple,
  whole,
} from './shape.ts';

const perVerdict = VERDICTS.map((verdict) => [verdict, count] as const);
const counts = {
  verdicts: object(Object.fromEntries(perVerdict) as Record<Verdict, Shape<number>>),
  critical: count,
  latency: object<Counts['latency']>({ pairs: count, slow: count }),
  noise: object<Counts['noise']>({
    pairs: count,
    noisy: count,
    candidateOnly: count,
    noiseOnly: count,
  }),
};

/** The counts of one stratum. */
export const COUNTS: Shape<Counts> = object(counts);

/** A latency sketch. */
export const SKETCH: Shape<Sketch> = object({
  count,
  sumMs: number,
  maxMs: number,
  buckets: listOf(tuple<readonly [index: number, count: number]>(whole, count)),
});

/** A list of numbers: how slices, minutes and the statistics of an alarm are stored. */
export const NUMBERS: Shape<readonly number[]> = listOf(number);

const servedCounts: Shape<ServedCounts> = object({
  requests: count,
  failures: count,
  fenced: orAbsent(count),
});

/** What both sides served. */
export const SERVED: Shape<Record<Side, ServedCounts>> = object({
  legacy: servedCounts,
  candidate: servedCounts,
});

const sample: Shape<Sample> = object({
  at: number,
  path: text,
  legacy: text,
  candidate: text,
  request: orNull(text),
});

/** One cause of differences. */
export const SIGNATURE: Shape<SignatureRecord> = object({
  seam: text,
  epoch: count,
  id: text,
  template: text,
  kind: text,
  isNoise: bool,
  count,
  firstAt: number,
  lastAt: number,
  samples: listOf(sample),
  shapes: listOf(text),
  strata: listOf(text),
  hours: listOf(tuple<readonly [number, number]>(number, count)),
});

/** What a person wrote about a cause. */
export const NOTE: Shape<SignatureNote> = object({
  seam: text,
  id: text,
  owner: orNull(text),
  text,
  by: text,
  at: number,
});

/** Both answers to one request. */
export const PAIR: Shape<StoredPair> = object({
  seam: text,
  epoch: count,
  ids: listOf(text),
  at: number,
  request: orNull(
    object<StoredRequest>({
      method: text,
      target: text,
      headers: listOf(tuple<readonly [string, string]>(text, text)),
      isComplete: bool,
    }),
  ),
  format: oneOf<'json' | 'text'>(['json', 'text']),
  legacy: text,
  candidate: text,
});

/** A look at one side's health. */
export const HEALTH: Shape<HealthReport> = object({
  side: oneOf<Side>(['legacy', 'candidate']),
  at: number,
  isHealthy: bool,
  build: orNull(text),
  because: orNull(text),
});

const position: Shape<Position> = object({
  epoch: count,
  step: count,
  legacyBuild: text,
  candidateBuild: text,
});

const stratumDelta: Shape<StratumDelta> = object({
  seam: text,
  stratum: text,
  position,
  tally: object<Tally>({ ...counts, legacyLatency: SKETCH, candidateLatency: SKETCH }),
});

const seamDelta: Shape<SeamDelta> = object({ seam: text, step: count, served: SERVED });

const retreat: Shape<PlaneRetreat> = object({
  at: number,
  step: count,
  seam: text,
  stratum: text,
  because: text,
});

/** Where the writes of one journal stand. */
export const WRITES: Shape<WritesStanding> = object({
  journal: text,
  at: number,
  ready: count,
  lagMs: number,
  inDoubt: count,
  dead: count,
  listed: count,
  stopped: listOf(object<StoppedShadows>({ route: text, at: number, because: text })),
});

// A plane keeps at most 1,000 strata and 2,000 causes between two batches; beyond this it is not
// one of ours.
const ENTRIES_MAX = 5_000;

/**
 * What a plane sends. Checked before anything is counted: one number that is none would spoil every
 * later sum.
 */
export const BATCH: Shape<EvidenceBatch> = object({
  plane: text,
  sequence: count,
  sentAt: number,
  snapshotVersion: count,
  strata: listOf(stratumDelta, ENTRIES_MAX),
  seams: listOf(seamDelta, ENTRIES_MAX),
  signatures: listOf(SIGNATURE, ENTRIES_MAX),
  pairs: listOf(PAIR, ENTRIES_MAX),
  health: listOf(HEALTH, ENTRIES_MAX),
  legacyHits: count,
  legacyProbes: count,
  retreat: orNull(retreat),
  writes: orAbsent(WRITES),
});
