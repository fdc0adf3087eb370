import type { Direction } from '../drain/feed.ts';

/** What a window brought, as far as it is told. */
export interface WindowFacts {
  readonly keys: number;
  readonly written: number;
  readonly isBehind: boolean;
  readonly truncated: readonly unknown[];
  readonly poisoned: readonly unknown[];
}

/** One window of a feed, as it is told. */
export interface WindowSpan {
  /** Everything was found out; the follower is about to be written. */
  applying(): void;
  /** What it brought; `null` when another drain was quicker, or when it failed. */
  ended(drained: WindowFacts | null, error: unknown): void;
}

/** Where drains tell what they do. Nothing here may throw. */
export interface FeedTracer {
  began(feed: { readonly migration: string; readonly direction: Direction }): WindowSpan;
}

/** What this process tells, if anything. */
export const tracing: { tracer: FeedTracer | null } = { tracer: null };
