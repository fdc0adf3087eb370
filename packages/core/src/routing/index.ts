export { bucketOf, isInShare } from './bucket.ts';
export {
  canMove,
  type FenceCounts,
  type FenceMark,
  type FenceReason,
  fenceReason,
  NOT_FENCED,
  type PendingKeys,
  type ReadFence,
} from './read-fence.ts';
export { type Call, compileRouter, type Router } from './router.ts';
export { SharedLook } from './shared-look.ts';
export { otherSide, type Side } from './side.ts';
export { type Snapshot, snapshotOf } from './snapshot.ts';
export { StrataSampler, type StrataTerms, type StratumNeed } from './strata-sampler.ts';
