// What a soak must not find, apart from the soak itself, so that it can be shown to find it.
import type { Account, Miss } from './caller-process.ts';
import { median } from './stats.ts';

/** What a process held at one moment, just after all garbage was collected. */
export interface Held {
  readonly minute: number;
  readonly bytes: number;
}

/** When legacy was not there, in milliseconds since the epoch. */
export interface Absence {
  readonly fromMs: number;
  readonly untilMs: number;
}

/** Memory of the last minute over that of the third may not be more than this. */
const GROWTH_MAX = 1.05;

/**
 * How many times as much was held in the last minute as in the third one, by the medians of both.
 * By the third minute everything is compiled, and every bounded list is full; a soak of fewer than
 * four minutes takes the minute before the last one.
 */
export function growth(held: readonly Held[]): number {
  const last = Math.max(...held.map(({ minute }) => minute));
  const of = (which: number): number =>
    median(held.filter(({ minute }) => minute === which).map(({ bytes }) => bytes));
  return of(last) / of(Math.min(3, last - 1));
}

/**
 * Calls that callers have a right to complain of. While legacy is not there, a 502 in its name is
 * the right answer, and an answer that it had begun cannot be finished by anybody. No answer at all
 * is never right.
 */
export function complaints(
  { misses }: Pick<Account, 'misses'>,
  absences: readonly Absence[],
): readonly Miss[] {
  return misses.filter((miss) => {
    const isExcused = absences.some(
      ({ fromMs, untilMs }) => miss.endedMs >= fromMs && miss.beganMs <= untilMs,
    );
    return !isExcused || miss.kind === 'lost' || miss.kind === 'wrong';
  });
}

/** What was found, in sentences. */
export function findings(seen: {
  readonly held: readonly Held[];
  readonly account: Account;
  readonly absences: readonly Absence[];
  /** Open descriptors of the guard at rest, before and after. */
  readonly descriptors: { readonly before: number; readonly after: number };
}): string[] {
  const { account, descriptors } = seen;
  const found: string[] = [];
  const grown = growth(seen.held);
  if (grown > GROWTH_MAX) {
    found.push(`memory: the last minute held ${grown.toFixed(3)} times what the third one did`);
  }
  const { before, after } = descriptors;
  if (after > before) found.push(`descriptors: ${before} at rest before, ${after} after`);
  if (account.underWay > 0) found.push(`answers: ${account.underWay} calls never ended`);
  const wronged = complaints(account, seen.absences);
  if (wronged.length > 0) {
    const [first] = wronged;
    found.push(`answers: ${wronged.length} calls went wrong; ${first?.kind}: ${first?.because}`);
  }
  return found;
}
