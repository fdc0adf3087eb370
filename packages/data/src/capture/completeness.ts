import type { Instant } from '@falsework/core/ports';

/**
 * Rows changed in a table and events in its outbox, as the server's statistics count them. They
 * count work that was rolled back as well, on both sides alike, which the number of rows in the
 * outbox would not.
 */
export interface Counters {
  readonly at: Instant;
  readonly changes: number;
  readonly events: number;
}

/** What the counters say of capture. `unsettled`: they do not say anything yet. */
export type Completeness =
  | { readonly state: 'unsettled'; readonly because: string }
  | { readonly state: 'complete'; readonly changes: number }
  | { readonly state: 'bypassed'; readonly missing: number };

/**
 * Statistics come late: a session hands its counts in at most once a second, and up to ten seconds
 * after it fell idle (`PGSTAT_IDLE_INTERVAL`). Two equal readings this far apart are what really
 * happened.
 */
export const SETTLE_MS = 12_000;

/**
 * Where writers never rest, a table that was ahead of its outbox at every one of many looks over
 * this long is ahead for good: what is merely late is in at one look or another.
 */
export const BUSY_WINDOW_MS = 60_000;
const BUSY_LOOKS_MIN = 10;

/**
 * Judges readings of one table, oldest first, against a settled reading from before. `baseline` is
 * `null` until there is one; see {@link settledBaseline}. O(readings).
 */
export function judgeCounters(
  baseline: Counters | null,
  readings: readonly Counters[],
): Completeness {
  const last = readings.at(-1);
  if (baseline === null || last === undefined) {
    return { state: 'unsettled', because: 'there is no settled reading to start from' };
  }
  if (readings.some((one) => one.changes < baseline.changes || one.events < baseline.events)) {
    // After a crash or a reset the counts begin anew; what they say of the time before is lost.
    return { state: 'unsettled', because: 'the counters were reset' };
  }
  const missing = (one: Counters): number =>
    one.changes - baseline.changes - (one.events - baseline.events);
  if (isSettled(readings)) {
    return missing(last) > 0
      ? { state: 'bypassed', missing: missing(last) }
      : { state: 'complete', changes: last.changes - baseline.changes };
  }
  const recent = readings.filter((one) => last.at - one.at <= BUSY_WINDOW_MS);
  const spanMs = last.at - (recent[0]?.at ?? last.at);
  const least = Math.min(...recent.map(missing));
  if (recent.length >= BUSY_LOOKS_MIN && spanMs >= BUSY_WINDOW_MS * 0.9) {
    if (least > 0) return { state: 'bypassed', missing: least };
    return { state: 'complete', changes: last.changes - baseline.changes };
  }
  return { state: 'unsettled', because: 'writers are at work and the looks are too few' };
}

/** The last reading if nothing moved for long enough before it; `null` otherwise. */
export function settledBaseline(readings: readonly Counters[]): Counters | null {
  return isSettled(readings) ? (readings.at(-1) ?? null) : null;
}

function isSettled(readings: readonly Counters[]): boolean {
  const last = readings.at(-1);
  if (last === undefined) return false;
  for (let i = readings.length - 2; i >= 0; i -= 1) {
    const one = readings[i] as Counters;
    if (one.changes !== last.changes || one.events !== last.events) return false;
    if (last.at - one.at >= SETTLE_MS) return true;
  }
  return false;
}
