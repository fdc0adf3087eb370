import { characterEnd } from './scan.ts';

// As many UTF-16 units as are turned into text at once: calls are dear, and long lists of arguments
// overflow the stack.
const UNITS_MAX = 1_024;

const UNITS = new Uint16Array(UNITS_MAX);

/** No unit of UTF-16 takes more bytes than this; a pair of two takes four. */
export const BYTES_PER_UNIT_MAX = 3;

/**
 * Writes a text as UTF-8 and returns where it ends. Half a surrogate pair, which UTF-8 cannot say,
 * is written in the three bytes it would have, so that two different texts are never the same
 * bytes. The target must have room for three bytes a unit. O(length).
 */
export function encodeUtf8(text: string, target: Uint8Array, from: number): number {
  let at = from;
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) {
      target[at] = unit;
      at += 1;
    } else {
      const character = text.codePointAt(i) ?? unit;
      at = encodeCharacter(character, target, at);
      if (character > 0xffff) i += 1;
    }
  }
  return at;
}

function encodeCharacter(character: number, target: Uint8Array, from: number): number {
  const length = character < 0x800 ? 2 : character < 0x1_0000 ? 3 : 4;
  // The lead byte says by its leading ones how many bytes there are.
  const marks = (0xf00 >> length) & 0xff;
  target[from] = marks | (character >> (6 * (length - 1)));
  for (let i = 1; i < length; i += 1) {
    target[from + i] = 0x80 | ((character >> (6 * (length - 1 - i))) & 0x3f);
  }
  return from + length;
}

/** Reads what {@link encodeUtf8} wrote, or bytes that are known to be UTF-8. O(length). */
export function decodeUtf8(bytes: Uint8Array, from: number, end: number): string {
  const parts: string[] = [];
  let at = from;
  while (at < end) {
    let units = 0;
    // A character can be two units.
    while (at < end && units < UNITS_MAX - 1) {
      const lead = bytes[at] as number;
      if (lead < 0x80) {
        UNITS[units] = lead;
        units += 1;
        at += 1;
      } else {
        const length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
        units = append(units, characterAt(bytes, at, length));
        at += length;
      }
    }
    parts.push(Reflect.apply(String.fromCharCode, null, UNITS.subarray(0, units)));
  }
  // Joined, and not added up: every reader of a sum of strings has to find its way through it.
  return parts.join('');
}

function characterAt(bytes: Uint8Array, at: number, length: number): number {
  let character = (bytes[at] as number) & (0x7f >> length);
  for (let i = 1; i < length; i += 1) {
    character = (character << 6) | ((bytes[at + i] as number) & 0x3f);
  }
  return character;
}

function append(units: number, character: number): number {
  if (character <= 0xffff) {
    UNITS[units] = character;
    return units + 1;
  }
  const beyond = character - 0x1_0000;
  UNITS[units] = 0xd800 | (beyond >> 10);
  UNITS[units + 1] = 0xdc00 | (beyond & 0x3ff);
  return units + 2;
}

/** Where the bytes cease to be UTF-8 for the first time; -1 when they are all of it. O(length). */
export function malformedAt(bytes: Uint8Array): number {
  const { length } = bytes;
  let at = 0;
  for (;;) {
    while (at < length && (bytes[at] as number) < 0x80) at += 1;
    if (at === length) return -1;
    const end = characterEnd(bytes, at, 'service');
    if (end < 0) return at;
    at = end;
  }
}
