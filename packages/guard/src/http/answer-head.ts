import type { IncomingHttpHeaders } from 'node:http';
import { errors } from 'undici';

/** How the end of an answer's body is known: RFC 9112, section 6.3. */
export type Framing =
  | { readonly kind: 'length'; readonly bytes: number }
  | { readonly kind: 'chunked' | 'until-close' };

/** The head of an answer, as it was sent. */
export interface AnswerHead {
  readonly status: number;
  readonly reason: string;
  /** Names and values in turn: order, case and repetitions as the side sent them. */
  readonly headers: string[];
  readonly contentType: string | null;
  readonly framing: Framing;
  /** True when the side takes a further request on this connection. */
  readonly isKept: boolean;
  /** How long it then waits for one, in seconds; `null` where it does not say. */
  readonly keptSeconds: number | null;
}

const EMPTY: Framing = { kind: 'length', bytes: 0 };
const CHUNKED: Framing = { kind: 'chunked' };
const UNTIL_CLOSE: Framing = { kind: 'until-close' };

// No side may send them, and whoever passes them on lets it write what it likes into the answer:
// control characters, and an end of line that is only half of one.
const FORBIDDEN = /[^\t\r\n\x20-\x7e\x80-\xff]|\r(?!\n)|(?<!\r)\n/;
const TOKEN = /^[\w!#$%&'*+.^`|~-]+$/;
const STATUS_LINE = /^HTTP\/1\.[01] [1-9]\d\d(?: |$)/;
const MINOR_AT = 'HTTP/1.'.length;
const STATUS_AT = 'HTTP/1.1 '.length;
const ZERO = 0x30;
const LENGTH = /^\d{1,15}$/;

/**
 * Reads the head of an answer to GET. `text` is all of it in Latin-1, without the empty line.
 * Throws undici's HTTPParserError for what is not HTTP, and for what two parties could read in two
 * ways: both framings at once, two lengths, folded lines, a coding other than chunked.
 */
export function readAnswerHead(text: string): AnswerHead {
  if (FORBIDDEN.test(text)) throw notHttp('a character that no head may hold');
  const firstEnd = endOfLine(text, 0);
  const line = text.slice(0, firstEnd);
  if (!STATUS_LINE.test(line)) throw notHttp('no status line');
  const status = Number(line.slice(STATUS_AT, STATUS_AT + 3));
  const reason = line.slice(STATUS_AT + 4);
  const minor = line.charCodeAt(MINOR_AT) - ZERO;
  const headers = readFields(text, firstEnd + 2);
  const found = readFraming(headers);
  const hasNoBody = status < 200 || status === 204 || status === 304;
  // A body that cannot be there, and is announced, may come all the same: as the next answer.
  const isSound = !hasNoBody || found.framing === UNTIL_CLOSE || found.framing === EMPTY;
  const framing = hasNoBody ? EMPTY : found.framing;
  const isKept = isSound && framing !== UNTIL_CLOSE && staysOpen(minor, found.connection);
  const keptSeconds = secondsOf(found.keepAlive);
  const { contentType } = found;
  return { status, reason, headers, contentType, framing, isKept, keptSeconds };
}

/** Reads the trailers of an answer, without the empty line. Throws undici's HTTPParserError. */
export function readTrailers(text: string): string[] {
  if (FORBIDDEN.test(text)) throw notHttp('a character that no trailer may hold');
  return readFields(text, 0);
}

function readFields(text: string, from: number): string[] {
  const fields: string[] = [];
  for (let at = from; at < text.length; ) {
    const end = endOfLine(text, at);
    const colon = text.indexOf(':', at);
    if (colon === -1 || colon >= end) throw notHttp('a header without a colon');
    const name = text.slice(at, colon);
    if (!TOKEN.test(name)) throw notHttp('a header whose name is none');
    fields.push(name, trimmed(text, colon + 1, end));
    at = end + 2;
  }
  return fields;
}

/**
 * An object that has nothing but what is put into it: no name is one of its own already. Made like
 * this, those with the same names share one shape, which one without any prototype never does.
 */
const NamedHeaders = function () {} as unknown as new () => object;
NamedHeaders.prototype = Object.create(null);

/** Headers by lower-case name, as undici has them: of one that is repeated, a list. */
export function headersByName(headers: readonly string[]): IncomingHttpHeaders {
  const named = new NamedHeaders() as unknown as Record<string, string | string[]>;
  for (let i = 0; i < headers.length; i += 2) {
    const name = (headers[i] as string).toLowerCase();
    const value = headers[i + 1] as string;
    const known = named[name];
    if (known === undefined) named[name] = value;
    else if (typeof known === 'string') named[name] = [known, value];
    else known.push(value);
  }
  return named as IncomingHttpHeaders;
}

export function notHttp(because: string): Error {
  return new errors.HTTPParserError(`Response does not match the HTTP/1.1 protocol: ${because}`);
}

/** Without the blanks around it, and only those: in Latin-1 there are letters that `trim` takes. */
function trimmed(text: string, from: number, to: number): string {
  let [begin, end] = [from, to];
  while (begin < end && isBlank(text.charCodeAt(begin))) begin += 1;
  while (end > begin && isBlank(text.charCodeAt(end - 1))) end -= 1;
  return text.slice(begin, end);
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

function endOfLine(text: string, from: number): number {
  const at = text.indexOf('\r\n', from);
  return at === -1 ? text.length : at;
}

interface Found {
  readonly framing: Framing;
  readonly contentType: string | null;
  readonly connection: string;
  readonly keepAlive: string;
}

function readFraming(headers: readonly string[]): Found {
  let length: string | null = null;
  let contentType: string | null = null;
  let isChunked = false;
  let connection = '';
  let keepAlive = '';
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string;
    if (!isLengthThatMatters(name.length)) continue;
    const value = headers[i + 1] as string;
    switch (name.toLowerCase()) {
      case 'connection':
        connection += `,${value.toLowerCase()}`;
        break;
      case 'keep-alive':
        keepAlive = value;
        break;
      case 'content-type':
        contentType ??= value;
        break;
      case 'content-length':
        if (length !== null) throw notHttp('two lengths');
        if (!LENGTH.test(value)) throw notHttp('a length that is no number');
        length = value;
        break;
      case 'transfer-encoding':
        if (isChunked || value.toLowerCase() !== 'chunked') {
          throw notHttp('a transfer encoding other than chunked');
        }
        isChunked = true;
    }
  }
  if (isChunked && length !== null) throw notHttp('two framings');
  const framing = isChunked ? CHUNKED : length === null ? UNTIL_CLOSE : lengthOf(length);
  return { framing, contentType, connection, keepAlive };
}

/** The lengths of the names looked at above: all others need no lower-casing. */
function isLengthThatMatters(length: number): boolean {
  return length === 10 || length === 12 || length === 14 || length === 17;
}

function lengthOf(digits: string): Framing {
  return Number(digits) === 0 ? EMPTY : { kind: 'length', bytes: Number(digits) };
}

/** RFC 9112, section 9.3. */
function staysOpen(minor: number, connection: string): boolean {
  if (connection === '') return minor === 1;
  if (connection === ',keep-alive') return true;
  const options = connection.split(',').map((option) => option.trim());
  if (options.includes('close')) return false;
  return minor === 1 || options.includes('keep-alive');
}

function secondsOf(keepAlive: string): number | null {
  if (keepAlive === '') return null;
  const digits = /(?:^|[,;\s])timeout=(\d{1,6})/i.exec(keepAlive)?.[1];
  return digits === undefined ? null : Number(digits);
}
