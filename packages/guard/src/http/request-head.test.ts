import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RequestHead } from './request-head.ts';

function read(...rawHeaders: string[]): RequestHead {
  const head = new RequestHead();
  head.read(rawHeaders);
  return head;
}

describe('the head of a request', () => {
  it('keeps order, case and repetitions of headers', () => {
    const sent = ['HOST', 'a', 'X-b', '1', 'x-B', '2', 'Cookie', 'c=1', 'Cookie', 'd=2'];
    expect(read(...sent).headers).toEqual(sent);
  });

  it('is the very array of the caller when nothing has to be left out', () => {
    // `keep-alive` may stay, since undici does not send it on.
    const sent = ['Host', 'a', 'Connection', 'keep-alive'];
    const head = new RequestHead();
    head.read(sent);
    expect(head.headers).toBe(sent);
  });

  it.each([
    ['Connection', 'close'],
    ['Connection', 'Upgrade'],
    ['Keep-Alive', 'timeout=5'],
    ['Proxy-Connection', 'keep-alive'],
    ['TE', 'trailers'],
    ['Trailer', 'X-Sum'],
    ['Transfer-Encoding', 'chunked'],
    ['Upgrade', 'h2c'],
    ['Expect', '100-continue'],
  ])('leaves out %s, which concerns only this connection', (name, value) => {
    expect(read('Host', 'a', name, value, 'Accept', '*/*').headers).toEqual([
      'Host',
      'a',
      'Accept',
      '*/*',
    ]);
    expect(read(name.toUpperCase(), value).headers).toEqual([]);
  });

  it('leaves out what Connection names, whatever its case and however often it comes', () => {
    const head = read(
      'Connection',
      'close, X-Mine',
      'x-mine',
      '1',
      'connection',
      'Other',
      'OTHER',
      '2',
      'Kept',
      '3',
    );
    expect(head.headers).toEqual(['Kept', '3']);
  });

  it('keeps what says how long the message is and for whom, although Connection names it', () => {
    const sent = ['Host', 'a', 'Content-Length', '3', 'Content-Type', 'text/plain'];
    const head = read('Connection', 'host, content-length, content-type', ...sent);
    expect(head.headers).toEqual(sent);
  });

  it.each([
    [['Content-Length', '12'], true],
    [['content-length', '0'], false],
    [['Transfer-Encoding', 'chunked'], true],
    [['Content-Type', 'text/plain'], false],
  ])('knows from %j whether there is a body: %s', (headers, hasBody) => {
    expect(read(...headers).hasBody).toBe(hasBody);
  });

  it.each(['If-None-Match', 'if-modified-since', 'If-Match', 'If-Range', 'If-Unmodified-Since'])(
    'knows %s for a condition, and passes it on',
    (name) => {
      const head = read(name, 'x');
      expect(head.isConditional).toBe(true);
      expect(head.headers).toEqual([name, 'x']);
      expect(read(`X-${name}`, 'x').isConditional).toBe(false);
    },
  );

  it.each([
    ['Host', ''],
    ['Host', 'orders-v1'],
    ['Host', 'orders_v1.internal:8080'],
    ['Host', '[::1]:8080'],
    ['Host', '127.0.0.1'],
    ['Content-Length', '0'],
    ['Content-Length', '003'],
    ['Content-Length', String(Number.MAX_SAFE_INTEGER)],
    ['Transfer-Encoding', 'chunked'],
    ['Transfer-Encoding', 'Chunked'],
  ])('has no flaw with %s: %s', (name, value) => {
    expect(read(name, value).flaw).toBeNull();
  });

  it.each([
    ['Host', 'a b'],
    ['Host', 'a,b'],
    ['Host', 'a@b'],
    ['Host', 'a/b'],
    ['Host', 'a:80:81'],
    ['Host', 'a:port'],
    ['Host', '[::1'],
    ['Host', 'm\u00fcnchen'],
    ['Content-Length', '9007199254740993'],
    ['Transfer-Encoding', 'gzip, chunked'],
    ['Transfer-Encoding', 'chunked, chunked'],
    ['Transfer-Encoding', ''],
  ])('has a flaw with %s: %s', (name, value) => {
    expect(read(name, value).flaw).not.toBeNull();
  });

  it('keeps its flaw whatever comes behind it, and forgets it with the next request', () => {
    const head = new RequestHead();
    head.read(['Host', 'a b', 'Transfer-Encoding', 'chunked', 'Content-Length', '3']);
    expect(head).toMatchObject({ flaw: 'its Host header is not the name of a host' });
    head.read(['Host', 'a']);
    expect(head).toMatchObject({ flaw: null, host: 'a', isChunked: false });
    head.read(['Host', 'a b']);
    expect(head.flaw).not.toBeNull();
  });

  it('counts the hosts, because two of them are two addresses', () => {
    expect(read('Host', 'a').hosts).toBe(1);
    expect(read('Host', 'a', 'HOST', 'b').hosts).toBe(2);
    expect(read('Hosts', 'a').hosts).toBe(0);
  });

  it('is read anew for each request', () => {
    const head = new RequestHead();
    head.read(['If-Match', 'x', 'Content-Length', '9', 'Host', 'a']);
    head.read(['Accept', '*/*']);
    expect(head).toMatchObject({ isConditional: false, hasBody: false, hosts: 0 });
    expect(head.headers).toEqual(['Accept', '*/*']);
  });

  it('passes on every other header as it is, whatever it is called', () => {
    const hop =
      /^(?:connection|keep-alive|proxy-connection|te|trailer|transfer-encoding|upgrade|expect)$/i;
    const name = fc.stringMatching(/^[A-Za-z0-9-]{1,20}$/).filter((text) => !hop.test(text));
    fc.assert(
      fc.property(fc.array(fc.tuple(name, fc.string())), (pairs) => {
        const sent = pairs.flat();
        expect(read('Connection', 'close', ...sent).headers).toEqual(sent);
      }),
    );
  });
});
