import type { Random } from '@falsework/core/ports';
import { type FenceReason, isInShare, type Side } from '@falsework/core/routing';
import { stageRow } from '@falsework/core/stage';
import type { CountedFence } from '@falsework/seam/engine';
import type { Plane, PlaneRouter, PlaneSeam } from '@falsework/seam/plane';
import { type ShadowContext, ShadowLane } from '../shadow/shadow-lane.ts';
import type { Route } from './route.ts';

/** A route compiled for one snapshot: a request compares one number and reads the rest. */
export interface Plan {
  /** The plane's generation for which this holds. */
  readonly generation: number;
  readonly seam: PlaneSeam;
  readonly router: PlaneRouter;
  /** True when a request's key must be read: to choose its side, or to choose it for comparing. */
  readonly needsKey: boolean;
  /** True when the key decides the side. */
  readonly isKeyed: boolean;
  /** True when a workflow stays on the side on which it began. */
  readonly keepsPins: boolean;
  /** The side of a request without a key. */
  readonly side: Side;
  /**
   * Share of requests compared, 0 to 1, and the salt of choosing by key: other keys in each epoch.
   */
  readonly sample: number;
  readonly sampleSalt: string;
  /**
   * `null` when nothing is compared, which with a sample above 0 means that the path is no route
   * yet.
   */
  readonly lane: ShadowLane | null;
  /** True when writes reach the candidate's store later than legacy's, and a read may notice. */
  readonly isBehind: boolean;
  /**
   * Asked before the candidate answers a read, while one of two stores follows the other; `null`
   * where neither does, or where nobody keeps them equal but this guard.
   */
  readonly fence: CountedFence | null;
  /** Who answers when the fence does not know: the side that takes the writes. */
  readonly doubtServes: Side;
  /** True when legacy may answer what the candidate failed to. */
  readonly canFallBack: boolean;
}

// Until a path is known to be a route, its calls are counted together, so that no stranger can make
// seams.
const UNKNOWN_SEAM = '(unknown paths)';

const NO_CALL = { key: null, pin: null } as const;

/** Compiles a route for the present snapshot of the plane. */
export function compilePlan(route: Route, plane: Plane, context: ShadowContext): Plan {
  const { snapshot } = plane;
  const { name, operation, readKey, sample: own } = route.spec;
  const router = plane.router(operation);
  const seam = plane.seam(route.isProven ? name : UNKNOWN_SEAM);
  // A dry run is a write, and compared when reads are.
  const comparing = route.spec.lane.isDryRun === true ? plane.router('read') : router;
  const isCompared = route.spec.unproven === null && comparing.isCompared;
  // A policy that samples nothing stops all shadows, also those of routes with a share of their
  // own.
  const asked = snapshot.shadow.sample === 0 ? 0 : (own ?? snapshot.shadow.sample);
  const sample = isCompared ? asked : 0;
  const hasLane = sample > 0 && route.isProven;
  if (hasLane) route.lane ??= new ShadowLane(context, seam, route.spec.lane);
  // Callers know legacy's names only, and an answer that was passed on has the candidate's.
  const stays = route.spec.isTranslated === true && snapshot.stage === 'shift';
  const canShift = operation === 'read' || route.spec.canShift !== false;
  const isKeyed = router.isKeyed && canShift && !stays;
  const isSampledByKey = sample > 0 && sample < 1;
  const fence = operation === 'read' && isFed(plane) ? context.fence : null;
  const isBehind = operation === 'read' && context.follow !== null && isFollower(plane);
  return {
    generation: plane.generation,
    seam,
    router,
    // A call without a key is not moved before 100 %, which is what such a route asks for.
    needsKey: readKey !== null && (isKeyed || isSampledByKey || isBehind || fence !== null),
    isKeyed,
    keepsPins: canShift && !stays,
    side: stays ? 'legacy' : router.sideOf(NO_CALL),
    sample,
    sampleSalt: `${snapshot.salt}\0${snapshot.epoch}\0sample`,
    lane: hasLane ? route.lane : null,
    isBehind,
    fence,
    doubtServes: plane.router('write').sideOf(NO_CALL),
    // Where the other side is no longer compared, it is no longer kept equal either: its answer may
    // be an old one.
    canFallBack: operation === 'read' && router.isCompared,
  };
}

/** True while the candidate's store is the one that is fed. */
function isFollower({ snapshot }: Plane): boolean {
  const { authority } = stageRow(snapshot.stage).serving[snapshot.topology].write;
  return snapshot.topology === 'separate' && authority === 'legacy';
}

/**
 * True while either store follows the other. In turnover, too: when the writes go back to legacy,
 * its store takes them a moment before this process is told that reads go back as well.
 */
export function isFed({ snapshot }: Plane): boolean {
  return stageRow(snapshot.stage).serving[snapshot.topology].write.other === 'fed';
}

/** True when legacy answers in the candidate's place, by what the fence said. */
export function isKept(
  { fence, doubtServes }: Pick<Plan, 'fence' | 'doubtServes'>,
  reason: FenceReason | null,
): boolean {
  if (fence === null) return false;
  return reason === 'unknown' ? doubtServes === 'legacy' : reason !== null;
}

/** The side that answers a request. */
export function sideOf(plan: Plan, key: string | null): Side {
  return plan.isKeyed ? plan.router.sideOf({ key, pin: null }) : plan.side;
}

/** The side that answers a request of a workflow that began on `pin`. */
export function pinnedSideOf(plan: Plan, key: string | null, pin: Side): Side {
  return plan.keepsPins ? plan.router.sideOf({ key, pin }) : sideOf(plan, key);
}

/**
 * Whether a request is compared: decided before its outcome is known, and by key where there is
 * one.
 */
export function isDrawn({ sample, sampleSalt }: Plan, key: string | null, random: Random): boolean {
  if (sample <= 0 || sample >= 1) return sample >= 1;
  return key === null ? random.next() < sample : isInShare(sampleSalt, key, sample * 100);
}
