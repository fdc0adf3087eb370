import * as zlib from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { decodeBody } from './decode-body.ts';
import { digestOf } from './running-hash.ts';

const TEXT = Buffer.from(JSON.stringify({ lines: Array.from({ length: 100 }, (_, i) => i) }));
const MAX = 10_000;

describe('a content-encoding', () => {
  it.each([
    ['gzip', zlib.gzipSync(TEXT)],
    ['GZIP', zlib.gzipSync(TEXT)],
    ['x-gzip', zlib.gzipSync(TEXT)],
    ['deflate', zlib.deflateSync(TEXT)],
    ['deflate', zlib.deflateRawSync(TEXT)],
    ['br', zlib.brotliCompressSync(TEXT)],
    ['zstd', zlib.zstdCompressSync(TEXT)],
    ['identity', TEXT],
    ['', TEXT],
    ['gzip, br', zlib.brotliCompressSync(zlib.gzipSync(TEXT))],
    ['identity , gzip', zlib.gzipSync(TEXT)],
  ])('%s is undone', async (encoding, sent) => {
    expect(await decodeBody(sent, encoding, MAX)).toEqual({ kind: 'whole', bytes: TEXT });
  });

  it('that is absent leaves the bytes as they are', async () => {
    expect(await decodeBody(TEXT, null, MAX)).toEqual({ kind: 'whole', bytes: TEXT });
  });

  it.each(['gzip', 'deflate', 'br', 'zstd'])(
    '%s that does not decode is said to be undecodable',
    async (encoding) => {
      expect(await decodeBody(Buffer.from('this is no such thing'), encoding, MAX)).toEqual({
        kind: 'undecodable',
        encoding,
      });
    },
  );

  it('cut in half is undecodable, not half a body', async () => {
    const half = zlib.gzipSync(TEXT).subarray(0, 60);
    expect((await decodeBody(half, 'gzip', MAX)).kind).toBe('undecodable');
  });

  it.each([
    ['gzip', zlib.gzipSync(Buffer.alloc(50_000_000))],
    ['deflate', zlib.deflateSync(Buffer.alloc(50_000_000))],
    ['br', zlib.brotliCompressSync(Buffer.alloc(50_000_000))],
    ['zstd', zlib.zstdCompressSync(Buffer.alloc(50_000_000))],
  ])('%s that hides a bomb is never unpacked beyond the limit', async (encoding, bomb) => {
    expect(bomb.length).toBeLessThan(100_000);
    const before = process.memoryUsage().arrayBuffers;
    expect(await decodeBody(bomb, encoding, 500_000)).toEqual({ kind: 'too-large' });
    // What others have left for the collector counts as well.
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(25_000_000);
  });

  it('that nobody here knows leaves the bytes as they are, to be compared as such', async () => {
    expect(await decodeBody(TEXT, 'rot13', MAX)).toEqual({ kind: 'whole', bytes: TEXT });
    expect(await decodeBody(TEXT, 'gzip, gzip, gzip, gzip', MAX)).toEqual({
      kind: 'whole',
      bytes: TEXT,
    });
  });

  it('of an answer without a body means nothing', async () => {
    expect(await decodeBody(Buffer.alloc(0), 'gzip', MAX)).toEqual({
      kind: 'whole',
      bytes: Buffer.alloc(0),
    });
  });

  it('does not excuse a body that is too large as it is', async () => {
    const digest = digestOf(TEXT);
    expect(await decodeBody(TEXT, null, 10)).toEqual({ kind: 'long', digest, encoding: '' });
  });

  it.each([
    ['gzip', zlib.gzipSync(TEXT)],
    ['deflate', zlib.deflateSync(TEXT)],
    ['deflate', zlib.deflateRawSync(TEXT)],
    ['br', zlib.brotliCompressSync(TEXT)],
    ['zstd', zlib.zstdCompressSync(TEXT)],
  ])(
    '%s of a body that is longer than is kept is hashed as the body itself',
    async (encoding, sent) => {
      const digest = digestOf(TEXT);
      expect(await decodeBody(sent, encoding, 100)).toEqual({ kind: 'long', digest, encoding: '' });
    },
  );

  it('beneath another one is named with the hash of what it still encodes', async () => {
    const packed = zlib.gzipSync(TEXT);
    const body = await decodeBody(zlib.brotliCompressSync(packed), 'gzip, br', packed.length - 1);
    expect(body).toEqual({ kind: 'long', digest: digestOf(packed), encoding: 'gzip' });
  });

  it('that breaks only after what is kept is undecodable all the same', async () => {
    const long = Buffer.from('0123456789'.repeat(20_000));
    const half = zlib.gzipSync(long).subarray(0, -9);
    expect(await decodeBody(half, 'gzip', 20_000)).toEqual({
      kind: 'undecodable',
      encoding: 'gzip',
    });
  });
});
