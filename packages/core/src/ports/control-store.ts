import type { EvidenceBatch } from '../evidence/batch.ts';
import type { DataEvidence } from '../evidence/data-evidence.ts';
import type { EpochVolume } from '../evidence/signature-life.ts';
import type { SignatureRecord } from '../evidence/signature-record.ts';
import type { Sketch } from '../evidence/sketch.ts';
import type { StoredPair } from '../evidence/stored-pair.ts';
import type { VerdictCounts } from '../evidence/verdict.ts';
import type { EvidenceView, LegacyCode } from '../evidence/view.ts';
import type { Slices } from '../evidence/window.ts';
import type { NoticeCondition } from '../policy/notices.ts';
import type { Snapshot } from '../routing/snapshot.ts';
import type { Decision } from '../stage/decision.ts';
import type { MigrationState } from '../stage/state.ts';
import type { Instant } from './clock.ts';

/** What a decision changes. All of it is written in one transaction, or none of it is. */
export interface Commit {
  readonly state: MigrationState;
  readonly decision: Decision;
  readonly snapshot: Snapshot;
}

/** What became of a commit: `stale` when somebody decided first; nothing was written then. */
export type CommitResult = 'committed' | 'stale';

/** How to read the evidence of a migration. */
export interface EvidenceScope {
  readonly epoch: number;
  readonly step: number;
  /** Comparisons in a window, and the length of the cycle of which the worst window is shown. */
  readonly windowComparisons: number;
  readonly cycleMs: number;
  /** Error probability at which a rise is called a rise. */
  readonly alpha: number;
  readonly now: Instant;
}

/** What taking a batch needs to know of the policy in force. */
export interface IngestScope {
  readonly windowComparisons: number;
  readonly alarmRateOk: number;
  readonly now: Instant;
}

/** What was compared at one seam in one epoch. */
export interface SeamVolume extends EpochVolume {
  readonly seam: string;
}

/** What a person wrote about a cause of differences. */
export interface SignatureNote {
  readonly seam: string;
  readonly id: string;
  /** Who looks after it; `null` when nobody does. */
  readonly owner: string | null;
  readonly text: string;
  readonly by: string;
  readonly at: Instant;
}

/** Latency of both sides of one stratum, for showing. */
export interface LatencyView {
  readonly seam: string;
  readonly stratum: string;
  readonly legacy: Sketch;
  readonly candidate: Sketch;
}

/** What was compared in one stratum during one step, and when. For showing. */
export interface StratumHistory {
  readonly epoch: number;
  readonly step: number;
  readonly seam: string;
  readonly stratum: string;
  readonly verdicts: VerdictCounts;
  /** Comparisons over time, oldest first. */
  readonly slices: Slices;
}

/** Which history is wanted: of one seam, of one stratum of it, or of all. */
export interface HistoryScope {
  readonly seam: string | null;
  /** Of `seam` only; `null` for all of its strata. */
  readonly stratum: string | null;
  /** Rows at most, those that were added to last. */
  readonly limit: number;
}

/** A condition that a target was told of, and has not yet been told the end of. */
export interface ToldCondition {
  readonly kind: NoticeCondition;
  readonly text: string;
  readonly since: Instant;
  /** When it was sent last. */
  readonly sentAt: Instant;
}

/** What one target of notices was told of a migration. */
export interface Told {
  /** Decisions up to this one were said, or were not wanted. */
  readonly heard: number;
  readonly standing: readonly ToldCondition[];
}

/** The same as it is stored, with who among several controls is the one that tells. */
export interface ToldRecord extends Told {
  /** Counts from 1. */
  readonly version: number;
  readonly holder: string;
  readonly heldUntil: Instant;
}

/**
 * Control's durable state: the embedded SQLite file or PostgreSQL, behind one contract. Every
 * method is atomic. Rejects with `FW_STORE_…` errors; what was acknowledged survives a crash at any
 * instruction.
 */
export interface ControlStore {
  /** All migrations, by name. */
  migrations(): Promise<MigrationState[]>;
  /** One migration; `null` when there is none of that name. */
  migration(name: string): Promise<MigrationState | null>;
  /**
   * Writes a decision with the state and the snapshot that follow from it, if `state.version - 1`
   * is still current.
   */
  commit(commit: Commit): Promise<CommitResult>;
  /** Decisions of a migration with a sequence above `after`, oldest first, at most `limit`. */
  decisions(migration: string, after: number, limit: number): Promise<Decision[]>;
  /** The present snapshot; `null` before the first decision. */
  snapshot(migration: string): Promise<Snapshot | null>;
  /**
   * Adds a batch to the evidence, once, however often it is delivered; false when it was known.
   * Evidence is counted under the epoch and step that it names, late or not. The plane's retreat in
   * it is control's to act on. Rejects with `FW_STORE_NO_MIGRATION` before the first decision of
   * that migration.
   */
  ingest(migration: string, batch: EvidenceBatch, scope: IngestScope): Promise<boolean>;
  /** Everything known that a decision may rest on. */
  evidence(migration: string, scope: EvidenceScope): Promise<EvidenceView>;
  /** Latency of both sides in an epoch, by stratum. */
  latency(migration: string, epoch: number): Promise<LatencyView[]>;
  /** Comparisons over time, a row per stratum and step of every epoch, latest first. */
  history(migration: string, scope: HistoryScope): Promise<StratumHistory[]>;
  /**
   * Causes of differences, a record per epoch, most frequent first, at most `limit`; of one epoch,
   * or of all.
   */
  signatures(migration: string, epoch: number | null, limit: number): Promise<SignatureRecord[]>;
  /** How much was compared at each seam in each epoch that is kept. */
  volumes(migration: string): Promise<SeamVolume[]>;
  /** What people wrote about causes of differences. */
  notes(migration: string): Promise<SignatureNote[]>;
  /** Keeps what a person wrote about a cause; a later note of the same cause replaces it. */
  note(migration: string, note: SignatureNote): Promise<void>;
  /** Stored pairs of one cause, or of all of them, latest first, at most `limit`. */
  pairs(migration: string, id: string | null, limit: number): Promise<StoredPair[]>;
  /** Notes what a scan of the source tree found. */
  noteLegacyCode(migration: string, scan: LegacyCode): Promise<void>;
  /**
   * Keeps what the data side says, whole: a part that it leaves out is not known any more. An older
   * report never replaces a newer one.
   */
  noteData(migration: string, evidence: DataEvidence): Promise<void>;
  /** What a target was told of a migration; `null` when nothing was written down yet. */
  told(migration: string, target: string): Promise<ToldRecord | null>;
  /** Keeps what a target was told, if `record.version - 1` is still current. */
  keepTold(migration: string, target: string, record: ToldRecord): Promise<CommitResult>;
  /** Ends use. Further calls reject. */
  close(): Promise<void>;
}
