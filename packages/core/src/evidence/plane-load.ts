import { EMPTY_SKETCH, type Sketch } from './sketch.ts';

/** Why sampled runs were not compared, as planes report it. */
export const SHED_REASONS = [
  'queue-full',
  'hanging',
  'not-answering',
  'too-large',
  'not-copyable',
  'incomplete',
  'cpu',
  'blocking',
  'gave-way',
  'stopped',
  'fault',
  'fenced',
  'closing',
] as const;

/**
 * How a plane fares as a guest of its process, since its last batch. For people and their alerts:
 * no gate ever looks at it, so control may forget it.
 */
export interface PlaneLoad {
  /** Shadow runs that wait for their turn now, at all seams and at the one with most of them. */
  readonly queued: number;
  readonly queuedLongest: number;
  /** Shadow runs under way now. */
  readonly running: number;
  /**
   * Runs that were not compared, by reason: those of {@link SHED_REASONS}, and whatever a plane of
   * another version says.
   */
  readonly shed: Readonly<Record<string, number>>;
  /** Failures of ours, or of functions given to us, that were kept from callers. */
  readonly faults: number;
  /** How long a guard took to read a request, choose its side and send it on; one in 16. */
  readonly ownTime: Sketch;
  /** What a seam added to sampled calls by copying input and answer; one in 16. */
  readonly snapshotTime: Sketch;
}

/** A plane at rest. */
export const NO_PLANE_LOAD: PlaneLoad = Object.freeze({
  queued: 0,
  queuedLongest: 0,
  running: 0,
  shed: Object.freeze({}),
  faults: 0,
  ownTime: EMPTY_SKETCH,
  snapshotTime: EMPTY_SKETCH,
});
