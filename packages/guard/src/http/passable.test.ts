import type { IncomingMessage } from 'node:http';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isTunnelled, whyNotPassable } from './passable.ts';
import { RequestHead } from './request-head.ts';

interface Asked {
  readonly target?: string;
  readonly version?: string;
  readonly headers?: readonly string[];
}

/** A request as Node's parser hands it over. */
function whyNot({ target = '/a', version = '1.1', headers = ['Host', 'a'] }: Asked): string | null {
  const head = new RequestHead();
  head.read([...headers]);
  const [httpVersionMajor, httpVersionMinor] = version.split('.').map(Number);
  const request = { url: target, httpVersionMajor, httpVersionMinor };
  return whyNotPassable(request as unknown as IncomingMessage, head);
}

describe('a request', () => {
  it.each<[string, Asked]>([
    ['with a path', {}],
    ['with a query', { target: '/a?b=c&d=/e' }],
    ['with a path of two slashes', { target: '//b/x' }],
    ['with an escaped fragment', { target: '/a%23b' }],
    ['of HTTP/1.0', { version: '1.0' }],
    ['of HTTP/1.0 without a host', { version: '1.0', headers: [] }],
    ['in absolute form of its own host', { target: 'http://a/b' }],
    ['in absolute form without a path', { target: 'https://A?b' }],
    ['in chunks', { headers: ['Host', 'a', 'Transfer-Encoding', 'chunked'] }],
  ])('%s is passed on', (_title, asked) => {
    expect(whyNot(asked)).toBeNull();
  });

  it.each<[string, Asked, string]>([
    ['with a flaw', { headers: ['Host', 'a b'] }, 'its Host header is not the name of a host'],
    ['with two hosts', { headers: ['Host', 'a', 'host', 'a'] }, 'it names more than one host'],
    ['of HTTP/2', { version: '2.0' }, 'its version is not HTTP/1.0 or HTTP/1.1'],
    ['of HTTP/0.9', { version: '0.9' }, 'its version is not HTTP/1.0 or HTTP/1.1'],
    [
      'of HTTP/1.0 in chunks',
      { version: '1.0', headers: ['Host', 'a', 'Transfer-Encoding', 'chunked'] },
      'HTTP/1.0 has no transfer encodings',
    ],
    ['with a fragment', { target: '/a#b' }, 'its target has a fragment'],
    ['for everything', { target: '*' }, 'its target is not a path'],
    ['of another scheme', { target: 'ftp://a/b' }, 'its target is not a path'],
    [
      'in absolute form of another host',
      { target: 'http://b/a' },
      'its target names another host than its Host header',
    ],
    [
      'in absolute form with a user',
      { target: 'http://a@b/', headers: ['Host', 'b'] },
      'its target names another host than its Host header',
    ],
  ])('%s is refused, with the reason', (_title, asked, because) => {
    expect(whyNot(asked)).toBe(because);
  });

  it('is passed on or refused, whatever its target is', () => {
    fc.assert(
      fc.property(fc.string(), (target) => {
        const because = whyNot({ target });
        if (because === null) expect(target).toMatch(/^(?:\/|https?:\/\/a(?:[/?]|$))/i);
      }),
    );
  });
});

describe('a change of protocol', () => {
  it.each([
    [{ upgrade: 'websocket' }, true],
    [{ upgrade: 'websocket', 'content-length': '0' }, true],
    [{ upgrade: 'h2c' }, false],
    [{ upgrade: 'websocket, H2C' }, false],
    [{ upgrade: 'websocket', 'content-length': '3' }, false],
    [{ upgrade: 'websocket', 'transfer-encoding': 'chunked' }, false],
  ])('with %j is tunnelled: %s', (headers, expected) => {
    expect(isTunnelled({ headers })).toBe(expected);
  });
});
