import { describe, expect, it } from 'vitest';
import { headersByName, readAnswerHead, readTrailers } from './answer-head.ts';

const OK = 'HTTP/1.1 200 OK\r\n';
const head = (...lines: string[]): string => `${OK}${lines.join('\r\n')}`;

describe('the head of an answer', () => {
  it('keeps order, case, repetitions and every byte of its headers', () => {
    const { headers } = readAnswerHead(head('Set-Cookie: a=1', 'x-E: no'));
    expect(headers).toEqual(['Set-Cookie', 'a=1', 'x-E', 'no']);
    const bytes = readAnswerHead(head('A: \t caf\xe9\xa0 \t', 'B:', 'A:x: y')).headers;
    expect(bytes).toEqual(['A', 'caf\xe9\xa0', 'B', '', 'A', 'x: y']);
  });

  it.each([
    ['HTTP/1.1 200 OK', 200, 'OK'],
    ['HTTP/1.0 404 Not Found', 404, 'Not Found'],
    ['HTTP/1.1 418 ', 418, ''],
    ['HTTP/1.1 299', 299, ''],
    ['HTTP/1.1 999 \xe9', 999, '\xe9'],
  ])('%j says its status and its reason', (line, status, reason) => {
    expect(readAnswerHead(line)).toMatchObject({ status, reason, headers: [] });
  });

  it.each([
    ['HTTP/1.2 200 OK'],
    ['HTTP/2 200 OK'],
    ['http/1.1 200 OK'],
    ['HTTP/1.1  200 OK'],
    ['HTTP/1.1 20 OK'],
    ['HTTP/1.1 2000 OK'],
    ['HTTP/1.1 099 OK'],
    ['HTTP/1.1 200OK'],
    ['ICY 200 OK'],
    [''],
    [head('no colon')],
    [head(': no name')],
    [head('A : blank before the colon')],
    [head('A: 1', ' folded')],
    [head('A: 1', '\tfolded')],
    [head('A\x01: 1')],
    [head('A: \x00')],
    [head('A: \x7f')],
    [head('A: 1\rB: 2')],
    [head('A: 1\nB: 2')],
    [head('A: 1\r')],
    [head('Ä: 1')],
    ['HTTP/1.1 200 O\x0bK'],
    [head('Content-Length: 1', 'Content-Length: 1')],
    [head('Content-Length: 1', 'content-length: 2')],
    [head('Content-Length: 1, 1')],
    [head('Content-Length: +1')],
    [head('Content-Length: -1')],
    [head('Content-Length: 0x1')],
    [head('Content-Length: 1e3')],
    [head('Content-Length:')],
    [head('Content-Length: 9999999999999999')],
    [head('Transfer-Encoding: gzip')],
    [head('Transfer-Encoding: gzip, chunked')],
    [head('Transfer-Encoding: chunked, chunked')],
    [head('Transfer-Encoding: chunked', 'Transfer-Encoding: chunked')],
    [head('Transfer-Encoding: identity')],
    [head('Transfer-Encoding: xchunked')],
    [head('Transfer-Encoding: chunked', 'Content-Length: 3')],
    [head('Content-Length: 3', 'Transfer-Encoding: chunked')],
  ])('%j is no HTTP, or could be read in two ways', (text) => {
    expect(() => readAnswerHead(text)).toThrow(
      expect.objectContaining({ name: 'HTTPParserError' }) as Error,
    );
  });

  it.each([
    ['200', ['Content-Length: 12'], { kind: 'length', bytes: 12 }],
    ['200', ['content-length: 0'], { kind: 'length', bytes: 0 }],
    ['200', ['Transfer-Encoding: Chunked'], { kind: 'chunked' }],
    ['200', [], { kind: 'until-close' }],
    ['204', [], { kind: 'length', bytes: 0 }],
    ['304', ['Content-Length: 12'], { kind: 'length', bytes: 0 }],
    ['103', ['Link: </a>'], { kind: 'length', bytes: 0 }],
  ])('of a %s with %j says how its body ends', (status, lines, framing) => {
    const text = [`HTTP/1.1 ${status} X`, ...lines].join('\r\n');
    expect(readAnswerHead(text).framing).toEqual(framing);
  });

  it.each([
    ['HTTP/1.1 200 OK', ['Content-Length: 1'], true],
    ['HTTP/1.1 200 OK', ['Content-Length: 1', 'Connection: close'], false],
    ['HTTP/1.1 200 OK', ['Content-Length: 1', 'Connection: X-Hop, Close'], false],
    ['HTTP/1.1 200 OK', ['Content-Length: 1', 'Connection: x', 'Connection: close'], false],
    ['HTTP/1.1 200 OK', ['Content-Length: 1', 'Connection: closed'], true],
    ['HTTP/1.1 200 OK', [], false],
    ['HTTP/1.0 200 OK', ['Content-Length: 1'], false],
    ['HTTP/1.0 200 OK', ['Content-Length: 1', 'Connection: Keep-Alive'], true],
    ['HTTP/1.1 204 No Content', [], true],
    ['HTTP/1.1 204 No Content', ['Content-Length: 5'], false],
    ['HTTP/1.1 304 Not Modified', ['Transfer-Encoding: chunked'], false],
  ])('%j with %j says whether its connection can be used again: %j', (line, lines, isKept) => {
    expect(readAnswerHead([line, ...lines].join('\r\n')).isKept).toBe(isKept);
  });

  it.each([
    ['timeout=5', 5],
    ['max=100, timeout=72', 72],
    ['Timeout=5, max=3', 5],
    ['timeout=soon', null],
    ['max=3', null],
  ])('takes from Keep-Alive: %j how long its connection is kept', (value, keptSeconds) => {
    expect(readAnswerHead(head(`Keep-Alive: ${value}`)).keptSeconds).toBe(keptSeconds);
  });

  it('tells headers by name as undici does', () => {
    const headers = ['Set-Cookie', 'a', 'X', '1', 'set-cookie', 'b', '__proto__', 'c'];
    const named = headersByName(headers);
    expect(named['set-cookie']).toEqual(['a', 'b']);
    expect(Object.keys(named)).toEqual(['set-cookie', 'x', '__proto__']);
  });
});

describe('trailers', () => {
  it('are read as headers are', () => {
    expect(readTrailers('X-Sum: 1\r\nx-sum: 2')).toEqual(['X-Sum', '1', 'x-sum', '2']);
  });

  it.each(['X: 1\n', 'X: 1\r', '\nX: 1', 'X', ' X: 1', 'X: \0'])('%j is none', (text) => {
    expect(() => readTrailers(text)).toThrow('HTTP/1.1 protocol');
  });
});
