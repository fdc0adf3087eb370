import type { Random } from '@falsework/core/ports';

/** How long to wait between attempts. */
export interface Backoff {
  readonly baseMs: number;
  readonly capMs: number;
}

/**
 * The wait after the attempt of this number, from 1: exponential with full jitter. Any time up to
 * the bound is as likely as any other, so that those who failed together do not come back together.
 */
export function backoffMs(attempt: number, { baseMs, capMs }: Backoff, random: Random): number {
  // Beyond 2^30 the bound is the cap anyway, and the product must stay finite.
  const boundMs = Math.min(capMs, baseMs * 2 ** Math.min(attempt - 1, 30));
  return random.next() * boundMs;
}
