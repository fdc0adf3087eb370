import type { RuleTrie } from '../rules/rule-trie.ts';
import { blanksEnd, type Origin } from './scan.ts';
import { Trail } from './trail.ts';
import { BYTES_PER_UNIT_MAX, encodeUtf8 } from './utf8.ts';

/** JSON as it came: bytes in UTF-8, or a text. */
export type JsonInput = string | Uint8Array;

const BOM = [0xef, 0xbb, 0xbf] as const;

const WORD_BYTES = 4;
const BITS_PER_BYTE = 8;

/**
 * A position in two texts at once. Both stand in one buffer, one behind the other, each followed by
 * a zero byte. Positions are legacy's; the candidate stands `shift` further on. The bytes of both
 * sides are known to be the same up to `sameEnd`, and so far only one of them need be read.
 */
export class Both {
  readonly bytes: Uint8Array;
  readonly trail: Trail;
  origin: Origin = 'service';
  /** Where legacy's first value starts. */
  start = 0;
  shift = 0;
  sameEnd = 0;
  #legacyEnd = 0;
  #candidateEnd = 0;
  readonly #words: Int32Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.#words = new Int32Array(bytes.buffer);
    this.trail = new Trail(bytes);
  }

  /** The documents are the same byte for byte. */
  areIdentical = false;

  /**
   * Takes in two documents and stands before their first values; false when there is no room for
   * them. Throws a TypeError for anything that is neither text nor bytes.
   */
  load(legacy: JsonInput, candidate: JsonInput, trie: RuleTrie): boolean {
    if (roomFor(legacy) + roomFor(candidate) > this.bytes.length) return false;
    this.#legacyEnd = this.#write(legacy, 0);
    // At a whole word, because four bytes at a time are compared three times as fast as one.
    const candidateStart = Math.ceil((this.#legacyEnd + 1) / WORD_BYTES) * WORD_BYTES;
    this.#candidateEnd = this.#write(candidate, candidateStart);
    const areTexts = typeof legacy === 'string' && typeof candidate === 'string';
    this.origin = areTexts ? 'string' : 'service';
    this.trail.trie = trie;
    this.goBack(0, candidateStart);
    this.align(0, candidateStart);
    const isSameLength = this.#candidateEnd - candidateStart === this.#legacyEnd;
    const isSame = isSameLength && this.sameEnd > this.#legacyEnd;
    this.areIdentical = isSame && (areTexts || isSendable(legacy, candidate));
    this.start = this.#firstValueFrom(0);
    this.align(this.start, this.#firstValueFrom(candidateStart));
    return true;
  }

  /** True when nothing but blanks follows on either side. */
  isAtEnd(at: number): boolean {
    const isLegacyAtEnd = blanksEnd(this.bytes, at) === this.#legacyEnd;
    return isLegacyAtEnd && blanksEnd(this.bytes, at + this.shift) === this.#candidateEnd;
  }

  /** Skips blanks on both sides, each its own. */
  next(from: number): number {
    const at = blanksEnd(this.bytes, from);
    if (at >= this.sameEnd) this.align(at, blanksEnd(this.bytes, from + this.shift));
    return at;
  }

  /** Goes back to where legacy stood at `at` and the candidate `shift` further on. */
  goBack(at: number, shift: number): void {
    this.shift = shift;
    this.sameEnd = at;
  }

  /** Goes on with these two positions opposite each other. */
  align(at: number, candidateAt: number): void {
    // Where two members merely changed places, all others are where they were.
    if (at < this.sameEnd && candidateAt - at === this.shift) return;
    this.shift = candidateAt - at;
    this.sameEnd = this.#sameEndFrom(at);
  }

  #sameEndFrom(from: number): number {
    const { bytes, shift } = this;
    // The zero bytes are compared as well: a number ends there.
    const last = Math.min(this.#legacyEnd, this.#candidateEnd - shift);
    let at = from;
    while (at % WORD_BYTES !== 0 && at <= last && bytes[at] === bytes[at + shift]) at += 1;
    if (at % WORD_BYTES === 0) {
      const isAligned = shift % WORD_BYTES === 0;
      at = isAligned ? this.#sameWordsEnd(at, last) : this.#sameHalvesEnd(at, last);
    }
    while (at <= last && bytes[at] === bytes[at + shift]) at += 1;
    return at;
  }

  #sameWordsEnd(from: number, last: number): number {
    const words = this.#words;
    const shift = this.shift / WORD_BYTES;
    const end = Math.floor((last + 1) / WORD_BYTES);
    let word = from / WORD_BYTES;
    while (word < end && words[word] === words[word + shift]) word += 1;
    return word * WORD_BYTES;
  }

  /** A word of legacy lies across two of the candidate: behind in one, in front in the next. */
  #sameHalvesEnd(from: number, last: number): number {
    const words = this.#words;
    const end = Math.floor((last + 1) / WORD_BYTES);
    const offset = (from + this.shift) % WORD_BYTES;
    const low = offset * BITS_PER_BYTE;
    const high = (WORD_BYTES - offset) * BITS_PER_BYTE;
    let word = from / WORD_BYTES;
    let other = (from + this.shift - offset) / WORD_BYTES;
    for (; word < end; word += 1) {
      const first = words[other] as number;
      other += 1;
      if (words[word] !== ((first >>> low) | ((words[other] as number) << high))) break;
    }
    return word * WORD_BYTES;
  }

  /** RFC 8259 lets a reader ignore a byte order mark; servers on Windows still send one. */
  #firstValueFrom(at: number): number {
    const hasBom = BOM.every((byte, i) => this.bytes[at + i] === byte);
    return blanksEnd(this.bytes, hasBom ? at + BOM.length : at);
  }

  #write(input: JsonInput, at: number): number {
    let end = at + input.length;
    if (typeof input === 'string') end = encodeUtf8(input, this.bytes, at);
    else this.bytes.set(input, at);
    this.bytes[end] = 0;
    return end;
  }
}

/** We give half a surrogate pair bytes that no service may send: it is not what they are then. */
function isSendable(legacy: JsonInput, candidate: JsonInput): boolean {
  const text = typeof legacy === 'string' ? legacy : candidate;
  return typeof text !== 'string' || text.isWellFormed();
}

/** With room for the zero byte behind it, and for starting at a whole word. */
function roomFor(input: JsonInput): number {
  const isText = typeof input === 'string';
  if (!isText && !(input instanceof Uint8Array)) {
    throw new TypeError('JSON is compared as text or as bytes.');
  }
  return input.length * (isText ? BYTES_PER_UNIT_MAX : 1) + 2 * WORD_BYTES;
}
