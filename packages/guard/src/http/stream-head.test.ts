import { describe, expect, it } from 'vitest';
import { streamHead } from './stream-head.ts';

const read = (raw: readonly string[]) => {
  const pseudo = raw.flatMap((name, i) =>
    i % 2 === 0 && name.startsWith(':') ? [[name, raw[i + 1]] as const] : [],
  );
  return streamHead(Object.fromEntries(pseudo), raw);
};

describe('the head of a request over HTTP/2', () => {
  it('has its host first, and no pseudo-header', () => {
    const head = read([':method', 'GET', ':path', '/x', ':authority', 'a:1', ':scheme', 'http']);
    expect(head).toEqual({ method: 'GET', url: '/x', rawHeaders: ['host', 'a:1'], flaw: null });
  });

  it('keeps order, values and repetitions of everything else', () => {
    const { rawHeaders } = read([':path', '/', 'b', '1', 'a', '2', 'b', '3']);
    expect(rawHeaders).toEqual(['b', '1', 'a', '2', 'b', '3']);
  });

  it('has one cookie header, where the first of its pieces was', () => {
    const { rawHeaders } = read(['cookie', 'a=1', 'x', 'y', 'cookie', 'b=2', 'cookie', 'c=3']);
    expect(rawHeaders).toEqual(['cookie', 'a=1; b=2; c=3', 'x', 'y']);
  });

  it('may name its host in either way, or in both alike', () => {
    expect(read(['host', 'a']).rawHeaders).toEqual(['host', 'a']);
    expect(read([':authority', 'a', 'host', 'A'])).toMatchObject({
      rawHeaders: ['host', 'a'],
      flaw: null,
    });
  });

  it('may not name two', () => {
    expect(read([':authority', 'a', 'host', 'b']).flaw).toBe('it names two hosts');
  });
});
