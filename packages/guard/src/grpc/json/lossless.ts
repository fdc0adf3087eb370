/**
 * JSON as it was written: a whole number that no JavaScript number can hold is a bigint, any other
 * such number is kept as text.
 */
export type Json =
  | null
  | boolean
  | string
  | number
  | bigint
  | Verbatim
  | readonly Json[]
  | JsonObject;

/** A JSON object. Made by `JSON.parse` or `Object.fromEntries`, so that `__proto__` is a name. */
export interface JsonObject {
  readonly [name: string]: Json;
}

/** A number that would lose digits as a JavaScript number. */
export class Verbatim {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Reviver = (name: string, value: Json, context: { readonly source?: string }) => Json;

// Fifteen significant digits always survive as a double; sixteen may not.
const DIGITS_MAX = 15;

/** Parses JSON without losing a digit. Throws what `JSON.parse` throws. */
export function parseLossless(text: string): Json {
  const keepDigits: Reviver = (_name, value, { source }) =>
    typeof value === 'number' && source !== undefined ? numberOf(value, source) : value;
  return JSON.parse(text, keepDigits as (name: string, value: unknown) => unknown) as Json;
}

/** Writes JSON: of every value its one spelling. */
export function writeJson(json: Json): string {
  if (typeof json === 'bigint') return json.toString();
  if (json instanceof Verbatim) return json.text;
  // `JSON.stringify` writes 0, but a double that is -0 is another value.
  if (typeof json === 'number') return Object.is(json, -0) ? '-0' : String(json);
  if (typeof json !== 'object' || json === null) return JSON.stringify(json);
  if (isList(json)) return `[${json.map(writeJson).join(',')}]`;
  const members = Object.entries(json as JsonObject).map(
    ([name, value]) => `${JSON.stringify(name)}:${writeJson(value)}`,
  );
  return `{${members.join(',')}}`;
}

export function isList(json: Json | undefined): json is readonly Json[] {
  return Array.isArray(json);
}

export function isObject(json: Json | undefined): json is JsonObject {
  return typeof json === 'object' && json !== null && !isList(json) && !(json instanceof Verbatim);
}

function numberOf(value: number, source: string): Json {
  if (Number.isSafeInteger(value) && /^-?\d+$/.test(source)) return value;
  if (/^-?\d+$/.test(source)) return BigInt(source);
  const digits = source
    .replace(/[eE].*$/, '')
    .replace(/[-.]/g, '')
    .replace(/^0+/, '');
  const isKept = Number.isFinite(value) && (value !== 0 || digits === '');
  return isKept && digits.length <= DIGITS_MAX ? value : new Verbatim(source);
}
