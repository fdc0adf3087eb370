import { describe, expect, it } from 'vitest';
import { reasonPhrase, responseHeaders } from './response-head.ts';

const raw = (...texts: string[]): Buffer[] => texts.map((text) => Buffer.from(text, 'latin1'));

describe('the head of an answer', () => {
  it('keeps order, case, repetitions and every byte of headers', () => {
    const sent = ['Set-Cookie', 'a=1', 'X-Ä', 'é', 'set-cookie', 'b=2', 'Content-Length', '3'];
    expect(responseHeaders(raw(...sent), [])).toEqual(sent);
  });

  it('leaves out what concerns only the connection to the side', () => {
    const sent = raw(
      'Connection',
      'Keep-Alive',
      'Keep-Alive',
      'timeout=5',
      'Transfer-Encoding',
      'chunked',
      'Proxy-Connection',
      'x',
      'Upgrade',
      'h2c',
      'Kept',
      '1',
    );
    expect(responseHeaders(sent, [])).toEqual(['Kept', '1']);
  });

  it('leaves out what Connection names, but not what the caller needs to read the answer', () => {
    const sent = raw(
      'Connection',
      'close, X-Hop, Content-Length',
      'x-hop',
      '1',
      'Content-Length',
      '2',
    );
    expect(responseHeaders(sent, [])).toEqual(['Content-Length', '2']);
  });

  it('announces trailers only where there is a place for them', () => {
    expect(responseHeaders(raw('Trailer', 'X-Sum', 'A', '1'), [])).toEqual([
      'Trailer',
      'X-Sum',
      'A',
      '1',
    ]);
    expect(responseHeaders(raw('Trailer', 'X-Sum', 'Content-Length', '3'), [])).toEqual([
      'Content-Length',
      '3',
    ]);
  });

  it('names one side, where what answers is a guard itself', () => {
    const sent = raw('Falsework-Side', 'candidate', 'falsework-build', '7');
    expect(responseHeaders(sent, ['Falsework-Side', 'legacy'])).toEqual([
      'falsework-build',
      '7',
      'Falsework-Side',
      'legacy',
    ]);
    expect(responseHeaders(sent, [])).toEqual([
      'Falsework-Side',
      'candidate',
      'falsework-build',
      '7',
    ]);
  });

  it('names the side only when it is told to', () => {
    expect(responseHeaders(raw('A', '1'), ['Falsework-Side', 'legacy'])).toEqual([
      'A',
      '1',
      'Falsework-Side',
      'legacy',
    ]);
    expect(responseHeaders(null, [])).toEqual([]);
  });
});

describe('a reason phrase', () => {
  it.each([
    [200, 'OK', 'OK'],
    [200, '', ''],
    [200, 'Très bien', 'Très bien'],
    [200, 'bad\u0000', ''],
    [200, 'substituted \uFFFD', ''],
    [200, 'del \u007f', ''],
    [799, 'of its own', 'of its own'],
  ])('%d %j is sent as %j', (status, given, sent) => {
    expect(reasonPhrase(status, given)).toBe(sent);
  });

  it('of which only the end has survived is the usual one', () => {
    expect(reasonPhrase(200, 'K')).toBe('OK');
    expect(reasonPhrase(404, 'Found')).toBe('Not Found');
    expect(reasonPhrase(404, 'Founder')).toBe('Founder');
  });
});
