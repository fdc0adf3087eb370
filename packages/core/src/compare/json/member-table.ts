import { blanksEnd, memberValueStart, type Origin, valueEnd } from './scan.ts';

const COMMA = 0x2c;
const CLOSE_OBJECT = 0x7d;

/** As many names as are looked for one by one; objects with more are parsed instead. */
const MEMBERS_MAX = 64;

// Of all objects that are being read at once, one within the other.
const ROWS_MAX = 4_096;

/**
 * The members that remain of the candidate's objects which have them in another order than legacy:
 * where their names and values start. One stack of rows for objects within objects, so that reading
 * one leaves nothing behind.
 */
export class MemberTable {
  readonly #bytes: Uint8Array;
  readonly #names = new Int32Array(ROWS_MAX);
  readonly #values = new Int32Array(ROWS_MAX);
  #rows = 0;
  /** Where the object ends that was read last. */
  end = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  clear(): void {
    this.#rows = 0;
  }

  /**
   * Reads the members from here to the end of their object; returns the number of the first row, or
   * -1 when they are invalid or too many.
   */
  read(from: number, origin: Origin, levels: number): number {
    const first = this.#rows;
    this.end = this.#readAll(from, origin, levels);
    if (this.end >= 0) return first;
    this.#rows = first;
    return -1;
  }

  #readAll(from: number, origin: Origin, levels: number): number {
    const rowsMax = Math.min(this.#rows + MEMBERS_MAX, ROWS_MAX);
    let at = from;
    for (;;) {
      const value = memberValueStart(this.#bytes, at, origin);
      const end = value < 0 ? value : valueEnd(this.#bytes, value, origin, levels);
      if (end < 0 || this.#rows === rowsMax) return -1;
      this.#names[this.#rows] = at;
      this.#values[this.#rows] = value;
      this.#rows += 1;
      at = blanksEnd(this.#bytes, end);
      if (this.#bytes[at] === CLOSE_OBJECT) return at + 1;
      if (this.#bytes[at] !== COMMA) return -1;
      at = blanksEnd(this.#bytes, at + 1);
    }
  }

  /**
   * Takes out the member whose name is that of legacy's between these positions, quotes included;
   * returns where its value starts, or -1 when not exactly one has that name. Names are compared as
   * they are written.
   */
  take(first: number, nameStart: number, end: number): number {
    let found = -1;
    for (let row = first; row < this.#rows; row += 1) {
      if (!this.#isNamed(row, nameStart, end)) continue;
      if (found >= 0) return -1;
      found = row;
    }
    if (found < 0) return -1;
    const value = this.#values[found] as number;
    this.#rows -= 1;
    this.#names[found] = this.#names[this.#rows] as number;
    this.#values[found] = this.#values[this.#rows] as number;
    return value;
  }

  /** Forgets the rows from here on; true when there were none left. */
  drop(first: number): boolean {
    const isEmpty = this.#rows === first;
    this.#rows = first;
    return isEmpty;
  }

  #isNamed(row: number, nameStart: number, end: number): boolean {
    const shift = (this.#names[row] as number) - nameStart;
    for (let at = nameStart; at < end; at += 1) {
      if (this.#bytes[at] !== this.#bytes[at + shift]) return false;
    }
    return true;
  }
}
