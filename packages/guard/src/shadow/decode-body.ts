import type { Transform } from 'node:stream';
import { promisify } from 'node:util';
import * as zlib from 'node:zlib';
import { type Digest, digestOf, RunningHash } from './running-hash.ts';

/** A body as it is compared. */
export type Body =
  | { readonly kind: 'whole'; readonly bytes: Buffer }
  /** Longer than is kept: its hash is compared, where it was read to its end. */
  | {
      readonly kind: 'long';
      readonly digest: Digest | null;
      /** What the hash is of: bytes still encoded like this, or `''` for the body itself. */
      readonly encoding: string;
    }
  /** So much longer than is kept that it was not even decoded to its end. */
  | { readonly kind: 'too-large' }
  /** It does not decode as its content-encoding says. */
  | { readonly kind: 'undecodable'; readonly encoding: string };

type Decoder = (bytes: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>;

// Run on the thread pool, so that decoding delays no caller.
const DECODERS: Readonly<Record<string, Decoder>> = {
  gzip: promisify(zlib.gunzip) as Decoder,
  'x-gzip': promisify(zlib.gunzip) as Decoder,
  deflate: inflateEither,
  br: promisify(zlib.brotliDecompress) as Decoder,
  zstd: promisify(zlib.zstdDecompress) as Decoder,
};

const STREAM_DECODERS: Readonly<Record<string, (bytes: Buffer) => Transform>> = {
  gzip: () => zlib.createGunzip(),
  'x-gzip': () => zlib.createGunzip(),
  deflate: (bytes) => (isZlib(bytes) ? zlib.createInflate() : zlib.createInflateRaw()),
  br: () => zlib.createBrotliDecompress(),
  zstd: () => zlib.createZstdDecompress(),
};

// An answer decodes to ten times its length as a rule, and to a thousand times when it was made to
// keep us busy. This many mebibytes take a core of the thread pool about a fifth of a second.
const HASHED_TIMES_MAX = 64;

// Nobody encodes thrice; a longer list is an attempt to keep us busy.
const ENCODINGS_MAX = 3;

/**
 * Undoes a content-encoding. At no point does it hold more than `bytesMax` bytes of an answer; what
 * is longer is decoded once more for its hash, piece by piece and not without end, so that a small
 * body which decodes to gigabytes costs little. Never rejects. An encoding that nobody here knows
 * leaves the bytes as they are: they are compared like any other.
 */
export async function decodeBody(
  sent: Buffer,
  contentEncoding: string | null,
  bytesMax: number,
): Promise<Body> {
  // They were applied in the order listed.
  const encodings = encodingsOf(contentEncoding).reverse();
  let bytes = sent;
  for (const [i, encoding] of encodings.entries()) {
    const decoder = DECODERS[encoding];
    // An answer without a body may name an encoding all the same: to HEAD, or with 304.
    if (decoder === undefined || bytes.length === 0) break;
    try {
      bytes = await decoder(bytes, { maxOutputLength: bytesMax });
    } catch (error) {
      const isLong = (error as { code?: unknown }).code === 'ERR_BUFFER_TOO_LARGE';
      if (!isLong) return { kind: 'undecodable', encoding };
      const left = encodings.slice(i + 1).reverse();
      return hashDecoded(bytes, { encoding, left: left.join(', ') }, bytesMax);
    }
  }
  const isLong = bytes.length > bytesMax;
  return isLong
    ? { kind: 'long', digest: digestOf(bytes), encoding: '' }
    : { kind: 'whole', bytes };
}

/** A body that was longer than is kept already as it was sent. */
export function longBody(digest: Digest | null, contentEncoding: string | null): Body {
  return { kind: 'long', digest, encoding: encodingsOf(contentEncoding).join(', ') };
}

/** The hash of what these bytes decode to, by one encoding of those that they have. */
async function hashDecoded(
  bytes: Buffer,
  { encoding, left }: { readonly encoding: string; readonly left: string },
  bytesMax: number,
): Promise<Body> {
  const hash = new RunningHash();
  const decoder = (STREAM_DECODERS[encoding] as (bytes: Buffer) => Transform)(bytes);
  const bytesLeft = bytesMax * HASHED_TIMES_MAX;
  let decoded = 0;
  try {
    decoder.end(bytes);
    for await (const chunk of decoder as AsyncIterable<Buffer>) {
      decoded += chunk.length;
      // Leaving the loop ends the decoder.
      if (decoded > bytesLeft) return { kind: 'too-large' };
      hash.add(chunk);
    }
  } catch {
    return { kind: 'undecodable', encoding };
  }
  return { kind: 'long', digest: hash.read(), encoding: left };
}

/** RFC 1950, section 2.2: the two bytes of zlib's head. Raw deflate seldom begins like this. */
function isZlib(bytes: Buffer): boolean {
  const [first = 0, second = 0] = bytes;
  return (first & 0x0f) === 8 && ((first << 8) | second) % 31 === 0;
}

function encodingsOf(contentEncoding: string | null): string[] {
  if (contentEncoding === null) return [];
  const names = contentEncoding.split(',').map((name) => name.trim().toLowerCase());
  const meant = names.filter((name) => name !== '' && name !== 'identity');
  return meant.length > ENCODINGS_MAX ? [] : meant;
}

/** `deflate` means zlib's format, but some servers have always sent raw deflate under that name. */
async function inflateEither(bytes: Buffer, options: { maxOutputLength: number }): Promise<Buffer> {
  try {
    return await inflate(bytes, options);
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ERR_BUFFER_TOO_LARGE') throw error;
    return inflateRaw(bytes, options);
  }
}

const inflate = promisify(zlib.inflate) as Decoder;
const inflateRaw = promisify(zlib.inflateRaw) as Decoder;
