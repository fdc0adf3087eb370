import type { Instant } from '../ports/clock.ts';

/** A route whose shadows are stopped, because its candidate did not honour a dry run. */
export interface StoppedShadows {
  readonly route: string;
  readonly at: Instant;
  readonly because: string;
}

/** Where the writes stand that one guard keeps in its journal, as it last said. */
export interface WritesStanding {
  /** The journal's own name: it outlives the guard's process. */
  readonly journal: string;
  readonly at: Instant;
  /** On their way to the follower, and how old the oldest of them is. */
  readonly ready: number;
  readonly lagMs: number;
  /** Without a known end at the authority; those under way just now among them. */
  readonly inDoubt: number;
  /** Not taken by the follower. */
  readonly dead: number;
  /** Of which nobody knows whether the authority has them. */
  readonly listed: number;
  readonly stopped: readonly StoppedShadows[];
}
