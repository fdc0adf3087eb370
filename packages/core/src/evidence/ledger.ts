import type { Instant } from '../ports/clock.ts';
import type { Side } from '../routing/side.ts';
import type { SeamDelta, ServedCounts, StratumDelta } from './batch.ts';
import type { Finding, NoiseLook, Observation, Position } from './observation.ts';
import { firstSeen, mergeSignatures, type SignatureRecord } from './signature-record.ts';
import { SketchRecorder } from './sketch.ts';
import { PAIRS_PER_CAUSE_MAX, type StoredPair } from './stored-pair.ts';
import type { Tally } from './tally.ts';
import { differing, NO_VERDICTS, type Verdict } from './verdict.ts';

/**
 * A pair is slow when the candidate took longer than legacy by this ratio and this many
 * milliseconds on top.
 */
export interface LatencyGoal {
  readonly slowerRatioMax: number;
  readonly slowerMsMax: number;
}

/** Everything recorded since the last drain. */
export interface LedgerDelta {
  readonly strata: readonly StratumDelta[];
  readonly seams: readonly SeamDelta[];
  readonly signatures: readonly SignatureRecord[];
  readonly pairs: readonly StoredPair[];
}

// Limits on what one plane keeps between two drains: beyond them a hostile or broken key function
// could fill memory.
const STRATA_MAX = 1_000;
const SIGNATURES_MAX = 2_000;
const PAIRS_MAX = 20;
// Forgetting which causes have their pairs only means that some are handed in again.
const PAIR_CAUSES_MAX = 2_000;
const OVERFLOW_STRATUM = '(other strata)';

/**
 * Counts what a plane sees, in memory, until it is drained into a batch. One per plane. Recording a
 * sampled run costs one map look-up and a few additions; counting a served call costs one addition.
 */
export class EvidenceLedger {
  readonly #strata = new Map<string, StratumRecorder>();
  #lastStratum: StratumRecorder | null = null;
  readonly #served = new Map<string, ServedRecorder>();
  readonly #signatures = new Map<string, SignatureRecord>();
  readonly #pairs: StoredPair[] = [];
  readonly #pairsKept = new Map<string, number>();
  #signaturesDropped = 0;

  /**
   * The counter of calls served at a seam in one step. Kept by the caller, so that counting needs
   * no look-up.
   */
  served(seam: string, step: number): ServedRecorder {
    const key = `${step}\0${seam}`;
    const known = this.#served.get(key);
    if (known) return known;
    const recorder = new ServedRecorder(seam, step);
    this.#served.set(key, recorder);
    return recorder;
  }

  /** Counts one paired run. */
  record(seam: string, observation: Observation, goal: LatencyGoal, at: Instant): void {
    const { position, request, stratum, noise } = observation;
    this.#stratum(seam, stratum, position).record(observation, goal);
    this.#keepPair(seam, observation, at);
    const seen = { seam, epoch: position.epoch, stratum, at, request };
    for (const finding of observation.findings) this.#note(finding, { ...seen, isNoise: false });
    for (const finding of noise?.findings ?? []) this.#note(finding, { ...seen, isNoise: true });
  }

  /**
   * True when a pair with these findings would be kept: one of its causes has too few yet. Asked
   * first, because making a pair costs more than comparing it did.
   */
  wantsPair(seam: string, epoch: number, findings: readonly Finding[]): boolean {
    if (this.#pairs.length >= PAIRS_MAX) return false;
    return findings.some(({ id }) => {
      return (this.#pairsKept.get(pairKey(seam, epoch, id)) ?? 0) < PAIRS_PER_CAUSE_MAX;
    });
  }

  /** Causes that were seen but not kept, because too many different ones came at once. */
  get signaturesDropped(): number {
    return this.#signaturesDropped;
  }

  /** Hands out what was recorded since the last drain and starts again from nothing. */
  drain(): LedgerDelta {
    const delta = {
      strata: [...this.#strata.values()].map((recorder) => recorder.read()),
      seams: [...this.#served.values()].flatMap((recorder) => recorder.drain()),
      signatures: [...this.#signatures.values()],
      pairs: this.#pairs.splice(0),
    };
    this.#strata.clear();
    this.#lastStratum = null;
    this.#signatures.clear();
    return delta;
  }

  #keepPair(seam: string, { pair, findings, position }: Observation, at: Instant): void {
    if (pair === null || !this.wantsPair(seam, position.epoch, findings)) return;
    const ids = findings.map((finding) => finding.id);
    this.#pairs.push({ seam, epoch: position.epoch, ids, at, ...pair });
    if (this.#pairsKept.size > PAIR_CAUSES_MAX) this.#pairsKept.clear();
    for (const id of ids) {
      const key = pairKey(seam, position.epoch, id);
      this.#pairsKept.set(key, (this.#pairsKept.get(key) ?? 0) + 1);
    }
  }

  #note(finding: Finding, seen: Parameters<typeof firstSeen>[1]): void {
    // What legacy does to itself and what the candidate does have one signature, but are two
    // causes.
    const key = `${seen.isNoise}\0${seen.epoch}\0${seen.seam}\0${finding.id}`;
    const known = this.#signatures.get(key);
    const record = firstSeen(finding, seen);
    if (known) this.#signatures.set(key, mergeSignatures(known, record));
    else if (this.#signatures.size < SIGNATURES_MAX) this.#signatures.set(key, record);
    else this.#signaturesDropped += 1;
  }

  #stratum(seam: string, stratum: string, position: Position): StratumRecorder {
    // Most runs are of the stratum of the run before them.
    if (this.#lastStratum?.isOf(seam, stratum, position) === true) return this.#lastStratum;
    const recorder = this.#findStratum(seam, stratum, position);
    this.#lastStratum = recorder;
    return recorder;
  }

  #findStratum(seam: string, stratum: string, position: Position): StratumRecorder {
    const isFull = this.#strata.size >= STRATA_MAX;
    const key = JSON.stringify([
      seam,
      stratum,
      position.epoch,
      position.step,
      position.legacyBuild,
      position.candidateBuild,
    ]);
    const known = this.#strata.get(key);
    if (known) return known;
    if (isFull && stratum !== OVERFLOW_STRATUM) {
      return this.#findStratum(seam, OVERFLOW_STRATUM, position);
    }
    const recorder = new StratumRecorder(seam, stratum, position);
    this.#strata.set(key, recorder);
    return recorder;
  }
}

function pairKey(seam: string, epoch: number, id: string): string {
  return `${epoch}\0${seam}\0${id}`;
}

/** Calls served at one seam in one step, by side. */
export class ServedRecorder {
  readonly seam: string;
  readonly step: number;
  readonly #counts = {
    legacy: { requests: 0, failures: 0 },
    candidate: { requests: 0, failures: 0 },
  };
  #fenced = 0;

  /** @internal Use {@link EvidenceLedger.served}. */
  constructor(seam: string, step: number) {
    this.seam = seam;
    this.step = step;
  }

  /** Counts one call answered to a caller. */
  count(side: Side, hasFailed: boolean): void {
    const counts = this.#counts[side];
    counts.requests += 1;
    if (hasFailed) counts.failures += 1;
  }

  /** Counts one call that a fence keeps with legacy; it is answered, and counted so, later. */
  countFenced(): void {
    this.#fenced += 1;
  }

  /** @internal What was counted since the last drain; nothing when nothing was. */
  drain(): SeamDelta[] {
    const served: Record<Side, ServedCounts> = {
      legacy: { ...this.#counts.legacy, ...(this.#fenced > 0 ? { fenced: this.#fenced } : {}) },
      candidate: { ...this.#counts.candidate },
    };
    if (served.legacy.requests + served.candidate.requests === 0) return [];
    for (const counts of [this.#counts.legacy, this.#counts.candidate]) {
      counts.requests = 0;
      counts.failures = 0;
    }
    this.#fenced = 0;
    return [{ seam: this.seam, step: this.step, served }];
  }
}

class StratumRecorder {
  readonly #seam: string;
  readonly #stratum: string;
  readonly #position: Position;
  readonly #verdicts: Record<Verdict, number> = { ...NO_VERDICTS };
  readonly #latency = { pairs: 0, slow: 0 };
  readonly #noise = { pairs: 0, noisy: 0, candidateOnly: 0, noiseOnly: 0 };
  readonly #legacyLatency = new SketchRecorder();
  readonly #candidateLatency = new SketchRecorder();
  #critical = 0;

  constructor(seam: string, stratum: string, position: Position) {
    this.#seam = seam;
    this.#stratum = stratum;
    this.#position = position;
  }

  isOf(seam: string, stratum: string, position: Position): boolean {
    const own = this.#position;
    return (
      this.#seam === seam &&
      this.#stratum === stratum &&
      own.epoch === position.epoch &&
      own.step === position.step &&
      own.legacyBuild === position.legacyBuild &&
      own.candidateBuild === position.candidateBuild
    );
  }

  record(observation: Observation, goal: LatencyGoal): void {
    const { legacyMs, candidateMs } = observation;
    this.#verdicts[observation.verdict] += 1;
    if (observation.isCritical) this.#critical += 1;
    if (observation.noise !== null) this.#countNoise(observation.verdict, observation.noise);
    if (legacyMs !== null) this.#legacyLatency.record(legacyMs);
    if (candidateMs !== null) this.#candidateLatency.record(candidateMs);
    if (legacyMs === null || candidateMs === null) return;
    this.#latency.pairs += 1;
    const slowFromMs = legacyMs * (1 + goal.slowerRatioMax) + goal.slowerMsMax;
    if (candidateMs > slowFromMs) this.#latency.slow += 1;
  }

  /**
   * Legacy against itself, beside the candidate: only pairs on which one of the two differs say
   * more.
   */
  #countNoise(verdict: Verdict, { differs }: NoiseLook): void {
    const hasCandidateDiffered = differing({ ...NO_VERDICTS, [verdict]: 1 }) > 0;
    this.#noise.pairs += 1;
    if (differs) this.#noise.noisy += 1;
    if (differs && !hasCandidateDiffered) this.#noise.noiseOnly += 1;
    if (!differs && hasCandidateDiffered) this.#noise.candidateOnly += 1;
  }

  read(): StratumDelta {
    const tally: Tally = {
      verdicts: { ...this.#verdicts },
      critical: this.#critical,
      latency: { ...this.#latency },
      noise: { ...this.#noise },
      legacyLatency: this.#legacyLatency.read(),
      candidateLatency: this.#candidateLatency.read(),
    };
    return { seam: this.#seam, stratum: this.#stratum, position: this.#position, tally };
  }
}
