export { bucketOf, isInShare } from './bucket.ts';
export { type Call, compileRouter, type Router } from './router.ts';
export { otherSide, type Side } from './side.ts';
export { type Snapshot, snapshotOf } from './snapshot.ts';
export { StrataSampler, type StrataTerms, type StratumNeed } from './strata-sampler.ts';
