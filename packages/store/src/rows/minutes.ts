import type { Instant } from '@falsework/core/ports';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/**
 * Counts by the minute they fell into, flat: [minute, count, minute, count, …]. At most 61 minutes
 * are kept.
 */
export type Minutes = readonly number[];

/** Adds what was counted at `at`, and forgets minutes that ended more than an hour before it. */
export function addToMinutes(minutes: Minutes, added: number, at: Instant): Minutes {
  const present = Math.floor(at / MINUTE_MS);
  const counts = new Map(pairs(minutes).filter(([minute]) => isWithinHour(minute, at)));
  if (added > 0) counts.set(present, (counts.get(present) ?? 0) + added);
  return [...counts].flat();
}

/**
 * What was counted in the hour before `at`. A minute that lies half inside counts whole: too many,
 * never too few.
 */
export function lastHour(minutes: Minutes, at: Instant): number {
  return pairs(minutes)
    .filter(([minute]) => isWithinHour(minute, at))
    .reduce((sum, [, count]) => sum + count, 0);
}

function isWithinHour(minute: number, at: Instant): boolean {
  return (minute + 1) * MINUTE_MS > at - HOUR_MS;
}

function pairs(minutes: Minutes): [minute: number, count: number][] {
  const list: [number, number][] = [];
  for (let i = 0; i + 1 < minutes.length; i += 2) {
    list.push([minutes[i] as number, minutes[i + 1] as number]);
  }
  return list;
}
