import {
  EMPTY_SKETCH,
  type EvidenceBatch,
  NO_COUNTS,
  NO_VERDICTS,
  type SeamDelta,
  type SignatureRecord,
  type Sketch,
  type StoredPair,
  type StratumDelta,
  type Verdict,
} from '@falsework/core/evidence';
import type { Commit, ControlStore, EvidenceScope, IngestScope } from '@falsework/core/ports';
import { snapshotOf } from '@falsework/core/routing';
import { decide } from '@falsework/core/stage';
import {
  FixtureMigration,
  passingEvidence,
  QUICK_POLICY,
  START_AT,
} from '../migration-fixtures.ts';

/** The migration of most tests, the name that {@link FixtureMigration} gives. */
export const ORDERS = 'orders';

/** The last decision of a fixture with what follows from it, as control commits it. */
export function commitOf({ log, current, now, policy }: FixtureMigration): Commit {
  const decision = log.at(-1);
  if (!decision) throw new Error('The fixture has decided nothing.');
  return { state: current, decision, snapshot: snapshotOf(current, policy, {}, now) };
}

/** A migration that was started, in the store as well. */
export async function kickedOff(store: ControlStore): Promise<FixtureMigration> {
  const migration = new FixtureMigration();
  await store.commit(commitOf(migration));
  return migration;
}

/** The first decision of a migration of any name. */
export function firstCommit(name: string): Commit {
  const tuple = { legacyBuild: 'l1', candidateBuild: 'c1', comparator: 'cmp', schema: '1' };
  const kickoff = {
    name,
    owner: 'payments',
    topology: 'shared',
    deleteBy: START_AT,
    tuple,
  } as const;
  const input = { now: START_AT, evidence: passingEvidence(null, START_AT), policy: QUICK_POLICY };
  const outcome = decide(null, { type: 'kickoff', by: 'ada', kickoff }, input);
  if ('refused' in outcome) throw new Error(outcome.refused.message);
  const { next, decision } = outcome;
  return { state: next, decision, snapshot: snapshotOf(next, QUICK_POLICY, {}, START_AT) };
}

/**
 * What follows from the next decision on whatever the store holds: a hold and a resume in turn,
 * always allowed.
 */
export async function nextCommit(store: ControlStore, by: string): Promise<Commit> {
  const state = await store.migration(ORDERS);
  if (state === null) throw new Error('The store lost its migration.');
  const now = START_AT + state.version;
  const input = { now, evidence: passingEvidence(state, now), policy: QUICK_POLICY };
  const event =
    state.hold === null
      ? ({ type: 'hold', by, reason: 'a look' } as const)
      : ({ type: 'resume', by } as const);
  const outcome = decide(state, event, input);
  if ('refused' in outcome) throw new Error(outcome.refused.message);
  const { next, decision } = outcome;
  return { state: next, decision, snapshot: snapshotOf(next, QUICK_POLICY, {}, now) };
}

/** A batch that says nothing, unless told otherwise. */
export function batchOf(
  plane: string,
  sequence: number,
  over: Partial<EvidenceBatch> = {},
): EvidenceBatch {
  return {
    plane,
    sequence,
    sentAt: START_AT,
    snapshotVersion: 1,
    strata: [],
    seams: [],
    signatures: [],
    pairs: [],
    health: [],
    legacyHits: 0,
    legacyProbes: 0,
    retreat: null,
    ...over,
  };
}

/** Where and what a stratum saw. */
interface Seen {
  readonly seam?: string;
  readonly stratum?: string;
  readonly epoch?: number;
  readonly step?: number;
  readonly verdicts: Partial<Record<Verdict, number>>;
  readonly latency?: Sketch;
}

/** What a plane saw at one stratum. */
export function seen({
  seam = 'quote',
  stratum = '',
  epoch = 1,
  step = 1,
  ...what
}: Seen): StratumDelta {
  const latency = what.latency ?? EMPTY_SKETCH;
  return {
    seam,
    stratum,
    position: { epoch, step, legacyBuild: 'l1', candidateBuild: 'c1' },
    tally: {
      verdicts: { ...NO_VERDICTS, ...what.verdicts },
      critical: 0,
      latency: { pairs: what.verdicts.match ?? 0, slow: 0 },
      noise: NO_COUNTS.noise,
      legacyLatency: latency,
      candidateLatency: latency,
    },
  };
}

/** What a plane served at one seam: calls and failures of the candidate, and of legacy. */
export function served(
  [requests, failures]: readonly [number, number],
  [legacyRequests, legacyFailures]: readonly [number, number] = [0, 0],
  over: Partial<SeamDelta> = {},
): SeamDelta {
  const legacy = { requests: legacyRequests, failures: legacyFailures };
  return { seam: 'quote', step: 1, served: { legacy, candidate: { requests, failures } }, ...over };
}

/** One cause, seen once at `at` unless told otherwise. */
export function caused(
  id: string,
  at: number,
  over: Partial<SignatureRecord> = {},
): SignatureRecord {
  const example = {
    path: '$.total',
    legacy: `${at}`,
    candidate: `${at + 1}`,
    request: 'GET /quote',
  };
  return {
    seam: 'quote',
    epoch: 1,
    id,
    template: '$.total',
    kind: 'number',
    isNoise: false,
    count: 1,
    firstAt: at,
    lastAt: at,
    samples: [{ at, ...example }],
    shapes: ['number within 0.01 more'],
    strata: [''],
    hours: [[Math.floor(at / 3_600_000) * 3_600_000, 1]],
    ...over,
  };
}

/** Both answers to one request, seen at `at`, with these causes between them. */
export function paired(
  ids: readonly string[],
  at: number,
  over: Partial<StoredPair> = {},
): StoredPair {
  return {
    seam: 'quote',
    epoch: 1,
    ids,
    at,
    request: null,
    format: 'json',
    legacy: `{"total":${at}}`,
    candidate: `{"total":${at + 1}}`,
    ...over,
  };
}

/**
 * How batches are taken in these tests: a window of ten comparisons, so that a handful fills it.
 */
export function taking(over: Partial<IngestScope> = {}): IngestScope {
  return { windowComparisons: 10, alarmRateOk: 1e-4, now: START_AT, ...over };
}

/** How evidence is read in these tests. */
export function looking(over: Partial<EvidenceScope> = {}): EvidenceScope {
  const scope = { epoch: 1, step: 1, windowComparisons: 10, cycleMs: 86_400_000, alpha: 0.05 };
  return { ...scope, now: START_AT, ...over };
}
