import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

/** The text of a file, or why there is none, in words that end a sentence. */
export type ReadResult = { readonly text: string } | { readonly reason: string };

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'it does not exist',
  ENOTDIR: 'a part of its path is not a folder',
  EACCES: 'permission is denied',
  EPERM: 'permission is denied',
  ELOOP: 'its symbolic links lead in a circle',
};

/**
 * Reads a UTF-8 file of at most `bytesMax` bytes; a byte order mark is left out. Synchronous,
 * because it is only used before anything is served. Never throws, and never waits for a pipe or a
 * device.
 */
export function readBounded(file: string, bytesMax: number): ReadResult {
  try {
    const bytes = readBytes(file, bytesMax);
    if (typeof bytes === 'string') return { reason: bytes };
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch (error) {
    return { reason: reasonOf(error) };
  }
}

// Opening a pipe waits for somebody to write into it, for ever perhaps, unless one says not to.
// Windows has no such flag.
const OPEN_FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

const CHUNK_BYTES = 65_536;

/** The bytes, or the reason why they were not read. */
function readBytes(file: string, bytesMax: number): Uint8Array | string {
  const descriptor = openSync(file, OPEN_FLAGS);
  try {
    const stat = fstatSync(descriptor);
    if (stat.isDirectory()) return 'it is a folder';
    if (!stat.isFile()) return 'it is not a regular file';
    return stat.size > bytesMax ? tooLarge(bytesMax) : readToEnd(descriptor, bytesMax);
  } finally {
    closeSync(descriptor);
  }
}

/**
 * Reads until there is no more: a file may grow while it is read, and those of /proc call
 * themselves empty.
 */
function readToEnd(descriptor: number, bytesMax: number): Uint8Array | string {
  const chunks: Uint8Array[] = [];
  let length = 0;
  while (length <= bytesMax) {
    const chunk = new Uint8Array(CHUNK_BYTES);
    const got = readSync(descriptor, chunk, 0, CHUNK_BYTES, null);
    if (got === 0) return Buffer.concat(chunks, length);
    chunks.push(chunk.subarray(0, got));
    length += got;
  }
  return tooLarge(bytesMax);
}

function tooLarge(bytesMax: number): string {
  return `it is larger than ${bytesMax} bytes`;
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
  if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') return 'it is not UTF-8 text';
  return REASONS[code] ?? `the system answered ${code}`;
}
