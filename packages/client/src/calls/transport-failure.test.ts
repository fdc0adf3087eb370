import { describe, expect, it } from 'vitest';
import { connectionFailure } from './transport-failure.ts';

const coded = (code: string, cause?: unknown): Error =>
  Object.assign(new Error(code, { cause }), { code });

describe('a failure of the connection', () => {
  it.each(['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'EPIPE', 'UND_ERR_SOCKET'])(
    'is %s, whoever wrapped it',
    (code) => {
      expect(connectionFailure(coded(code))).toBe(code);
      expect(connectionFailure(new TypeError('fetch failed', { cause: coded(code) }))).toBe(code);
      const axiosLike = coded('ERR_NETWORK', new TypeError('fetch failed', { cause: coded(code) }));
      expect(connectionFailure(axiosLike)).toBe(code);
    },
  );

  it.each([
    coded('CERT_HAS_EXPIRED'),
    coded('HPE_INVALID_CONSTANT'),
    coded('UND_ERR_HEADERS_TIMEOUT'),
    coded('ERR_INVALID_URL'),
    new TypeError('fetch failed'),
    new DOMException('aborted', 'AbortError'),
    'ECONNREFUSED',
    null,
    undefined,
  ])('is not %s', (error) => {
    expect(connectionFailure(error)).toBeNull();
  });

  it('is looked for only so deep, in a chain that may lead back to itself', () => {
    const ring = coded('OTHER');
    ring.cause = ring;
    expect(connectionFailure(ring)).toBeNull();
  });
});
