import { ScalarType } from '@bufbuild/protobuf';
import { type Json, Verbatim } from './lossless.ts';

interface Range {
  readonly low: bigint;
  readonly high: bigint;
}

const signed = (bits: bigint): Range => ({
  low: -(2n ** (bits - 1n)),
  high: 2n ** (bits - 1n) - 1n,
});
const unsigned = (bits: bigint): Range => ({ low: 0n, high: 2n ** bits - 1n });

const RANGES: ReadonlyMap<ScalarType, Range> = new Map([
  [ScalarType.INT32, signed(32n)],
  [ScalarType.SINT32, signed(32n)],
  [ScalarType.SFIXED32, signed(32n)],
  [ScalarType.INT64, signed(64n)],
  [ScalarType.SINT64, signed(64n)],
  [ScalarType.SFIXED64, signed(64n)],
  [ScalarType.UINT32, unsigned(32n)],
  [ScalarType.FIXED32, unsigned(32n)],
  [ScalarType.UINT64, unsigned(64n)],
  [ScalarType.FIXED64, unsigned(64n)],
]);

const NUMBER = /^(-?)(0|[1-9]\d*)(?:\.(\d+))?(?:[eE]([+-]?\d{1,4}))?$/;
// No integer of 64 bits has more digits; a longer exponent is an attempt to keep us busy.
const DIGITS_MAX = 20;
const NOT_FINITE = new Set(['NaN', 'Infinity', '-Infinity']);

/** True for the scalar types that hold whole numbers. */
export function isIntegerType(type: ScalarType): boolean {
  return RANGES.has(type);
}

/**
 * A whole number, however it is spelled: as a number or a string, with a fraction of zeros, with an
 * exponent. `undefined` when it is none of that type.
 */
export function canonicalInteger(type: ScalarType, json: Json): number | bigint | undefined {
  const range = RANGES.get(type);
  const text = spellingOf(json);
  if (range === undefined || text === null) return undefined;
  const whole = wholeOf(text);
  if (whole === null || whole < range.low || whole > range.high) return undefined;
  const value = Number(whole);
  return Number.isSafeInteger(value) ? value : whole;
}

/**
 * A floating-point number: the shortest spelling of the double, or of the float, that is meant.
 * What is not finite stays a string. `undefined` when it is none of that type.
 */
export function canonicalFloat(type: ScalarType, json: Json): number | string | undefined {
  if (typeof json === 'string' && NOT_FINITE.has(json)) return json;
  const text = spellingOf(json);
  if (text === null || !NUMBER.test(text)) return undefined;
  const value = Number(text);
  if (!Number.isFinite(value)) return undefined;
  if (type !== ScalarType.FLOAT) return value;
  const rounded = Math.fround(value);
  // What rounds to the largest float is that float; what lies above it is no float.
  return Number.isFinite(rounded) ? shortest(rounded) : undefined;
}

/** The fewest digits that still mean this float: 0.1, not 0.10000000149011612. */
function shortest(float: number): number {
  for (let digits = 6; digits < 9; digits += 1) {
    const short = Number(float.toPrecision(digits));
    if (Math.fround(short) === float) return Object.is(float, -0) ? -0 : short;
  }
  return float;
}

/** A number as JSON would spell it; `null` for what is no number. */
function spellingOf(json: Json): string | null {
  if (typeof json === 'string') return json;
  if (typeof json === 'bigint') return json.toString();
  if (json instanceof Verbatim) return json.text;
  if (typeof json !== 'number') return null;
  return Object.is(json, -0) ? '-0' : String(json);
}

function wholeOf(text: string): bigint | null {
  const parts = NUMBER.exec(text);
  if (parts === null) return null;
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = parts;
  const digits = `${whole}${fraction}`.replace(/^0+/, '');
  if (digits === '') return 0n;
  const shift = Number(exponent) - fraction.length;
  if (shift >= 0) {
    if (digits.length + shift > DIGITS_MAX) return null;
    return BigInt(`${sign}${digits}${'0'.repeat(shift)}`);
  }
  const dropped = digits.slice(shift);
  const kept = digits.slice(0, shift);
  if (/[^0]/.test(dropped) || kept === '' || kept.length > DIGITS_MAX) return null;
  return BigInt(`${sign}${kept}`);
}
