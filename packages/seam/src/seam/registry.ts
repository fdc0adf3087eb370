import type { PlaneSeam } from '../plane/plane-seam.ts';
import type { SeamReport } from './seam-report.ts';

/** A seam as whoever looks after all of them sees it. */
export interface RegisteredSeam {
  readonly settled: () => Promise<void>;
  readonly report: () => SeamReport;
  /** Where it hands in what it sees now; seams of one name share it. */
  readonly source: () => PlaneSeam;
}

const entries = new WeakMap<object, RegisteredSeam>();
// Weak, so that a seam made for one request goes with the request.
const refs = new Set<WeakRef<object>>();
const forgotten = new FinalizationRegistry<WeakRef<object>>((ref) => refs.delete(ref));

/** Notes a seam for as long as somebody can call it. */
export function register(seamed: object, entry: RegisteredSeam): void {
  const ref = new WeakRef(seamed);
  entries.set(seamed, entry);
  refs.add(ref);
  forgotten.register(seamed, ref);
}

/** Every seam of the process that can still be called, oldest first. */
export function allSeams(): RegisteredSeam[] {
  return [...refs].flatMap((ref) => registered(ref.deref()) ?? []);
}

/** What stands behind a seam; `undefined` for anything else. */
export function registered(seamed: object | undefined): RegisteredSeam | undefined {
  return seamed === undefined ? undefined : entries.get(seamed);
}
