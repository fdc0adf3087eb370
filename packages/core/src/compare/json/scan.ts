// Finds where the tokens of JSON end (RFC 8259), on bytes, building nothing. Every function takes a
// position and returns the one just behind the token, or INVALID. None looks for the end of the
// text: a text is followed by a zero byte, which no token may hold, so every loop stops there.

/** What a scan answers where the bytes are not JSON. */
const INVALID = -1;

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

const BACKSLASH = 0x5c;
const MINUS = 0x2d;
const ZERO = 0x30;
const NINE = 0x39;
const PLUS = 0x2b;
const POINT = 0x2e;
const SMALL_E = 0x65;
const SMALL_F = 0x66;

// The letters of a literal as the four bytes of a number, the first one lowest.
const TRUE = 0x65_75_72_74;
const NULL = 0x6c_6c_75_6e;
const ALSE = 0x65_73_6c_61;
const SURROGATE_LEAD = 0xed;

/** One for every byte at which a string may not simply go on. */
export const STRING_STOPS = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte < 0x20 || byte >= 0x80 || byte === QUOTE || byte === BACKSLASH ? 1 : 0,
);

const IS_DIGIT = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= ZERO && byte <= NINE ? 1 : 0,
);

const SHORT_ESCAPES = new Set('"\\/bfnrt'.split('').map((escape) => escape.charCodeAt(0)));
const UNICODE_ESCAPE = 0x75;

/**
 * How the bytes came to be. Those of a service must be UTF-8. Those that we made of a JavaScript
 * string may hold half a surrogate pair, as the string may, in three bytes that UTF-8 forbids.
 */
export type Origin = 'service' | 'string';

/** The end of the blanks that start here, if any do. */
export function blanksEnd(bytes: Uint8Array, from: number): number {
  // Nearly always no blank follows. Without the loop this is short enough to be inlined, which
  // makes walking a text twice as fast.
  return (bytes[from] as number) > 0x20 ? from : blanksEndAfter(bytes, from);
}

function blanksEndAfter(bytes: Uint8Array, from: number): number {
  let at = from;
  for (;;) {
    const byte = bytes[at];
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return at;
    at += 1;
  }
}

/** The end of the string whose opening quote stands at `from`. */
export function stringEnd(bytes: Uint8Array, from: number, origin: Origin): number {
  let at = from + 1;
  // One table look-up a byte: five comparisons took half as long again.
  while (STRING_STOPS[bytes[at] as number] === 0) at += 1;
  return bytes[at] === QUOTE ? at + 1 : stringEndBehindStop(bytes, at, origin);
}

/** Apart from the above, which is short enough to be inlined wherever it is called. */
export function stringEndBehindStop(bytes: Uint8Array, from: number, origin: Origin): number {
  let at = from;
  for (;;) {
    const isEscape = bytes[at] === BACKSLASH;
    at = isEscape ? escapeEnd(bytes, at + 1) : characterEnd(bytes, at, origin);
    if (at === INVALID) return INVALID;
    while (STRING_STOPS[bytes[at] as number] === 0) at += 1;
    if (bytes[at] === QUOTE) return at + 1;
  }
}

function escapeEnd(bytes: Uint8Array, from: number): number {
  const escape = bytes[from] as number;
  if (SHORT_ESCAPES.has(escape)) return from + 1;
  if (escape !== UNICODE_ESCAPE) return INVALID;
  for (let at = from + 1; at <= from + 4; at += 1) {
    if (!isHexDigit(bytes[at] as number)) return INVALID;
  }
  return from + 5;
}

function isHexDigit(byte: number): boolean {
  // Setting this bit makes capitals small; digits have it anyway.
  const small = byte | 0x20;
  return (byte >= ZERO && byte <= NINE) || (small >= 0x61 && small <= 0x66);
}

/** The end of a character of several bytes; control characters are refused here too. */
export function characterEnd(bytes: Uint8Array, at: number, origin: Origin): number {
  const lead = bytes[at] as number;
  const second = bytes[at + 1] as number;
  if (lead < 0xc2 || lead > 0xf4 || !isSecondByte(lead, second, origin)) return INVALID;
  if (lead < 0xe0) return at + 2;
  if (!isContinuation(bytes[at + 2] as number)) return INVALID;
  if (lead < 0xf0) return at + 3;
  return isContinuation(bytes[at + 3] as number) ? at + 4 : INVALID;
}

/** Table 3-7 of the Unicode standard: four lead bytes allow fewer second bytes than the others. */
function isSecondByte(lead: number, second: number, origin: Origin): boolean {
  if (!isContinuation(second)) return false;
  if (lead === 0xe0) return second >= 0xa0;
  if (lead === SURROGATE_LEAD) return second < 0xa0 || origin === 'string';
  if (lead === 0xf0) return second >= 0x90;
  return lead !== 0xf4 || second < 0x90;
}

function isContinuation(byte: number): boolean {
  return (byte & 0xc0) === 0x80;
}

/** The end of the number that starts here. */
export function numberEnd(bytes: Uint8Array, from: number): number {
  const first = bytes[from] === MINUS ? from + 1 : from;
  let at = first;
  while (IS_DIGIT[bytes[at] as number] === 1) at += 1;
  const hasNeedlessZero = bytes[first] === ZERO && at > first + 1;
  if (at === first || hasNeedlessZero) return INVALID;
  if (bytes[at] === POINT) {
    const point = at;
    at += 1;
    while (IS_DIGIT[bytes[at] as number] === 1) at += 1;
    if (at === point + 1) return INVALID;
  }
  // Setting this bit makes a capital E small.
  return ((bytes[at] as number) | 0x20) === SMALL_E ? exponentEnd(bytes, at + 1) : at;
}

function exponentEnd(bytes: Uint8Array, from: number): number {
  const first = bytes[from] === PLUS || bytes[from] === MINUS ? from + 1 : from;
  let at = first;
  while (IS_DIGIT[bytes[at] as number] === 1) at += 1;
  return at === first ? INVALID : at;
}

/** The end of `true`, `false` or `null`. */
export function literalEnd(bytes: Uint8Array, from: number): number {
  const word = fourBytes(bytes, from);
  if (word === TRUE || word === NULL) return from + 4;
  return bytes[from] === SMALL_F && fourBytes(bytes, from + 1) === ALSE ? from + 5 : INVALID;
}

/** One number of four letters: comparing letter by letter costs a fifth of the whole walk. */
function fourBytes(bytes: Uint8Array, at: number): number {
  const low = (bytes[at] as number) | ((bytes[at + 1] as number) << 8);
  return low | ((bytes[at + 2] as number) << 16) | ((bytes[at + 3] as number) << 24);
}

/** The end of anything but an array or an object. */
export function scalarEnd(bytes: Uint8Array, from: number, origin: Origin): number {
  const first = bytes[from] as number;
  if (first === QUOTE) return stringEnd(bytes, from, origin);
  return first <= NINE ? numberEnd(bytes, from) : literalEnd(bytes, from);
}

/**
 * The end of any value. Arrays and objects may nest `levels` deep; deeper ones are called INVALID,
 * because the call stack must bear it.
 */
export function valueEnd(bytes: Uint8Array, from: number, origin: Origin, levels: number): number {
  const first = bytes[from];
  if (first !== OPEN_OBJECT && first !== OPEN_ARRAY) return scalarEnd(bytes, from, origin);
  if (levels === 0) return INVALID;
  const close = first === OPEN_OBJECT ? CLOSE_OBJECT : CLOSE_ARRAY;
  let at = blanksEnd(bytes, from + 1);
  if (bytes[at] === close) return at + 1;
  for (;;) {
    if (first === OPEN_OBJECT) at = memberValueStart(bytes, at, origin);
    if (at === INVALID) return INVALID;
    at = valueEnd(bytes, at, origin, levels - 1);
    if (at === INVALID) return INVALID;
    at = blanksEnd(bytes, at);
    if (bytes[at] === close) return at + 1;
    if (bytes[at] !== COMMA) return INVALID;
    at = blanksEnd(bytes, at + 1);
  }
}

/** Where the value of the member starts whose name starts here. */
export function memberValueStart(bytes: Uint8Array, from: number, origin: Origin): number {
  if (bytes[from] !== QUOTE) return INVALID;
  const end = stringEnd(bytes, from, origin);
  if (end === INVALID) return INVALID;
  const colon = blanksEnd(bytes, end);
  return bytes[colon] === COLON ? blanksEnd(bytes, colon + 1) : INVALID;
}
