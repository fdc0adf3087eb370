import { describe, expect, it } from 'vitest';
import { requestText } from './request-text.ts';

const text = (path: string, ...headers: string[]): string =>
  requestText({ path, headers }, 'side:80');

describe('a request to read', () => {
  it('goes with the host first, and all others as they came', () => {
    expect(text('/a?b=c', 'X-B', '1', 'Host', 'shop.example', 'x-a', 'caf\xe9', 'X-B', '')).toBe(
      'GET /a?b=c HTTP/1.1\r\nhost: shop.example\r\nconnection: keep-alive\r\n' +
        'X-B: 1\r\nx-a: caf\xe9\r\nX-B: \r\n\r\n',
    );
  });

  it('names the side where its caller named no host', () => {
    expect(text('/')).toBe('GET / HTTP/1.1\r\nhost: side:80\r\nconnection: keep-alive\r\n\r\n');
    expect(text('/', 'host', '')).toContain('\r\nhost: \r\n');
  });

  it('says nothing of a body that it has not, nor of the connection of its caller', () => {
    const said = text('/', 'Content-Length', '0', 'Connection', 'Keep-Alive', 'A', '1');
    expect(said).toBe('GET / HTTP/1.1\r\nhost: side:80\r\nconnection: keep-alive\r\nA: 1\r\n\r\n');
  });

  it.each([['/a b'], ['/a\r\nX: 1'], ['/a\n'], ['/\0'], ['/\u0100']])(
    'is not sent to %j',
    (path) => {
      expect(() => text(path)).toThrow(
        expect.objectContaining({ code: 'UND_ERR_INVALID_ARG' }) as Error,
      );
    },
  );

  it.each([
    ['X', 'a\r\nY: 1'],
    ['X', 'a\n'],
    ['X', 'a\r'],
    ['X', '\0'],
    ['X', '\x7f'],
    ['X', '\u0100'],
    ['Host', 'a\r\nY: 1'],
    ['X\r\nY', '1'],
    ['X Y', '1'],
    ['X:', '1'],
    ['', '1'],
    ['\xe9', '1'],
  ])('is not sent with %j: %j', (name, value) => {
    expect(() => text('/', name, value)).toThrow(
      expect.objectContaining({ code: 'UND_ERR_INVALID_ARG' }) as Error,
    );
  });
});
