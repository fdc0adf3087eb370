import { errors } from 'undici';
import {
  type AnswerHead,
  type Framing,
  notHttp,
  readAnswerHead,
  readTrailers,
} from './answer-head.ts';

/** Who hears what an answer consists of, in the order in which it comes. */
export interface AnswerListener {
  onHead(head: AnswerHead): void;
  onPiece(piece: Buffer): void;
  /** The answer is whole. `trailers` are names and values in turn. */
  onWhole(trailers: string[]): void;
}

type State =
  /** Nothing is expected. */
  'idle' | 'head' | 'body' | 'until-close' | 'chunk-size' | 'chunk-end' | 'trailers';

// What Node and undici take of a head, and of trailers.
const HEAD_BYTES_MAX = 16 * 1024;
// Nobody uses extensions of chunks; RFC 9112, section 7.1.1, has us bound them.
const SIZE_LINE_BYTES_MAX = 1_024;
// Hexadecimal, optionally with extensions, which nobody here understands: they go no further.
const SIZE_LINE = /^([\da-f]{1,12})(?:[ \t]*;[^\r\n]*)?$/i;
const NOTHING: string[] = [];
const BEGINNING = 'HTTP/1.';
const [CR, LF] = [13, 10];

/**
 * Reads answers to GET from the bytes of one connection, one answer after the other. Strict: what
 * is not HTTP by the letter, or could be read in two ways, throws undici's HTTPParserError, and the
 * connection is then good for nothing. Nothing of what is read is kept without a copy, so the bytes
 * may be overwritten once they have been read; so may a piece that a listener is given. Nearly
 * every answer of a service comes in one piece, and costs one string for its head and one view of
 * its body.
 */
export class AnswerParser {
  readonly #listener: AnswerListener;
  #state: State = 'idle';
  /** A head, a line or trailers whose end has not come yet. */
  #partial: Buffer | null = null;
  /** Bytes left of the body, or of a chunk. */
  #left = 0;
  #isChunked = false;

  constructor(listener: AnswerListener) {
    this.#listener = listener;
  }

  /** True between two answers. */
  get isIdle(): boolean {
    return this.#state === 'idle';
  }

  /** An answer is expected from now on. */
  expect(): void {
    this.#state = 'head';
  }

  /** Takes what has come. Throws, too, for what comes unasked. */
  read(bytes: Buffer): void {
    let at = 0;
    while (at < bytes.length) at = this.#step(bytes, at);
  }

  /** The side has closed its end. True when that is how its answer ends. */
  close(): boolean {
    if (this.#state !== 'until-close') return false;
    this.#finish(NOTHING);
    return true;
  }

  #step(bytes: Buffer, at: number): number {
    switch (this.#state) {
      case 'head':
        return this.#readHead(bytes, at);
      case 'body':
        return this.#readBody(bytes, at);
      case 'chunk-size':
        return this.#readSize(bytes, at);
      case 'chunk-end':
        return this.#readChunkEnd(bytes, at);
      case 'trailers':
        return this.#readTrailers(bytes, at);
      case 'until-close':
        this.#listener.onPiece(at === 0 ? bytes : bytes.subarray(at));
        return bytes.length;
      case 'idle':
        throw notHttp('bytes that nobody asked for');
    }
  }

  #readHead(bytes: Buffer, from: number): number {
    let at = from;
    // Some servers end a body with one line too many; llhttp overlooks that too.
    if (this.#partial === null) while (bytes[at] === CR || bytes[at] === LF) at += 1;
    if (at === bytes.length) return at;
    const whole = this.#joined(bytes, at);
    const text = whole.toString('latin1', 0, Math.min(whole.length, HEAD_BYTES_MAX));
    const end = text.indexOf('\r\n\r\n');
    if (end === -1) {
      // What speaks another protocol says so with its first bytes, and then often closes.
      if (!BEGINNING.startsWith(text.slice(0, BEGINNING.length))) throw notHttp('no status line');
      return this.#keep(whole, bytes.length);
    }
    const next = at + end + 4 - (whole.length - (bytes.length - at));
    this.#partial = null;
    const head = readAnswerHead(text.slice(0, end));
    if (head.status === 101) throw notHttp('another protocol, which nobody asked for');
    // Early hints and the like are not the answer.
    if (head.status >= 200) this.#begin(head);
    return next;
  }

  #begin(head: AnswerHead): void {
    this.#isChunked = head.framing.kind === 'chunked';
    this.#left = head.framing.kind === 'length' ? head.framing.bytes : 0;
    this.#state = STATE_AFTER_HEAD[head.framing.kind];
    this.#listener.onHead(head);
    if (this.#state === 'body' && this.#left === 0) this.#finish(NOTHING);
  }

  #readBody(bytes: Buffer, at: number): number {
    const end = Math.min(bytes.length, at + this.#left);
    this.#left -= end - at;
    this.#listener.onPiece(end - at === bytes.length ? bytes : bytes.subarray(at, end));
    if (this.#left === 0) {
      if (this.#isChunked) this.#state = 'chunk-end';
      else this.#finish(NOTHING);
    }
    return end;
  }

  #readSize(bytes: Buffer, at: number): number {
    const whole = this.#joined(bytes, at);
    const text = whole.toString('latin1', 0, Math.min(whole.length, SIZE_LINE_BYTES_MAX));
    const end = text.indexOf('\r\n');
    if (end === -1) {
      if (whole.length >= SIZE_LINE_BYTES_MAX) throw notHttp('a chunk whose size has no end');
      return this.#keep(whole, bytes.length);
    }
    const digits = SIZE_LINE.exec(text.slice(0, end))?.[1];
    if (digits === undefined) throw notHttp('a chunk without a size');
    const next = at + end + 2 - (whole.length - (bytes.length - at));
    this.#partial = null;
    this.#left = Number.parseInt(digits, 16);
    this.#state = this.#left === 0 ? 'trailers' : 'body';
    return next;
  }

  #readChunkEnd(bytes: Buffer, at: number): number {
    const whole = this.#joined(bytes, at);
    if (whole[0] !== CR || (whole.length > 1 && whole[1] !== LF)) {
      throw notHttp('a chunk that is longer than its size');
    }
    if (whole.length === 1) return this.#keep(whole, bytes.length);
    const next = at + 2 - (whole.length - (bytes.length - at));
    this.#partial = null;
    this.#state = 'chunk-size';
    return next;
  }

  #readTrailers(bytes: Buffer, at: number): number {
    const whole = this.#joined(bytes, at);
    const text = whole.toString('latin1', 0, Math.min(whole.length, HEAD_BYTES_MAX));
    const isEmpty = text.startsWith('\r\n');
    const end = isEmpty ? 0 : text.indexOf('\r\n\r\n');
    if (end === -1) return this.#keep(whole, bytes.length);
    const next = at + end + (isEmpty ? 2 : 4) - (whole.length - (bytes.length - at));
    this.#partial = null;
    this.#finish(isEmpty ? NOTHING : readTrailers(text.slice(0, end)));
    return next;
  }

  #finish(trailers: string[]): void {
    this.#state = 'idle';
    this.#listener.onWhole(trailers);
  }

  /** What was left over before, and what has come since. */
  #joined(bytes: Buffer, at: number): Buffer {
    const rest = at === 0 ? bytes : bytes.subarray(at);
    return this.#partial === null ? rest : Buffer.concat([this.#partial, rest]);
  }

  #keep(whole: Buffer, next: number): number {
    if (whole.length >= HEAD_BYTES_MAX) throw new errors.HeadersOverflowError();
    // The bytes that it came in may be overwritten by the next ones.
    this.#partial = Buffer.from(whole);
    return next;
  }
}

const STATE_AFTER_HEAD: Readonly<Record<Framing['kind'], State>> = {
  length: 'body',
  chunked: 'chunk-size',
  'until-close': 'until-close',
};
