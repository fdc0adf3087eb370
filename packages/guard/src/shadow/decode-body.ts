import { promisify } from 'node:util';
import * as zlib from 'node:zlib';

/** A body as it is compared. */
export type Body =
  | { readonly kind: 'whole'; readonly bytes: Buffer }
  /** Longer than is kept, as sent or once decoded. */
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

// Nobody encodes thrice; a longer list is an attempt to keep us busy.
const ENCODINGS_MAX = 3;

/**
 * Undoes a content-encoding. At no point does it make more than `bytesMax` bytes of an answer, so
 * that a small body which decodes to gigabytes costs nothing. Never rejects. An encoding that
 * nobody here knows leaves the bytes as they are: they are compared like any other.
 */
export async function decodeBody(
  sent: Buffer,
  contentEncoding: string | null,
  bytesMax: number,
): Promise<Body> {
  const encodings = encodingsOf(contentEncoding);
  let bytes = sent;
  // They were applied in the order listed.
  for (const encoding of encodings.reverse()) {
    const decoder = DECODERS[encoding];
    // An answer without a body may name an encoding all the same: to HEAD, or with 304.
    if (decoder === undefined || bytes.length === 0) break;
    try {
      bytes = await decoder(bytes, { maxOutputLength: bytesMax });
    } catch (error) {
      const isTooLarge = (error as { code?: unknown }).code === 'ERR_BUFFER_TOO_LARGE';
      return isTooLarge ? { kind: 'too-large' } : { kind: 'undecodable', encoding };
    }
  }
  return bytes.length > bytesMax ? { kind: 'too-large' } : { kind: 'whole', bytes };
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
