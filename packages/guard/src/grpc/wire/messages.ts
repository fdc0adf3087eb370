import { promisify } from 'node:util';
import * as zlib from 'node:zlib';
import { framesOf } from './frames.ts';

/** The messages of a body as they are compared. */
export type Messages =
  | { readonly kind: 'whole'; readonly messages: readonly Buffer[] }
  /** Longer than is kept, as sent or once decompressed. */
  | { readonly kind: 'too-large' }
  /** It is cut off, or not compressed as it says. */
  | { readonly kind: 'unreadable' };

type Decompress = (bytes: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>;

const DECOMPRESS: Readonly<Record<string, Decompress>> = {
  gzip: promisify(zlib.gunzip) as Decompress,
  deflate: promisify(zlib.inflate) as Decompress,
};

/**
 * The messages of a body, decompressed. One in an encoding that nobody here knows stays as it is:
 * it is compared like any other. Never makes more than `bytesMax` bytes of one. Never rejects.
 */
export async function readMessages(
  body: Buffer | null,
  encoding: string | undefined,
  bytesMax: number,
): Promise<Messages> {
  if (body === null) return { kind: 'too-large' };
  const frames = framesOf(body);
  if (frames === null) return { kind: 'unreadable' };
  const decompress = DECOMPRESS[encoding ?? 'identity'];
  try {
    const messages = await Promise.all(
      frames.map(({ isCompressed, bytes }) =>
        isCompressed && decompress !== undefined
          ? decompress(bytes, { maxOutputLength: bytesMax })
          : bytes,
      ),
    );
    return { kind: 'whole', messages };
  } catch (error) {
    const isTooLarge = (error as { code?: unknown }).code === 'ERR_BUFFER_TOO_LARGE';
    return { kind: isTooLarge ? 'too-large' : 'unreadable' };
  }
}
