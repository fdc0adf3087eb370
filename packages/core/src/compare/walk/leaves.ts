import { isInstantWithin } from '../rules/instant.ts';
import { doBothMatch } from '../rules/pattern.ts';
import { NO_RULING, type Ruling } from '../rules/ruling.ts';
import { isWithin, shareOfLarger } from '../values/decimal.ts';
import { unboxed } from '../values/family.ts';
import { type AnyNumber, decimalOf, isSameNumber, numberText } from '../values/numbers.ts';
import { bytesOf } from '../values/read.ts';
import { readBoth } from './read-both.ts';
import type { Pair, Walk } from './walk.ts';

/** Numbers: equal as written or as numbers, or excused by a tolerance or an instant rule. */
export function compareNumbers(walk: Walk, pair: Pair): void {
  const { place, ruling } = pair;
  const legacy = pair.legacy as AnyNumber;
  const candidate = pair.candidate as AnyNumber;
  if (areAlike(legacy, candidate, walk.areNumbersStrict)) return;
  if (ruling.tolerance !== null && isTolerated(legacy, candidate, ruling.tolerance)) return;
  if (ruling.withinMs !== null && isInstantWithin(legacy, candidate, ruling.withinMs)) return;
  walk.report(ruling.withinMs === null ? 'number' : 'instant', place, legacy, candidate);
}

/** Strict: 1.0 is not 1.00, and 0 is not -0. */
function areAlike(legacy: AnyNumber, candidate: AnyNumber, isStrict: boolean): boolean {
  if (!isStrict) return isSameNumber(legacy, candidate);
  if (typeof legacy === 'number' && typeof candidate === 'number')
    return Object.is(legacy, candidate);
  return numberText(legacy) === numberText(candidate);
}

/** In decimal, not in doubles: 10.005 - 10 is 0.005 to everyone but a processor. */
function isTolerated(
  legacy: AnyNumber,
  candidate: AnyNumber,
  { abs, rel }: NonNullable<Ruling['tolerance']>,
): boolean {
  const [a, b] = [decimalOf(legacy), decimalOf(candidate)];
  if (a === undefined || b === undefined) return false;
  if (abs !== null && isWithin(a, b, abs)) return true;
  return rel !== null && isWithin(a, b, shareOfLarger(a, b, rel));
}

/** Strings: equal, or excused by a pattern or an instant rule. */
export function compareStrings(walk: Walk, { legacy, candidate, place, ruling }: Pair): void {
  const { pattern, withinMs } = ruling;
  if (pattern !== null && doBothMatch(pattern, legacy as string, candidate as string)) return;
  if (withinMs !== null && isInstantWithin(legacy, candidate, withinMs)) return;
  const kind = withinMs === null ? 'string' : 'instant';
  walk.report(pattern === null ? kind : 'pattern', place, legacy, candidate);
}

/** Dates by the instant they hold; two invalid ones are equal. */
export function compareDates(walk: Walk, pair: Pair): void {
  const times = readBoth(walk, pair, (date) => Reflect.apply(Date.prototype.getTime, date, []));
  if (times === undefined || Object.is(times[0], times[1])) return;
  const { legacy, candidate, place } = pair;
  const { withinMs } = pair.ruling;
  if (withinMs !== null && isInstantWithin(legacy, candidate, withinMs)) return;
  walk.report(withinMs === null ? 'date' : 'instant', place, legacy, candidate);
}

/**
 * Regular expressions by source and flags; where a search stopped last is not part of the answer.
 */
export function compareRegExps(walk: Walk, pair: Pair): void {
  const texts = readBoth(walk, pair, (regexp) =>
    Reflect.apply(RegExp.prototype.toString, regexp, []),
  );
  if (texts === undefined || texts[0] === texts[1]) return;
  walk.report('regexp', pair.place, pair.legacy, pair.candidate);
}

// Comparing bytes costs far less than visiting values; sixteen of them count as one.
const BYTES_PER_NODE = 16;

/** Buffers and views byte by byte, so floating-point arrays distinguish 0 from -0. */
export function compareBytes(walk: Walk, pair: Pair): void {
  const bytes = readBoth(walk, pair, bytesOf);
  if (bytes === undefined) return;
  const [legacy, candidate] = bytes;
  if (legacy.length === candidate.length) {
    if (!walk.budget.spend(Math.ceil(legacy.length / BYTES_PER_NODE))) return;
    if (legacy.every((byte, i) => byte === candidate[i])) return;
  }
  walk.report('bytes', pair.place, pair.legacy, pair.candidate);
}

/** Boxed primitives by what is inside. */
export function compareBoxed(walk: Walk, pair: Pair): void {
  const inner = readBoth(walk, pair, unboxed);
  if (inner === undefined || Object.is(inner[0], inner[1])) return;
  const [legacy, candidate] = inner;
  const place = walk.contentPlace(pair.place);
  walk.compareContent({ legacy, candidate, place, ruling: NO_RULING });
}
