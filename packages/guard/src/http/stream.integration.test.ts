// HTTP/2 in front: what callers of HTTP/1.1 are promised holds here too, in clear and under TLS.
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  constants,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
} from 'node:http2';
import { connect as connectTcp } from 'node:net';
import { describe, expect, it } from 'vitest';
import { certificate } from '../../test/certificates.ts';
import {
  atEnd,
  bodyOf,
  deadService,
  guardBetween,
  httpService,
  jsonService,
  routeWith,
  type Service,
  snapshotWith,
  standstill,
  tcpService,
  until,
} from '../../test/fixtures.ts';
import type { GuardOptions, RunningGuard } from '../main.ts';

const MIB = 1024 * 1024;

type Front = 'in clear' | 'under TLS';
const FRONTS: readonly Front[] = ['in clear', 'under TLS'];

interface Before {
  readonly guard: RunningGuard;
  readonly session: ClientHttp2Session;
}

async function before(
  front: Front,
  legacy: Service,
  options: Partial<GuardOptions> & { readonly candidate?: string } = {},
): Promise<Before> {
  const tls = front === 'under TLS' ? await certificate() : null;
  const candidate = await deadService();
  const guard = await guardBetween(legacy, candidate, { tls, ...options });
  const session = connect(guard.url, {
    maxSessionMemory: 1_000,
    ...(tls === null ? {} : { ca: tls.pem }),
  });
  session.on('error', () => {});
  atEnd(() => session.destroy());
  return { guard, session };
}

interface Answer {
  readonly headers: IncomingHttpHeaders;
  readonly trailers: IncomingHttpHeaders;
  readonly body: Buffer;
}

function asked(
  session: ClientHttp2Session,
  headers: OutgoingHttpHeaders,
  body?: string | Buffer,
): ClientHttp2Stream {
  const stream = session.request(headers, { endStream: body === undefined });
  stream.on('error', () => {});
  if (body !== undefined) stream.end(body);
  return stream;
}

async function answerTo(stream: ClientHttp2Stream): Promise<Answer> {
  let trailers: IncomingHttpHeaders = {};
  stream.on('trailers', (received) => {
    trailers = received;
  });
  const [headers] = (await once(stream, 'response')) as [IncomingHttpHeaders];
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return { headers, trailers, body: Buffer.concat(chunks) };
}

const ask = (session: ClientHttp2Session, headers: OutgoingHttpHeaders, body?: string | Buffer) =>
  answerTo(asked(session, headers, body));

describe.each(FRONTS)('HTTP/2 %s: a request', (front) => {
  it('reaches legacy as one of HTTP/1.1, and its answer the caller, compared on the way', async () => {
    const order = () => jsonService((path) => ({ path }));
    const [legacy, candidate] = [await order(), await order()];
    const { guard, session } = await before(front, legacy, { candidate: candidate.origin });
    await ask(session, { ':path': '/orders/1' });
    await ask(session, { ':path': '/orders/2' });
    const { headers, body } = await ask(session, { ':path': '/orders/2?a=%20b' });
    expect(headers[':status']).toBe(200);
    expect(headers['content-type']).toBe('application/json');
    expect(JSON.parse(body.toString())).toEqual({ path: '/orders/2?a=%20b' });
    await guard.settled();
    expect(guard.report().routes[0]).toMatchObject({ seam: 'GET /orders/{id}', compared: 1 });
  });

  it('keeps its headers in order and number; pseudo-headers and pieces of a cookie become HTTP/1.1’s', async () => {
    const legacy = await httpService((got, response) => {
      response.end(JSON.stringify([got.method, got.url, got.rawHeaders]));
    });
    const { session } = await before(front, legacy);
    const { body } = await ask(session, {
      ':method': 'GET',
      ':path': '/x',
      ':authority': 'shop.example:8443',
      'x-b': ['1', '2'],
      'x-a': 'caf\u00e9',
      cookie: ['a=1', 'b=2'],
      te: 'trailers',
    });
    const [method, path, raw] = JSON.parse(body.toString()) as [string, string, string[]];
    expect([method, path]).toEqual(['GET', '/x']);
    const at = raw.indexOf('x-b');
    expect(raw.slice(at, at + 8)).toEqual([
      'x-b',
      '1',
      'x-b',
      '2',
      'x-a',
      'caf\u00e9',
      'cookie',
      'a=1; b=2',
    ]);
    const names = raw.filter((_text, i) => i % 2 === 0).map((name) => name.toLowerCase());
    expect(raw[1]).toBe('shop.example:8443');
    expect(names.filter((name) => name === 'host')).toHaveLength(1);
    expect(names).not.toContain('te');
    expect(raw.some((text) => text.startsWith(':'))).toBe(false);
  });

  it('may have a body of any length, known or not, which arrives byte by byte', async () => {
    const legacy = await httpService((got, response) => {
      const { 'content-length': length, 'transfer-encoding': coding } = got.headers;
      void bodyOf(got).then((bytes) => {
        const sum = createHash('sha256').update(bytes).digest('hex');
        response.end(JSON.stringify([sum, length ?? null, coding ?? null]));
      });
    });
    const { session } = await before(front, legacy);
    const body = randomBytes(5 * MIB);
    const sum = createHash('sha256').update(body).digest('hex');
    const put = { ':method': 'PUT', ':path': '/' };
    const streamed = await ask(session, put, body);
    expect(JSON.parse(streamed.body.toString())).toEqual([sum, null, 'chunked']);
    const known = await ask(session, { ...put, 'content-length': body.length }, body);
    expect(JSON.parse(known.body.toString())).toEqual([sum, String(body.length), null]);
    const empty = await ask(session, put, '');
    expect(empty.headers[':status']).toBe(200);
  });

  it('that waits for a 100 before its body gets it', async () => {
    const legacy = await httpService((got, response) => {
      void bodyOf(got).then((bytes) => {
        response.end(`${got.headers.expect ?? 'none'} ${String(bytes)}`);
      });
    });
    const { session } = await before(front, legacy);
    const stream = session.request({ ':method': 'POST', ':path': '/', expect: '100-continue' });
    await once(stream, 'continue');
    stream.end('body');
    expect((await answerTo(stream)).body.toString()).toBe('none body');
  });

  it('that is cancelled is cancelled at legacy, and the connection goes on', async () => {
    let [asks, cancelled] = [0, 0];
    const legacy = await httpService((got, response) => {
      if (got.url !== '/slow') {
        response.end();
        return;
      }
      asks += 1;
      if (asks > 1) response.end('ok');
      else response.on('close', () => (cancelled += 1));
    });
    const routes = [routeWith({ seam: 'GET /slow' })];
    const { guard, session } = await before(front, legacy, { routes });
    const stream = asked(session, { ':path': '/slow' });
    await until(() => asks === 1, 'legacy has it');
    stream.close(constants.NGHTTP2_CANCEL);
    await until(() => cancelled === 1, 'legacy hears of it');
    expect((await ask(session, { ':path': '/slow' })).body.toString()).toBe('ok');
    await until(() => guard.report().routes[0]?.abandoned === 1, 'it is counted');
  });

  it('is refused when it is for two hosts, for no path or for another host', async () => {
    const legacy = await jsonService(() => ({}));
    const { session } = await before(front, legacy);
    const refused = [
      { ':path': '/', ':authority': 'a', host: 'b' },
      { ':path': '*', ':method': 'OPTIONS' },
      { ':path': '/a#b' },
      { ':path': '/', ':authority': 'a,b' },
      { ':method': 'CONNECT', ':authority': 'b:80' },
    ];
    for (const headers of refused) {
      const { headers: answered, body } = await ask(session, headers);
      expect(answered[':status']).toBe(400);
      expect(JSON.parse(body.toString())).toMatchObject({ error: { code: 'FW_GUARD_REQUEST' } });
    }
    // Its health was asked for, and nothing else.
    expect(legacy.connections()).toBeLessThan(2);
  });
});

describe.each(FRONTS)('HTTP/2 %s: an answer', (front) => {
  it('keeps repetitions, loses what was of the connection, and has no date that legacy did not give', async () => {
    const legacy = await httpService((_got, response) => {
      const headers =
        'Set-Cookie a=1 Set-Cookie b=2 X-Latin café Connection close,X-Hop X-Hop 1 Keep-Alive timeout=5';
      response.writeHead(418, 'Teapot', headers.split(' '));
      response.end('short');
    });
    const { session } = await before(front, legacy);
    const { headers, body } = await ask(session, { ':path': '/' });
    expect(Object.fromEntries(Object.entries(headers))).toEqual({
      ':status': 418,
      'set-cookie': ['a=1', 'b=2'],
      'x-latin': 'caf\u00e9',
    });
    expect(body.toString()).toBe('short');
  });

  it('to HEAD, and one without a body, ends with its head', async () => {
    const legacy = await httpService((got, response) => {
      response.writeHead(got.method === 'HEAD' ? 200 : 204, { 'X-A': '1' });
      response.end();
    });
    const { session } = await before(front, legacy);
    const head = await ask(session, { ':method': 'HEAD', ':path': '/' });
    const none = await ask(session, { ':method': 'DELETE', ':path': '/' });
    expect([head.headers[':status'], head.body.length]).toEqual([200, 0]);
    expect([none.headers[':status'], none.headers['x-a'], none.body.length]).toEqual([204, '1', 0]);
  });

  it('brings its trailers', async () => {
    const legacy = await httpService((_got, response) => {
      response.writeHead(200, { Trailer: 'X-Sum' });
      response.write('piece');
      response.addTrailers({ 'X-Sum': '42' });
      response.end();
    });
    const { session } = await before(front, legacy);
    const { headers, trailers, body } = await ask(session, { ':path': '/' });
    expect([headers['trailer'], trailers['x-sum'], body.toString()]).toEqual([
      'X-Sum',
      '42',
      'piece',
    ]);
  });

  it('that breaks off is reset, and never looks whole; others on the connection go on', async () => {
    const legacy = await tcpService((socket) => {
      socket.on('data', (text: Buffer) => {
        const isBad = text.includes('GET /bad');
        socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${isBad ? 100 : 2}\r\n\r\nok`);
        if (isBad) setTimeout(() => socket.destroy(), 10);
      });
    });
    const { session } = await before(front, legacy);
    const stream = asked(session, { ':path': '/bad' });
    stream.resume();
    await until(() => stream.closed, 'it is reset');
    expect(stream.rstCode).toBe(constants.NGHTTP2_INTERNAL_ERROR);
    expect((await ask(session, { ':path': '/good' })).body.toString()).toBe('ok');
  });

  it('of a side that is not there is a 502 that names it', async () => {
    const { session } = await before(front, await deadService());
    const { headers, body } = await ask(session, { ':path': '/' });
    expect(headers[':status']).toBe(502);
    expect(JSON.parse(body.toString())).toMatchObject({ error: { side: 'legacy' } });
  });

  it('is not read from legacy faster than the caller takes it, and holds up no other', async () => {
    let written = 0;
    const legacy = await httpService((got, response) => {
      if (got.url === '/small') {
        response.end('small');
        return;
      }
      const chunk = Buffer.alloc(MIB);
      const more = (): void => {
        while (written < 256 && response.write(chunk)) written += 1;
        written += 1;
        if (written < 256) response.once('drain', more);
      };
      more();
    });
    const { session } = await before(front, legacy);
    const stream = asked(session, { ':path': '/large' });
    stream.pause();
    await standstill(() => written, 'legacy is held back');
    expect(written).toBeLessThan(64);
    stream.close();
    expect((await ask(session, { ':path': '/small' })).body.toString()).toBe('small');
  });

  it('to an upload that legacy does not read holds up no other', async () => {
    const legacy = await httpService((got, response) => {
      if (got.url === '/stuck') got.pause();
      else response.end('ok');
    });
    const { session } = await before(front, legacy);
    let sent = 0;
    for (let i = 0; i < 8; i += 1) {
      const stuck = session.request({ ':method': 'PUT', ':path': '/stuck' });
      stuck.on('error', () => {});
      stuck.write(Buffer.alloc(16 * MIB), () => (sent += 1));
    }
    expect((await ask(session, { ':path': '/' })).body.toString()).toBe('ok');
    expect(sent).toBeLessThan(8);
  });
});

describe('connections of callers', () => {
  it('may speak either version on one port, whatever pieces their first bytes come in', async () => {
    const { guard, session } = await before('in clear', await jsonService((path) => ({ path })));
    expect((await ask(session, { ':path': '/2' })).headers[':status']).toBe(200);
    expect((await fetch(`${guard.url}/1`)).status).toBe(200);
    for (const pieces of [
      ['P', 'UT /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n'],
      ['PRI * HTTP/1.1\r\nHost: a\r\n\r\n'],
      ['PRI * HT', 'TP/2.0\r\n\r\nSM\r\n\r', '\n\0\0\0\x04\0\0\0\0\0'],
    ]) {
      const socket = connectTcp({ port: guard.port, host: '127.0.0.1', noDelay: true });
      for (const piece of pieces) {
        socket.write(Buffer.from(piece, 'latin1'));
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      const [chunk] = (await once(socket, 'data')) as [Buffer];
      const isFrame = pieces.length === 3;
      // The first frame of a server is its settings; PRI is no method of HTTP/1.1.
      if (isFrame) expect(chunk[3]).toBe(4);
      else expect(chunk.toString()).toMatch(/^HTTP\/1\.1 (?:404|400|200) /);
      socket.destroy();
    }
  });

  it('under TLS choose between both, and may not speak less than TLS 1.2', async () => {
    const { guard } = await before('under TLS', await jsonService(() => ({})));
    const { connect: connectTls } = await import('node:tls');
    const speak = async (options: object): Promise<string> => {
      const socket = connectTls({
        port: guard.port,
        host: '127.0.0.1',
        rejectUnauthorized: false,
        ...options,
      });
      try {
        await once(socket, 'secureConnect');
        return `${socket.getProtocol()} ${socket.alpnProtocol}`;
      } catch (error) {
        return (error as NodeJS.ErrnoException).code ?? 'no code';
      } finally {
        socket.destroy();
      }
    };
    expect(await speak({ ALPNProtocols: ['h2', 'http/1.1'] })).toBe('TLSv1.3 h2');
    expect(await speak({ ALPNProtocols: ['http/1.1'] })).toBe('TLSv1.3 http/1.1');
    expect(await speak({ maxVersion: 'TLSv1.2' })).toBe('TLSv1.2 false');
    expect(await speak({ minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1' })).toMatch(/^ERR_SSL|ECONN/);
  });

  it('that are open finish what is under way when the guard goes down, and take nothing new', async () => {
    const legacy = await httpService((got, response) => {
      response.flushHeaders();
      if (got.url === '/slow') setTimeout(() => response.end('whole'), 300);
    });
    const { guard, session } = await before('in clear', legacy);
    const slow = answerTo(asked(session, { ':path': '/slow' }));
    const events = asked(session, { ':path': '/endless' });
    await once(events, 'response');
    events.resume();
    const gone = once(session, 'goaway');
    const closed = once(events, 'close');
    const stopped = guard.stop({ withinMs: 1_000 });
    await gone;
    expect((await slow).body.toString()).toBe('whole');
    await closed;
    await stopped;
    await expect(fetch(guard.url)).rejects.toThrow();
  });

  it('that are reset in masses end alone', async () => {
    const { guard, session } = await before('in clear', await jsonService(() => ({})), {
      snapshot: snapshotWith({ shadow: { sample: 0 } }),
    });
    for (let i = 0; i < 5_000 && !session.destroyed; i += 1) {
      asked(session, { ':path': '/' }).close(constants.NGHTTP2_CANCEL);
    }
    expect((await fetch(guard.url)).status).toBe(200);
  });
});
