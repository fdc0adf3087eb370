import { bucketOf, type Side, type Snapshot } from '@falsework/core/routing';
import { isBefore, type Stage, stageRow } from '@falsework/core/stage';
import type { Plane } from '../plane/plane.ts';
import type { PlaneRouter } from '../plane/plane-router.ts';
import type { Plan } from './plan.ts';
import type { SeamCore } from './seam-core.ts';
import { serveBehindFence, serveCandidate, serveLegacy } from './serve.ts';

const NO_CALL = { key: null, pin: null } as const;

/** Compiles a seam for the present snapshot of a plane. */
export function compilePlan(core: SeamCore, plane: Plane): Plan {
  const { shadow, salt, epoch } = plane.snapshot;
  // What is not declared may write, so it is routed as writes are.
  const router = plane.router(core.isReadOnly ? 'read' : 'write');
  // Whether an answer may be compared is the same question for both: what writes is compared only
  // where its effects are declared such that nothing is written.
  const isCompared = core.isShadowable && plane.router('read').isCompared;
  const sample = isCompared ? Math.min(core.sampleMax, shadow.sample) : 0;
  const isCandidate = !router.isKeyed && router.sideOf(NO_CALL) === 'candidate';
  const seam = plane.seam(core.name);
  seam.vouchForProcess(() => core.unwellness());
  plane.load.watch(core.engine);
  core.limitTo(shadow);
  const strata = core.strataFor(plane.snapshot, sample);
  return {
    core,
    seam,
    position: plane.position,
    router,
    generation: plane.generation,
    direct: isCandidate ? core.candidate : core.legacy,
    directHits: isCandidate ? 0 : 1,
    ...(isCandidate ? candidateTaking(plane.snapshot.stage) : legacyTaking(core, router, sample)),
    sample,
    strata,
    sampleSalt: `${salt}\0${epoch}\0sample`,
    hasFallback: isCompared && core.fallsBack,
    fence: core.isReadOnly && isFed(plane.snapshot) ? core.fence : null,
    doubtServes: plane.router('write').sideOf(NO_CALL),
  };
}

/**
 * True while one of two stores follows the other. In turnover, too: when the writes go back to
 * legacy, its store takes them a moment before this process is told that reads go back as well.
 */
function isFed({ stage, topology }: Snapshot): boolean {
  return stageRow(stage).serving[topology].write.other === 'fed';
}

type Taking = Pick<Plan, 'take' | 'takenShare'>;

/**
 * While going back is free, every call of the candidate is watched; once it is the authority for
 * good, none is.
 */
function candidateTaking(stage: Stage): Taking {
  const isWatched = isBefore(stage, 'seal');
  return { take: takeCandidate, takenShare: isWatched ? 1 : 0 };
}

function legacyTaking(core: SeamCore, router: PlaneRouter, sample: number): Taking {
  if (router.isKeyed && core.hasKey) return { take: takeByKey, takenShare: 1 };
  const isSampledByCall = (core.hasKey || core.hasStrata) && sample > 0 && sample < 1;
  if (isSampledByCall) return { take: takeLegacySampledByCall, takenShare: 1 };
  return { take: takeLegacySampled, takenShare: sample };
}

function takeLegacySampled(plan: Plan, self: unknown, args: ArrayLike<unknown>): unknown {
  // A seam that samples nothing is asked once in a billion calls all the same.
  return serveLegacy(plan, { self, args, isSampled: plan.sample > 0 });
}

/** Where key or stratum say whether a call is compared, every call has to be looked at. */
function takeLegacySampledByCall(plan: Plan, self: unknown, args: ArrayLike<unknown>): unknown {
  const key = plan.core.hasKey ? plan.core.keyOf(args) : null;
  if (isSampled(plan, key, args)) return serveLegacy(plan, { self, args, isSampled: true });
  plan.seam.legacyHits += 1;
  return Reflect.apply(plan.core.legacy, self, args);
}

function takeCandidate(plan: Plan, self: unknown, args: ArrayLike<unknown>): unknown {
  const key = plan.core.hasKey ? plan.core.keyOf(args) : null;
  const call = { self, args, isSampled: isSampled(plan, key, args) };
  if (plan.fence === null) return serveCandidate(plan, call);
  return serveBehindFence(plan, call, plan.fence.reasonFor(key));
}

/**
 * While a share is shifted, every call is watched: how often each side fails its callers decides
 * what comes next.
 */
function takeByKey(plan: Plan, self: unknown, args: ArrayLike<unknown>): unknown {
  const key = plan.core.keyOf(args);
  const side: Side = plan.router.sideOf({ key, pin: null });
  const call = { self, args, isSampled: isSampled(plan, key, args) };
  if (side === 'legacy') return serveLegacy(plan, call);
  if (plan.fence === null) return serveCandidate(plan, call);
  return serveBehindFence(plan, call, plan.fence.reasonFor(key));
}

/**
 * Decided before the outcome is known, and by key where there is one, so that an entity's calls are
 * seen together.
 */
function isSampled(plan: Plan, key: string | null, args: ArrayLike<unknown>): boolean {
  const { core, sample, sampleSalt, strata } = plan;
  if (sample <= 0 || sample >= 1) return sample >= 1;
  const die = key === null ? core.host.random.next() : bucketOf(sampleSalt, key) / 100;
  return strata === null ? die < sample : strata.choose(core.stratumOf(args), die);
}
