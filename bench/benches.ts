/**
 * What a bench measured, by name. What is good is said by the bench: a ratio to something measured
 * in the same run.
 */
export type Ratios = Readonly<Record<string, number>>;

/** A bench, loaded only when it is asked for. */
export interface Bench {
  readonly run: () => Promise<Ratios>;
}

export const BENCHES: Readonly<Record<string, () => Promise<Bench>>> = {
  guard: () => import('./guard.ts'),
  'guard-latency': () => import('./guard-latency.ts'),
  'guard-faults': () => import('./guard-faults.ts'),
  backfill: () => import('./backfill.ts'),
  reconcile: () => import('./reconcile.ts'),
  capture: () => import('./data-capture.ts'),
  drain: () => import('./data-drain.ts'),
  compare: () => import('./compare.ts'),
  console: () => import('./console.ts'),
  seam: () => import('./seam.ts'),
  turnover: () => import('./turnover.ts'),
};
