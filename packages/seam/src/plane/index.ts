export { LoadBook } from './load-book.ts';
export { type Builds, Plane, type PlaneOptions } from './plane.ts';
export type { PlaneRouter } from './plane-router.ts';
export type { PlaneSeam } from './plane-seam.ts';
export type { SeamSummary } from './seam-book.ts';
export { INERT_SNAPSHOT, STANDALONE_SNAPSHOT } from './snapshots.ts';
