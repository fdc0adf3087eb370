import type { Stop } from './report.ts';

/** What decides whether a request that did not succeed is sent again. */
export interface RepeatFacts {
  /** By its method, or because it carries a key. */
  readonly isIdempotent: boolean;
  readonly isReplayable: boolean;
  readonly triesLeft: number;
  /** How long would be waited before. */
  readonly waitMs: number;
  /** What is left until the deadline; infinite without one. */
  readonly leftMs: number;
  /** Takes a retry out of the budget, or says that there is none. */
  readonly spend: () => boolean;
}

/**
 * Null when the request may be sent again, else why not. What would be unsafe comes first, and the
 * budget last, so that nothing is spent on a retry that does not happen.
 */
export function whyNotRepeat(facts: RepeatFacts): Stop | null {
  if (!facts.isIdempotent) return 'not-idempotent';
  if (!facts.isReplayable) return 'body-spent';
  if (facts.triesLeft < 1) return 'tries';
  // A wait that ends at the deadline would end in nothing: the caller has the answer now instead.
  if (facts.waitMs >= facts.leftMs) return 'deadline';
  return facts.spend() ? null : 'budget';
}
