import type { Finding, KeptPair, Observation, Position } from '@falsework/core/evidence';
import type { Side } from '@falsework/core/routing';
import type { ShedReason } from './shed.ts';

/** How one side's run ended, with an answer or with anything thrown, and how long that took. */
export type Outcome<Answer> =
  | { readonly ok: true; readonly value: Answer; readonly tookMs: number }
  | { readonly ok: false; readonly error: unknown; readonly tookMs: number };

/** What a run rejects with that says nothing about its side, for a reason that is nobody's fault. */
export class NotCompared extends Error {
  override readonly name = 'NotCompared';
  readonly because: ShedReason;

  constructor(because: ShedReason) {
    super(because);
    this.because = because;
  }
}

/** What comparing two outcomes says. `accepted`: different, and known to be all right. */
export interface Judgement {
  readonly result: 'equal' | 'accepted' | 'different' | 'incomplete';
  /** What differs, already redacted. Empty unless the result is `different`. */
  readonly findings: readonly Finding[];
}

/**
 * One sampled call: what the authority answered, and how to run the other side. The engine knows
 * nothing of functions or HTTP; this is all that it asks of them. Any method may throw or reject:
 * that is counted as a fault of ours and the run is shed.
 */
export interface ShadowJob<Answer> {
  readonly position: Position;
  readonly stratum: string;
  /** The side whose answer the caller got. */
  readonly served: Side;
  /** What was asked, in a few redacted words; `null` when there is nothing to say. */
  readonly request: string | null;
  /** What the caller got, copied before the caller could change it. */
  readonly answer: Outcome<Answer>;
  /** True when both sides may be run once more to see whether a difference repeats: reads only. */
  readonly canRerun: boolean;
  /**
   * Runs one side. What the side itself throws is an outcome, not a rejection; a rejection with
   * {@link NotCompared} says why there is none. The signal aborts when its time is up; a run that
   * goes on all the same is left behind.
   */
  run(side: Side, signal: AbortSignal): Promise<Outcome<Answer>>;
  compare(legacy: Outcome<Answer>, candidate: Outcome<Answer>): Judgement;
  /** Compares two runs of legacy: what differs is noise, and its causes have names of their own. */
  compareNoise(one: Outcome<Answer>, other: Outcome<Answer>): Judgement;
  /**
   * Both answers as they may be kept, asked only when they differ; `null` when there is nothing to
   * keep, or enough of these causes is kept already.
   */
  pair(
    legacy: Outcome<Answer>,
    candidate: Outcome<Answer>,
    findings: readonly Finding[],
  ): KeptPair | null;
  /**
   * True when these findings are of a class of which one is too many. Asked only when the sides
   * differ.
   */
  isCritical(findings: readonly Finding[]): boolean;
  /**
   * Why a difference that is about to be reported says nothing, such as a write that one side had
   * and the other had not; `null` when it stands. Left out where there is no such reason. It is the
   * first look that stands where there was no second one, or where that could not be finished.
   */
  excuse?(stands: 'first' | 'second'): Promise<ShedReason | null> | null;
  /** The same before a second look is taken, which then is at what follows. */
  beforeSecondLook?(): Promise<ShedReason | null>;
  /** Takes the one observation of this job. */
  report(observation: Observation): void;
}
