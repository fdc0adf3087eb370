import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { failureOf, failureOfStatus, failureWords, STOPPED, TIMED_OUT } from './side-failure.ts';

const withCode = (code: string): Error => Object.assign(new Error('secret details'), { code });

describe('a failure', () => {
  it.each([
    ['ECONNREFUSED', 'refused'],
    ['ENOTFOUND', 'not-found'],
    ['EAI_AGAIN', 'not-found'],
    ['EHOSTUNREACH', 'unreachable'],
    ['UND_ERR_CONNECT_TIMEOUT', 'unreachable'],
    ['UND_ERR_SOCKET', 'closed'],
    ['ECONNRESET', 'closed'],
    ['UND_ERR_RES_CONTENT_LENGTH_MISMATCH', 'broken-off'],
    ['UND_ERR_HEADERS_OVERFLOW', 'not-http'],
    ['HPE_INVALID_CONSTANT', 'not-http'],
    ['ERR_ASSERTION', 'not-http'],
    ['ECONNABORTED', 'closed'],
    ['EPIPE', 'closed'],
    ['EACCES', 'unreachable'],
    ['UND_ERR_HEADERS_TIMEOUT', 'timeout'],
    ['UND_ERR_BODY_TIMEOUT', 'timeout'],
    ['UND_ERR_DESTROYED', 'stopped'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'tls'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'tls'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'tls'],
    ['EMFILE', 'other'],
  ])('with code %s is %s', (code, kind) => {
    expect(failureOf(withCode(code), false)).toEqual({ kind, code });
  });

  it('of the connection is another one once the answer had begun', () => {
    expect(failureOf(withCode('ECONNRESET'), true).kind).toBe('broken-off');
    expect(failureOf(withCode('ECONNREFUSED'), true).kind).toBe('refused');
  });

  it('of several addresses is that of the first', () => {
    const error = new AggregateError([withCode('ECONNREFUSED'), withCode('EHOSTUNREACH')]);
    expect(failureOf(error, false)).toEqual({ kind: 'refused', code: 'ECONNREFUSED' });
  });

  it('of the parser is told by its name, because its code is not set', () => {
    const error = Object.assign(new Error('x'), { name: 'HTTPParserError', code: undefined });
    expect(failureOf(error, false).kind).toBe('not-http');
  });

  it('without a code is named by its class, never by what its message says', () => {
    const error = new RangeError('the secret in the answer');
    expect(failureWords(failureOf(error, false))).toBe('failed (RangeError)');
    const named = Object.assign(new Error('x'), { name: 'the secret in the answer' });
    expect(failureWords(failureOf(named, false))).toBe('failed (no code)');
  });

  it.each([
    ['HTTPParserError', false, 'sent what is not HTTP (HTTPParserError)'],
    ['HPE_INVALID_CHUNK_SIZE', true, 'sent what is not HTTP (HPE_INVALID_CHUNK_SIZE)'],
    ['ECONNRESET', true, 'broke off its answer (ECONNRESET)'],
    ['ECONNRESET', false, 'closed the connection without an answer (ECONNRESET)'],
    ['UND_ERR_SOCKET', true, 'broke off its answer (UND_ERR_SOCKET)'],
    ['ENOTFOUND', false, 'could not be found (ENOTFOUND)'],
    ['ETIMEDOUT', false, 'could not be reached (ETIMEDOUT)'],
    ['UND_ERR_CONNECT_TIMEOUT', false, 'could not be reached (UND_ERR_CONNECT_TIMEOUT)'],
    ['CERT_HAS_EXPIRED', false, 'failed to set up TLS (CERT_HAS_EXPIRED)'],
    ['EMFILE', false, 'failed (EMFILE)'],
  ])('with code %s, the answer begun: %s, reads: %s', (code, hasBegun, words) => {
    expect(failureWords(failureOf(withCode(code), hasBegun))).toBe(words);
  });

  it('is sorted out whatever was thrown, and holds nothing that was', () => {
    fc.assert(
      fc.property(fc.anything(), fc.boolean(), (thrown, hasBegun) => {
        const { kind, code } = failureOf(thrown, hasBegun);
        expect(failureWords({ kind, code })).not.toBe('');
      }),
    );
    expect(JSON.stringify(failureOf(withCode('ECONNRESET'), false))).not.toContain('secret');
  });

  it('is in words what people call it', () => {
    expect(failureWords(failureOf(withCode('ECONNREFUSED'), false))).toBe(
      'refused the connection (ECONNREFUSED)',
    );
    expect(failureWords({ kind: 'status', code: '503' })).toBe('answered 503');
    expect(failureWords(TIMED_OUT)).toBe('did not answer in time');
    expect(failureWords(STOPPED)).toBe('was stopped');
  });
});

describe('a status', () => {
  it.each([200, 301, 404, 499])('%d is an answer', (status) => {
    expect(failureOfStatus(status)).toBeNull();
  });

  it.each([500, 502, 599])('%d is a failure', (status) => {
    expect(failureOfStatus(status)).toEqual({ kind: 'status', code: String(status) });
  });
});
