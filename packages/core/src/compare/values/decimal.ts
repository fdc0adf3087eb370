/**
 * A decimal number exactly as written: ±`digits` × 10^`exponent`. `digits` has no zeros at either
 * end and is empty for zero, so two equal numbers have equal parts, however they were written: 1.0,
 * 1.00 and 1e0 are ±"1" × 10^0.
 */
export interface Decimal {
  readonly isNegative: boolean;
  readonly digits: string;
  readonly exponent: number;
}

// Fifteen digits of exponent stay exact in a double, with room for the length of the mantissa.
const EXPONENT_DIGITS_MAX = 15;

// Arithmetic on more digits than this is refused: no amount of money has them, and the cost grows
// with the square.
const ARITHMETIC_DIGITS_MAX = 1_000;

const ZERO: Decimal = { isNegative: false, digits: '', exponent: 0 };

/**
 * Reads a JSON number literal, or what `String` makes of a finite number or bigint. Undefined when
 * it is not a number, or when its exponent is beyond 10^15: such literals can only be compared as
 * text. O(length).
 */
export function parseDecimal(text: string): Decimal | undefined {
  const isNegative = text.startsWith('-');
  const mantissaEnd = exponentMark(text);
  const point = text.indexOf('.');
  const hasFraction = point >= 0 && point < mantissaEnd;
  const whole = text.slice(isNegative ? 1 : 0, hasFraction ? point : mantissaEnd);
  const fraction = hasFraction ? text.slice(point + 1, mantissaEnd) : '';
  const all = whole + fraction;
  if (!isAllDigits(all)) return undefined;

  // Counted by hand: a regular expression such as /0+$/ is quadratic on a literal made of runs of
  // zeros.
  let start = 0;
  while (all[start] === '0') start += 1;
  if (start === all.length) return ZERO;
  let end = all.length;
  while (all[end - 1] === '0') end -= 1;

  const written = exponentOf(text.slice(mantissaEnd + 1));
  if (written === undefined) return undefined;
  const exponent = written - fraction.length + (all.length - end);
  return { isNegative, digits: all.slice(start, end), exponent };
}

function exponentMark(text: string): number {
  const lower = text.indexOf('e');
  if (lower >= 0) return lower;
  const upper = text.indexOf('E');
  return upper >= 0 ? upper : text.length;
}

function exponentOf(text: string): number | undefined {
  if (text === '') return 0;
  let start = text.startsWith('-') || text.startsWith('+') ? 1 : 0;
  while (start < text.length - 1 && text[start] === '0') start += 1;
  const digits = text.slice(start);
  if (digits.length > EXPONENT_DIGITS_MAX || !isAllDigits(digits)) return undefined;
  return text.startsWith('-') ? -Number(digits) : Number(digits);
}

function isAllDigits(text: string): boolean {
  if (text === '') return false;
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code < 48 || code > 57) return false;
  }
  return true;
}

/** Negative, zero or positive as `a` is below, equal to or above `b`. O(digits), no arithmetic. */
export function compareDecimals(a: Decimal, b: Decimal): number {
  const signA = signOf(a);
  const signB = signOf(b);
  if (signA !== signB) return signA - signB;
  return signA * compareMagnitudes(a, b);
}

/**
 * True when |a − b| ≤ bound, boundary included. Exact for any exponents; false beyond a thousand
 * digits.
 */
export function isWithin(a: Decimal, b: Decimal, bound: Decimal): boolean {
  const digits = Math.max(a.digits.length, b.digits.length, bound.digits.length);
  if (digits > ARITHMETIC_DIGITS_MAX) return false;
  const [high, low] = compareDecimals(a, b) >= 0 ? [a, b] : [b, a];
  return signOfSum([high, negate(low), negate(bound)]) <= 0;
}

/** `share` of the larger magnitude of the two: the bound that a relative tolerance stands for. */
export function shareOfLarger(a: Decimal, b: Decimal, share: Decimal): Decimal {
  const larger = compareMagnitudes(a, b) >= 0 ? a : b;
  if (larger.digits === '' || share.digits === '') return ZERO;
  if (larger.digits.length > ARITHMETIC_DIGITS_MAX) return ZERO;
  const product = BigInt(larger.digits) * BigInt(share.digits);
  return parseDecimal(`${product}e${larger.exponent + share.exponent}`) ?? ZERO;
}

/** One text for all spellings of one number, for hashing and for use as a key. */
export function decimalKey(decimal: Decimal): string {
  if (decimal.digits === '') return '0';
  return `${decimal.isNegative ? '-' : ''}${decimal.digits}e${decimal.exponent}`;
}

function signOf(decimal: Decimal): number {
  if (decimal.digits === '') return 0;
  return decimal.isNegative ? -1 : 1;
}

function negate(decimal: Decimal): Decimal {
  return { ...decimal, isNegative: !decimal.isNegative };
}

/** The power of ten just above the number: 0.05 → -1, 5 → 1, 1234 → 4. */
function magnitudeOf(decimal: Decimal): number {
  return decimal.digits.length + decimal.exponent;
}

function compareMagnitudes(a: Decimal, b: Decimal): number {
  if (a.digits === '' || b.digits === '') return a.digits.length - b.digits.length;
  const difference = magnitudeOf(a) - magnitudeOf(b);
  if (difference !== 0) return difference;
  // With the same leading position and no leading zeros, text order is number order.
  if (a.digits === b.digits) return 0;
  return a.digits < b.digits ? -1 : 1;
}

/**
 * The sign of a sum of at most three terms, without ever aligning 1e400 with 1e-400. Terms are
 * added largest first; once the sum so far has a leading digit more than one place above the next
 * term, the rest cannot turn its sign (two terms below 10^m sum to less than 10^(m+1)), so the
 * alignment never spans more than the digits as written.
 */
function signOfSum(terms: readonly Decimal[]): number {
  const largestFirst = terms
    .filter((term) => term.digits !== '')
    .sort((a, b) => magnitudeOf(b) - magnitudeOf(a));
  let sum = 0n;
  let exponent = 0;
  for (const term of largestFirst) {
    const termValue = BigInt(term.digits) * (term.isNegative ? -1n : 1n);
    if (sum === 0n) {
      [sum, exponent] = [termValue, term.exponent];
      continue;
    }
    const sumMagnitude = (sum < 0n ? -sum : sum).toString().length + exponent;
    if (sumMagnitude > magnitudeOf(term) + 1) break;
    const common = Math.min(exponent, term.exponent);
    sum = shift(sum, exponent - common) + shift(termValue, term.exponent - common);
    exponent = common;
  }
  if (sum === 0n) return 0;
  return sum < 0n ? -1 : 1;
}

function shift(value: bigint, places: number): bigint {
  return value * 10n ** BigInt(places);
}
