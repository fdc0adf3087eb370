import { JsonNumber } from '../json/json-nodes.ts';
import { compareDecimals, type Decimal, decimalKey, parseDecimal } from './decimal.ts';
import { familyOf } from './family.ts';

/** Any of the three ways a number reaches us: a double, a bigint, or a JSON literal as written. */
export type AnyNumber = number | bigint | JsonNumber;

/** Asks the family rather than `instanceof`, which a hostile proxy may answer by throwing. */
export function isAnyNumber(value: unknown): value is AnyNumber {
  if (typeof value === 'number' || typeof value === 'bigint') return true;
  return typeof value === 'object' && familyOf(value) === 'number';
}

/**
 * The text of a number: a literal as written, a double in the shortest form that reads back as the
 * same double.
 */
export function numberText(value: AnyNumber): string {
  return value instanceof JsonNumber ? value.text : String(value);
}

/** The exact value; undefined for NaN, the infinities and exponents beyond 10^15. */
export function decimalOf(value: AnyNumber): Decimal | undefined {
  return parseDecimal(numberText(value));
}

/**
 * True when both stand for the same number: 1.0 and 1e0, 5n and 5, -0 and 0. Literals whose
 * exponent is beyond reckoning are equal only when written alike, which errs on the side of
 * reporting a difference.
 */
export function isSameNumber(a: AnyNumber, b: AnyNumber): boolean {
  if (a === b) return true;
  if (typeof a === 'number' && typeof b === 'number') return Object.is(a, b);
  // Most numbers that are equal are written alike, and then need no arithmetic.
  if (numberText(a) === numberText(b)) return true;
  const left = decimalOf(a);
  const right = decimalOf(b);
  if (left === undefined || right === undefined) return false;
  return compareDecimals(left, right) === 0;
}

/**
 * One text for every spelling of a number, so that numbers can be keys: `n10.0` and `n1e1` meet.
 */
export function numberKey(value: AnyNumber): string {
  const decimal = decimalOf(value);
  return decimal === undefined ? numberText(value) : decimalKey(decimal);
}
