import type { Instant } from '../ports/clock.ts';
import type { Side } from '../routing/side.ts';

/** What is known of capture: whether every write of the authority is reported. */
export interface CaptureEvidence {
  /** When a write of our own was first seen to come out of capture; `null` while none was. */
  readonly provenAt: Instant | null;
  /** Writes that the server counted and capture did not report. */
  readonly bypassed: number;
}

/** How far the follower is behind the authority. */
export interface DrainEvidence {
  readonly lagMs: number;
  readonly lagRows: number;
  /** Rows that the follower refused. They are missing there until somebody looks at them. */
  readonly deadLetters: number;
}

/** How much of what was there before capture has been copied. */
export interface BackfillEvidence {
  /** The instant up to which rows come from copying; later ones come from capture. */
  readonly cutoffAt: Instant;
  readonly rowsCopied: number;
  readonly rowsTotal: number;
  /** True when every chunk is done; rows that were deleted meanwhile were never copied. */
  readonly isComplete: boolean;
  /** True when everything that was captured before the last chunk ended has been applied. */
  readonly isDrainedPastCutoff: boolean;
}

/** What the exhaustive comparison of both stores found. */
export interface DivergenceEvidence {
  readonly rows: number;
  /** Since when it has been zero in every pass; `null` while it is not. */
  readonly zeroSince: Instant | null;
  /** The source's instant up to which every row has been compared; `null` before a whole pass. */
  readonly verifiedThrough: Instant | null;
  /** Faults planted in the last pass, and how many of them it found. */
  readonly canariesPlanted: number;
  readonly canariesFound: number;
  /** Of those rows, how many are how; left out by data sides that do not say. */
  readonly byKind?: Readonly<Record<string, number>> | undefined;
  /** What the last pass of each table compared; left out by data sides that do not say. */
  readonly coverage?: CoverageEvidence | undefined;
}

/** How much of everything was compared. Divergence that is zero says nothing of what was not. */
export interface CoverageEvidence {
  readonly rowsCompared: number;
  /** Tables of which every row has been compared as they are mapped now, of all that are mapped. */
  readonly tablesWhole: number;
  readonly tables: number;
}

/** The end of the reverse feed. From here on the way back is a replay of what is retained. */
export interface SealEvidence {
  readonly sealedAt: Instant;
  /** What was written since is kept until then; afterwards there is no way back. */
  readonly retainUntil: Instant;
}

/** The way back: whether it is fed, and how much waits on it. */
export interface ReverseEvidence {
  readonly lagRows: number;
  /** Why it is dead; `null` while it lives. A dead feed is not brought to an end by waiting. */
  readonly deadBecause: string | null;
}

/** The last time that the way back was tried on the stores themselves. */
export interface RehearsalEvidence {
  readonly at: Instant;
  /** How long the way back took, fenced writers waiting. */
  readonly rollbackMs: number;
  readonly expiresAt: Instant;
  /** Why it says nothing of the present any more, such as another schema; `null` when it does. */
  readonly voidBecause: string | null;
}

/** Runs that began on the old side and have not ended. */
export interface WorkflowEvidence {
  readonly inFlight: number;
  readonly countedAt: Instant;
}

/** Statements that must give the same on both stores. */
export interface InvariantEvidence {
  readonly total: number;
  /** Names of those that did not agree. */
  readonly unequal: readonly string[];
  readonly evaluatedAt: Instant;
}

/**
 * What a migration's data side knows, as it last said it. Every part is `null` until it was
 * measured: control takes the report whole, so a part that is missing from it is not known.
 */
export interface DataReport {
  /** The store that takes writes; `null` while a switch between them is under way. */
  readonly authority: Side | null;
  readonly capture: CaptureEvidence | null;
  readonly drain: DrainEvidence | null;
  readonly backfill: BackfillEvidence | null;
  readonly divergence: DivergenceEvidence | null;
  readonly reverse: ReverseEvidence | null;
  readonly rehearsal: RehearsalEvidence | null;
  readonly workflows: WorkflowEvidence | null;
  readonly invariants: InvariantEvidence | null;
  /** `null` before the seal; left out by data sides that do not say. */
  readonly seal?: SealEvidence | null | undefined;
}

/** Evidence of the data side, with the time at which control heard it. */
export interface DataEvidence extends DataReport {
  readonly reportedAt: Instant;
}

/** A data side that has measured nothing yet. */
export const NO_DATA_REPORT: DataReport = Object.freeze({
  authority: null,
  capture: null,
  drain: null,
  backfill: null,
  divergence: null,
  reverse: null,
  rehearsal: null,
  workflows: null,
  invariants: null,
});

/** Why the way back is not safe at present, in words; `null` when it is. */
export function rollbackUnsafe(report: DataReport): string | null {
  const { reverse, drain } = report;
  if (report.authority === 'candidate' && reverse === null)
    return 'the reverse feed is not reported';
  if (reverse !== null && reverse.deadBecause !== null) {
    return `the reverse feed is dead: ${reverse.deadBecause}`;
  }
  if (drain !== null && drain.deadLetters > 0) return 'rows wait in the dead letters';
  return null;
}
