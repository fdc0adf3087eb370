// What request smuggling is made of: requests that two servers read in two ways. Each goes to the
// guard byte by byte as it stands here, and both sides keep every byte that reaches them.
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import {
  guardBetween,
  routeWith,
  type Service,
  snapshotWith,
  tcpService,
  until,
} from '../../test/fixtures.ts';
import type { RunningGuard } from '../main.ts';

const ANSWER = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

/** True once the bytes hold a whole request, as far as these tests need to know. */
function isWhole(bytes: string): boolean {
  const end = bytes.indexOf('\r\n\r\n');
  if (end === -1) return false;
  const length = /\r\ncontent-length: (\d+)/i.exec(bytes.slice(0, end))?.[1];
  if (length !== undefined) return bytes.length >= end + 4 + Number(length);
  return !/\r\ntransfer-encoding:/i.test(bytes.slice(0, end)) || bytes.endsWith('0\r\n\r\n');
}

/** A side that keeps what it was sent, health checks left out. */
async function recording(): Promise<Service & { readonly heard: string[] }> {
  const heard: string[] = [];
  const service = await tcpService((socket) => {
    let bytes = '';
    let at: number | null = null;
    socket.setEncoding('latin1');
    socket.on('data', (chunk: string) => {
      bytes += chunk;
      if (!bytes.includes('falsework-guard')) {
        at ??= heard.push('') - 1;
        heard[at] = bytes;
      }
      if (!isWhole(bytes)) return;
      bytes = '';
      at = null;
      socket.write(ANSWER);
    });
  });
  return { ...service, heard };
}

interface Between {
  readonly guard: RunningGuard;
  readonly legacy: string[];
  readonly candidate: string[];
}

/** A guard that asks the candidate whatever legacy is asked at `/x`, POST included. */
async function between(): Promise<Between> {
  const [legacy, candidate] = [await recording(), await recording()];
  const guard = await guardBetween(legacy, candidate, {
    snapshot: snapshotWith({ shadow: { timeoutMs: 2_000 } }),
    routes: ['GET /x', 'POST /x'].map((seam) => routeWith({ seam })),
    // What is looked at here is what callers send.
    forwarded: 'off',
  });
  return { guard, legacy: legacy.heard, candidate: candidate.heard };
}

/** Writes pieces a while apart, and reads until the answer is whole or the connection is closed. */
function call(port: number, ...pieces: string[]): Promise<{ text: string; isClosed: boolean }> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    let text = '';
    socket.setEncoding('latin1');
    socket.on('data', (chunk: string) => {
      text += chunk;
      if (!text.endsWith('\r\n\r\nok')) return;
      resolve({ text, isClosed: false });
      socket.destroy();
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve({ text, isClosed: true }));
    const write = (i: number): void => {
      const piece = pieces[i];
      if (piece === undefined || socket.destroyed) return;
      socket.write(Buffer.from(piece, 'latin1'));
      setTimeout(() => write(i + 1), 20);
    };
    write(0);
  });
}

/** An answer without what the guard says of its own connection to the caller. */
const plain = (text: string): string => text.replace(/\r\n(?:Connection|Keep-Alive): [^\r]*/g, '');

const HOST = 'Host: a\r\n';
const CHUNKED = 'Transfer-Encoding: chunked\r\n';
const END = '0\r\n\r\n';
const GET = (lines: string): string => `GET /x HTTP/1.1\r\n${lines}\r\n`;
const POST = (lines: string, body = ''): string => `POST /x HTTP/1.1\r\n${HOST}${lines}\r\n${body}`;
const CODED = (coding: string, body = END): string =>
  POST(`Transfer-Encoding: ${coding}\r\n`, body);
const LENGTH = (length: string, body = 'abc'): string =>
  POST(`Content-Length: ${length}\r\n`, body);
const CHUNKS = (body: string): string => POST(CHUNKED, body);
const TARGET = (target: string): string => `GET ${target} HTTP/1.1\r\n${HOST}\r\n`;

type Case = readonly [title: string, bytes: string];

const REFUSED: readonly Case[] = [
  ['CL.TE', POST(`Content-Length: 6\r\n${CHUNKED}`, `${END}G`)],
  ['TE.CL', POST(`${CHUNKED}Content-Length: 4\r\n`, `c\r\nGET /a HTTP/\r\n${END}`)],
  ['TE.TE, the second one unknown', POST(`${CHUNKED}Transfer-Encoding: x\r\n`, END)],
  ['TE.TE, the first one unknown', POST(`Transfer-Encoding: x\r\n${CHUNKED}`, END)],
  ['TE.TE, twice the same', POST(`${CHUNKED}${CHUNKED}`, END)],
  ['TE that is nearly chunked', CODED('xchunked')],
  ['TE in quotes', CODED('"chunked"')],
  ['TE with a parameter', CODED('chunked;q=1')],
  ['TE chunked, then identity', CODED('chunked, identity')],
  ['TE identity, then chunked', CODED('identity, chunked')],
  ['TE gzip, then chunked', CODED('gzip, chunked')],
  ['TE chunked twice in one line', CODED('chunked, chunked')],
  ['TE with a comma before', CODED(',chunked')],
  ['TE with a comma behind', CODED('chunked,')],
  [
    'TE identity with a length',
    POST('Transfer-Encoding: identity\r\nContent-Length: 3\r\n', 'abc'),
  ],
  ['TE without a value', CODED('')],
  ['TE without a value, with a length', POST('Transfer-Encoding:\r\nContent-Length: 3\r\n', 'abc')],
  ['TE behind a vertical tab', CODED('\x0bchunked')],
  ['TE with a blank before the colon', POST('Transfer-Encoding : chunked\r\n', END)],
  ['TE with a blank before its name', POST(' Transfer-Encoding: chunked\r\n', END)],
  ['TE on a folded line', CODED('\r\n chunked')],
  ['TE folded into another header', POST(`X: y\r\n\t${CHUNKED}`, END)],
  ['TE in HTTP/1.0', `POST /x HTTP/1.0\r\n${HOST}${CHUNKED}\r\n${END}`],
  ['two lengths', POST('Content-Length: 3\r\nContent-Length: 5\r\n', 'abcde')],
  ['two equal lengths', POST('Content-Length: 3\r\nContent-Length: 3\r\n', 'abc')],
  ['a list of equal lengths', LENGTH('3, 3')],
  ['a length with a plus', LENGTH('+3')],
  ['a negative length', LENGTH('-3')],
  ['a length in hexadecimal', LENGTH('0x3')],
  ['a length with a fraction', LENGTH('3.0')],
  ['a length with a blank inside', LENGTH('1 2', 'abcabcabcabc')],
  ['an empty length', LENGTH('')],
  ['a length that wraps around to 3 in 64 bits', LENGTH('18446744073709551619')],
  ['a length that no double holds', LENGTH('9007199254740993')],
  ['a length with a blank before the colon', POST('Content-Length : 3\r\n', 'abc')],
  ['a length with a NUL', LENGTH('3\0')],
  ['a chunk size with a blank behind', CHUNKS(`3 \r\nabc\r\n${END}`)],
  ['a chunk size with a blank before', CHUNKS(` 3\r\nabc\r\n${END}`)],
  ['a chunk size with 0x', CHUNKS(`0x3\r\nabc\r\n${END}`)],
  ['a negative chunk size', CHUNKS(`-3\r\nabc\r\n${END}`)],
  ['a chunk size with a plus', CHUNKS(`+3\r\nabc\r\n${END}`)],
  ['a chunk size that wraps around', CHUNKS(`10000000000000003\r\nabc\r\n${END}`)],
  ['an empty chunk size', CHUNKS(`\r\nabc\r\n${END}`)],
  ['a chunk size with a NUL', CHUNKS(`3\0\r\nabc\r\n${END}`)],
  ['chunks with bare line feeds', CHUNKS('3\nabc\n0\n\n')],
  ['a chunk extension ended by a bare line feed', CHUNKS(`3;a\nabc\r\n${END}`)],
  ['a chunk extension with a bare CR', CHUNKS(`3;a\rb\r\nabc\r\n${END}`)],
  ['a chunk longer than it says', CHUNKS(`3\r\nabcXX${END}`)],
  ['a chunk without its line end', CHUNKS(`3\r\nabc${END}`)],
  ['a trailer that is a length', CHUNKS('3\r\nabc\r\n0\r\nContent-Length: 5\r\n\r\n')],
  ['a trailer that is an encoding', CHUNKS(`3\r\nabc\r\n0\r\n${CHUNKED}\r\n`)],
  ['a trailer with a blank in its name', CHUNKS('3\r\nabc\r\n0\r\nX Sum: 5\r\n\r\n')],
  ['a folded header', GET(`${HOST}X: a\r\n b\r\n`)],
  ['a folded first line', GET(` X: a\r\n${HOST}`)],
  ['bare line feeds throughout', 'GET /x HTTP/1.1\nHost: a\n\n'],
  ['a bare line feed between headers', GET('Host: a\nX: b\r\n')],
  ['a bare line feed behind the request line', `GET /x HTTP/1.1\n${HOST}\r\n`],
  ['a bare CR in a value', GET(`${HOST}X: a\rY: b\r\n`)],
  ['a bare CR at the end of a value', GET(`${HOST}X: a\r\r\n`)],
  ['a bare CR behind the request line', 'GET /x HTTP/1.1\rHost: a\r\n\r\n'],
  ['a NUL in a name', GET(`${HOST}X\0Y: a\r\n`)],
  ['a NUL in a value', GET(`${HOST}X: a\0b\r\n`)],
  ['a NUL in the target', TARGET('/x\0')],
  ['a NUL in the method', `G\0T /x HTTP/1.1\r\n${HOST}\r\n`],
  ['a control character in a value', GET(`${HOST}X: a\x01b\r\n`)],
  ['a name with a blank', GET(`${HOST}X Y: a\r\n`)],
  ['a name with a blank before its colon', GET(`${HOST}X : a\r\n`)],
  ['a header without a name', GET(`${HOST}: a\r\n`)],
  ['a line without a colon', GET(`${HOST}XYZ\r\n`)],
  ['a name that is not ASCII', GET(`${HOST}X\xe9: a\r\n`)],
  ['no host', GET('')],
  ['two hosts', GET('Host: a\r\nHost: b\r\n')],
  ['two equal hosts', GET(`${HOST}${HOST}`)],
  ['two hosts in one line', GET('Host: a, b\r\n')],
  ['two hosts in one line, without a blank', GET('Host: a,b\r\n')],
  ['a host with a blank', GET('Host: a b\r\n')],
  ['a host with a user', GET('Host: a@b\r\n')],
  ['a host with a path', GET('Host: a/b\r\n')],
  ['a host with a port that is none', GET('Host: a:80:81\r\n')],
  ['an absolute target of another host', TARGET('http://b/x')],
  ['an absolute target with a user', TARGET('http://u@a/x')],
  ['an absolute target of another port', TARGET('http://a:81/x')],
  ['an absolute target without a host', 'GET http:///x HTTP/1.1\r\nHost:\r\n\r\n'],
  ['an absolute target that is not HTTP', TARGET('ftp://a/x')],
  ['a target that is a host', TARGET('a:80')],
  ['a target without a slash', TARGET('a/x')],
  ['a target that is a star', TARGET('*')],
  ['a target with a fragment', TARGET('/x#y')],
  ['a target with a blank', TARGET('/x y')],
  ['a target with a tab', TARGET('/x\ty')],
  ['a target that is not ASCII', TARGET('/x\xe9')],
  ['a request line with tabs', `GET\t/x\tHTTP/1.1\r\n${HOST}\r\n`],
  ['a blank before the request line', ` ${TARGET('/x')}`],
  ['a blank behind the request line', `GET /x HTTP/1.1 \r\n${HOST}\r\n`],
  ['HTTP/2.0 in text', `GET /x HTTP/2.0\r\n${HOST}\r\n`],
  ['HTTP/1.2', `GET /x HTTP/1.2\r\n${HOST}\r\n`],
  ['HTTP/1.10', `GET /x HTTP/1.10\r\n${HOST}\r\n`],
  ['HTTP/0.9 by number', `GET /x HTTP/0.9\r\n${HOST}\r\n`],
  ['no version', `GET /x\r\n${HOST}\r\n`],
  ['the preface of HTTP/2 with a head', `PRI * HTTP/2.0\r\n${HOST}\r\nSM\r\n\r\n`],
  ['a method in small letters', `get /x HTTP/1.1\r\n${HOST}\r\n`],
  ['a connection to another host', `CONNECT b:80 HTTP/1.1\r\n${HOST}\r\n`],
  [
    'two hosts, and a change of protocol',
    GET(`${HOST}${HOST}Connection: Upgrade\r\nUpgrade: websocket\r\n`),
  ],
  [
    'TE.TE, and a change of protocol',
    CODED('x, chunked\r\nConnection: Upgrade\r\nUpgrade: websocket'),
  ],
  ['a body that goes on as a request of its own', LENGTH('0', 'X / HTTP/1.1\r\nX: y\r\n\r\n')],
];

const TOO_LONG: readonly Case[] = [
  ['a header', GET(`${HOST}X: ${'a'.repeat(17_000)}\r\n`)],
  ['a target', TARGET(`/${'a'.repeat(17_000)}`)],
  ['a head of many lines', GET(`${HOST}${'a: b\r\n'.repeat(3_000)}`)],
  ['a head without an end', `GET /x HTTP/1.1\r\n${HOST}${'a: b\r\n'.repeat(3_000)}`],
];

describe('a request that could be read in two ways', () => {
  it.each(REFUSED)('%s: is refused with 400, and reaches neither side', async (_title, bytes) => {
    const { guard, legacy, candidate } = await between();
    const { text, isClosed } = await call(guard.port, bytes);
    expect(text).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
    // Once, and with the connection closed: what follows on it is nobody's request.
    expect(text.match(/HTTP\/1\.1 /g)).toHaveLength(1);
    expect({ isClosed, legacy, candidate }).toEqual({ isClosed: true, legacy: [], candidate: [] });
    expect(guard.report().faults).toBe(0);
  });

  it.each(TOO_LONG)('%s too long: is refused with 431', async (_title, bytes) => {
    const { guard, legacy, candidate } = await between();
    const { text, isClosed } = await call(guard.port, bytes);
    expect(text).toMatch(/^HTTP\/1\.1 431 Request Header Fields Too Large\r\n/);
    expect({ isClosed, legacy, candidate }).toEqual({ isClosed: true, legacy: [], candidate: [] });
  });

  it('a chunk extension too long: is refused with 413', async () => {
    const { guard, legacy } = await between();
    const { text } = await call(guard.port, CHUNKS(`3;${'a'.repeat(40_000)}\r\nabc\r\n${END}`));
    expect(text).toMatch(/^HTTP\/1\.1 413 /);
    expect(legacy).toEqual([]);
  });

  it('is told what is wrong with it, where it is HTTP at all', async () => {
    const { guard } = await between();
    const { text } = await call(guard.port, CODED('gzip, chunked'));
    expect(text).toContain('"code":"FW_GUARD_REQUEST"');
    expect(text).toContain('it has a transfer encoding other than chunked');
    expect((await call(guard.port, `CONNECT b:80 HTTP/1.1\r\n${HOST}\r\n`)).text).toContain(
      'it asks for a connection to another host',
    );
  });

  it('never ends well at legacy when it turns bad in the middle of its body', async () => {
    for (const bad of ['zz\r\n', '3\r\nabcX', '3 \r\n', '\r\n']) {
      const { guard, legacy, candidate } = await between();
      const { text, isClosed } = await call(guard.port, CHUNKS('3\r\nabc\r\n'), bad);
      expect(isClosed).toBe(true);
      expect(text).not.toContain(' 200 ');
      // Legacy may have the beginning by then, and never its end.
      for (const heard of legacy) expect(heard).not.toContain(END);
      await guard.settled();
      expect(candidate).toEqual([]);
    }
  });

  it('leaves the connection to legacy to nobody else', async () => {
    const { guard, legacy } = await between();
    await call(guard.port, CHUNKS('3\r\nabc\r\n'), 'zz\r\n');
    expect(plain((await call(guard.port, TARGET('/y'))).text)).toBe(ANSWER);
    // A request of its own: nothing of the bad one is before it.
    expect(legacy.at(-1)).toMatch(/^GET \/y HTTP\/1\.1\r\n/);
  });
});

const FORWARDED = 'host: a\r\nconnection: keep-alive\r\n';
const AS_GET = (lines = ''): string => `GET /x HTTP/1.1\r\n${FORWARDED}${lines}\r\n`;
const AS_POST = (lines: string, body = ''): string =>
  `POST /x HTTP/1.1\r\n${FORWARDED}${lines}\r\n${body}`;

const PASSED: readonly (readonly [title: string, bytes: string, heard: string])[] = [
  [
    'headers in order, case and number',
    GET(`${HOST}X-b: 1\r\nx-B: 2\r\nX-b: 3\r\n`),
    AS_GET('X-b: 1\r\nx-B: 2\r\nX-b: 3\r\n'),
  ],
  ['values that are Latin-1', GET(`${HOST}X: a\xe9b\r\n`), AS_GET('X: a\xe9b\r\n')],
  [
    'line ends that are only written about',
    `GET /x?a=%0d%0aX:%20y HTTP/1.1\r\n${HOST}\r\n`,
    `GET /x?a=%0d%0aX:%20y HTTP/1.1\r\n${FORWARDED}\r\n`,
  ],
  [
    'values that look like headers',
    GET(`${HOST}X: Transfer-Encoding: chunked\r\n`),
    AS_GET('X: Transfer-Encoding: chunked\r\n'),
  ],
  [
    'the name of a side, which only answers carry',
    GET(`${HOST}Falsework-Side: candidate\r\n`),
    AS_GET('Falsework-Side: candidate\r\n'),
  ],
  ['an empty line before the request', `\r\n${TARGET('/x')}`, AS_GET()],
  ['two blanks in the request line, as one', `GET  /x HTTP/1.1\r\n${HOST}\r\n`, AS_GET()],
  ['HTTP/1.0, as HTTP/1.1', `GET /x HTTP/1.0\r\n${HOST}\r\n`, AS_GET()],
  [
    'a header that the caller names as one of its connection, without it',
    GET(`${HOST}Connection: X-Hop\r\nX-Hop: 1\r\nX: 2\r\n`),
    AS_GET('X: 2\r\n'),
  ],
  [
    'the length, though it is named as one of the connection',
    POST('Connection: content-length\r\nContent-Length: 3\r\n', 'abc'),
    AS_POST('content-length: 3\r\n', 'abc'),
  ],
  [
    'the host, though it is named as one of the connection',
    GET(`${HOST}Connection: host\r\n`),
    AS_GET(),
  ],
  [
    'an offer of HTTP/2, without it',
    GET(
      `${HOST}Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n`,
    ),
    AS_GET(),
  ],
  [
    'an offer of HTTP/2 with a body, without it',
    POST('Connection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 3\r\n', 'abc'),
    AS_POST('content-length: 3\r\n', 'abc'),
  ],
  [
    'a length with zeros before it, without them',
    LENGTH('003'),
    AS_POST('content-length: 3\r\n', 'abc'),
  ],
  ['an encoding in capitals', CODED('CHUNKED'), AS_POST('content-length: 0\r\n')],
  ['an encoding with blanks around it', CODED('\tchunked  '), AS_POST('content-length: 0\r\n')],
  [
    'a length on a read',
    `GET /x HTTP/1.1\r\n${HOST}Content-Length: 3\r\n\r\nabc`,
    AS_GET('content-length: 3\r\n').concat('abc'),
  ],
];

describe('a request that can be read in one way only', () => {
  it.each(PASSED)('reaches both sides alike: %s', async (_title, bytes, heard) => {
    const { guard, legacy, candidate } = await between();
    expect(plain((await call(guard.port, bytes)).text)).toBe(ANSWER);
    await guard.settled();
    expect(legacy).toEqual([heard]);
    expect(candidate).toEqual([heard]);
  });

  it('reaches both sides with the same bytes of its body, though not in the same chunks', async () => {
    const { guard, legacy, candidate } = await between();
    const bytes = CHUNKS(`3;name=value\r\nabc\r\n2\r\nde\r\n0\r\nX-Sum: 5\r\n\r\n`);
    expect(plain((await call(guard.port, bytes)).text)).toBe(ANSWER);
    await guard.settled();
    expect(legacy[0]).toMatch(/^POST \/x HTTP\/1\.1\r\nhost: a\r\nconnection: keep-alive\r\n/);
    expect(legacy[0]).toMatch(/\r\n\r\n(?:3\r\nabc\r\n2\r\nde|5\r\nabcde)\r\n0\r\n\r\n$/);
    expect(candidate).toEqual([AS_POST('content-length: 5\r\n', 'abcde')]);
  });

  it('in absolute form reaches legacy as it was written', async () => {
    const { guard, legacy } = await between();
    expect(plain((await call(guard.port, TARGET('http://A/x?y'))).text)).toBe(ANSWER);
    expect(legacy).toEqual([`GET http://A/x?y HTTP/1.1\r\n${FORWARDED}\r\n`]);
  });

  it('stays two when it is followed by another one in the same packet', async () => {
    const { guard, legacy } = await between();
    await call(guard.port, `${TARGET('/x?1')}${TARGET('/x?2')}`);
    await until(() => legacy.length === 2, 'legacy has both');
    expect(legacy.map((text) => text.split('\r\n')[0])).toEqual([
      'GET /x?1 HTTP/1.1',
      'GET /x?2 HTTP/1.1',
    ]);
  });

  it('is answered with nothing that a caller wrote, however it is written', async () => {
    const { guard } = await between();
    const { text } = await call(guard.port, TARGET('/x?a=%0d%0aSet-Cookie:%20a=b'));
    expect(plain(text)).toBe(ANSWER);
    const refused = await call(guard.port, GET('Host: <script>\r\n'));
    expect(refused.text).not.toContain('script');
  });
});
