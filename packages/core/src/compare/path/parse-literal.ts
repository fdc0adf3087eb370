import { JsonNumber } from '../json/json-nodes.ts';
import type { Literal } from './path-query.ts';
import type { PathReader } from './path-reader.ts';

// -0 is no index, so the expression has no way to match it; a leading zero ends the match early.
const INTEGER = /(?:0|-?[1-9][0-9]*)/y;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?/y;
const HEX = /[0-9A-Fa-f]{4}/y;
// `trueish` is no literal, and neither is `true(`.
const KEYWORD = /(?:true|false|null)(?![a-z_0-9(])/y;

const ESCAPES: Readonly<Record<string, string>> = {
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  '/': '/',
  '\\': '\\',
};

/**
 * An index or a slice bound: no leading zeros, no -0, and exact in a double (RFC 9535 section 2.1).
 */
export function parseInteger(reader: PathReader): number | undefined {
  const start = reader.at;
  const text = reader.match(INTEGER);
  if (text === '') {
    if (reader.peek() === '-') throw reader.fail('a whole number other than -0', start);
    return undefined;
  }
  if (/[0-9]/.test(reader.peek())) throw reader.fail('a number without leading zeros', start);
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw reader.fail('a number within ±(2^53 - 1)', start);
  return value;
}

/**
 * A string, number, `true`, `false` or `null` of a filter; undefined when something else comes
 * next.
 */
export function parseLiteral(reader: PathReader): Literal | undefined {
  const next = reader.peek();
  if (next === '"' || next === "'") return { kind: 'literal', value: parseString(reader) };
  if (next === '-' || (next >= '0' && next <= '9')) return parseNumber(reader);
  const keyword = reader.match(KEYWORD);
  if (keyword === '') return undefined;
  return { kind: 'literal', value: keyword === 'null' ? null : keyword === 'true' };
}

function parseNumber(reader: PathReader): Literal {
  const start = reader.at;
  const text = reader.match(NUMBER);
  if (text === '') throw reader.fail('a number as in JSON', start);
  if (/[0-9]/.test(reader.peek())) throw reader.fail('a number without leading zeros', start);
  return { kind: 'literal', value: new JsonNumber(text) };
}

/** A quoted name or string, either quote, with JSON's escapes. */
export function parseString(reader: PathReader): string {
  const quote = reader.peek();
  const start = reader.at;
  reader.skip(1);
  let text = '';
  while (!reader.take(quote)) {
    if (reader.isAtEnd) throw reader.fail(`a closing ${quote}`, start);
    text += reader.take('\\') ? parseEscape(reader, quote) : parseUnescaped(reader);
  }
  return text;
}

/** One character as it stands, both halves of it where it takes a surrogate pair. */
function parseUnescaped(reader: PathReader): string {
  const unit = reader.peek();
  const code = unit.charCodeAt(0);
  if (code < 0x20) throw reader.fail('no control character; write it as an escape');
  const pair = isHighSurrogate(code) ? unit + reader.peek(1) : unit;
  if (!pair.isWellFormed()) throw reader.fail('a whole character, not half a surrogate pair');
  reader.skip(pair.length);
  return pair;
}

function parseEscape(reader: PathReader, quote: string): string {
  const next = reader.peek();
  if (next === quote) {
    reader.skip(1);
    return quote;
  }
  if (reader.take('u')) return parseUnicodeEscape(reader);
  const plain = ESCAPES[next];
  if (plain === undefined) throw reader.fail(`one of \\b \\f \\n \\r \\t \\/ \\\\ \\u \\${quote}`);
  reader.skip(1);
  return plain;
}

/** `\\u` and four digits, twice for a character beyond U+FFFF. */
function parseUnicodeEscape(reader: PathReader): string {
  const start = reader.at;
  const first = parseHex(reader);
  if (!isHighSurrogate(first)) {
    const single = String.fromCharCode(first);
    if (!single.isWellFormed()) throw reader.fail('a low surrogate only after a high one', start);
    return single;
  }
  reader.expect('\\u', 'the low surrogate as \\uDC00 to \\uDFFF');
  const pair = String.fromCharCode(first, parseHex(reader));
  if (!pair.isWellFormed()) throw reader.fail('a low surrogate after the high one', start);
  return pair;
}

function parseHex(reader: PathReader): number {
  const digits = reader.match(HEX);
  if (digits === '') throw reader.fail('four hexadecimal digits');
  return Number.parseInt(digits, 16);
}

function isHighSurrogate(code: number): boolean {
  return code >= 0xd800 && code <= 0xdbff;
}
