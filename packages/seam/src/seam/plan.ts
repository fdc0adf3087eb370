import type { Position } from '@falsework/core/evidence';
import type { Side, StrataSampler } from '@falsework/core/routing';
import type { CountedFence } from '../engine/counted-fence.ts';
import type { PlaneRouter } from '../plane/plane-router.ts';
import type { PlaneSeam } from '../plane/plane-seam.ts';
import type { SeamCore } from './seam-core.ts';
import type { AnyFunction } from './types.ts';

/** One call as it came in. */
export interface IncomingCall {
  readonly self: unknown;
  readonly args: ArrayLike<unknown>;
  readonly isSampled: boolean;
}

/** A call that does not go straight to legacy. */
type Take = (plan: Plan, self: unknown, args: ArrayLike<unknown>) => unknown;

/**
 * A seam compiled for one snapshot. What is known now is decided now; a call reads a few fields.
 */
export interface Plan {
  readonly core: SeamCore;
  readonly seam: PlaneSeam;
  readonly position: Position;
  readonly router: PlaneRouter;
  /** The plane's generation for which this holds. */
  readonly generation: number;
  /**
   * The side's own function, for calls that nobody watches, and how many calls of legacy each of
   * them counts for.
   */
  readonly direct: AnyFunction;
  readonly directHits: 0 | 1;
  /**
   * Share of calls that `take` serves, drawn at random; the others go to `direct`. 0 when there is
   * no second side.
   */
  readonly takenShare: number;
  readonly take: Take;
  /**
   * Share of calls to compare, 0 to 1, and the salt of sampling by key: other keys in each epoch.
   */
  readonly sample: number;
  readonly sampleSalt: string;
  /** Decides by stratum which calls are compared; `null` where all of them are, or there is one. */
  readonly strata: StrataSampler | null;
  /**
   * True when legacy answers for a candidate that fails: it is free of effects, and still kept up
   * to date.
   */
  readonly hasFallback: boolean;
  /**
   * Asked before the candidate answers, while one of two stores follows the other; `null` where
   * neither does, or nobody minds.
   */
  readonly fence: CountedFence | null;
  /** Who answers when the fence does not know: the side that takes the writes. */
  readonly doubtServes: Side;
}
