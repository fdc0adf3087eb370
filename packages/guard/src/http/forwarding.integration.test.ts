import { connect } from 'node:http2';
import { describe, expect, it } from 'vitest';
import { certificate } from '../../test/certificates.ts';
import {
  atEnd,
  deadService,
  exchangeRaw,
  guardBetween,
  httpService,
  tcpService,
} from '../../test/fixtures.ts';
import type { GuardOptions } from '../main.ts';

/** A guard before a service that answers with the headers which it was sent. */
async function mirrored(options: Partial<GuardOptions> = {}) {
  const legacy = await httpService((got, response) => response.end(JSON.stringify(got.headers)));
  return guardBetween(legacy, await deadService(), options);
}

type Seen = Record<string, string | undefined>;

describe('a side is told', () => {
  it('who the caller is, whatever name the caller gives that header', async () => {
    const headers = { 'x-FORWARDED-for': '1.1.1.1', via: '1.0 other' };
    const seen = async (options: Partial<GuardOptions>): Promise<Seen> =>
      (await (await fetch((await mirrored(options)).url, { headers })).json()) as Seen;
    expect(await seen({})).toMatchObject({
      'x-forwarded-for': '1.1.1.1, 127.0.0.1',
      'x-forwarded-proto': 'http',
      via: '1.0 other, 1.1 falsework',
    });
    expect(await seen({ forwarded: 'none' })).toMatchObject({ 'x-forwarded-for': '127.0.0.1' });
    const untouched = await seen({ forwarded: 'off' });
    expect(untouched).toMatchObject({ 'x-forwarded-for': '1.1.1.1', via: '1.0 other' });
    expect(untouched).not.toHaveProperty('x-forwarded-proto');
  });

  it('also where a caller lists it as one of its connection, which would undo a proxy’s word', async () => {
    const { port } = await mirrored();
    const head = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: X-Forwarded-For\r\n';
    const answer = await exchangeRaw(port, `${head}X-Forwarded-For: 1.1.1.1\r\n\r\n`);
    expect(answer).toContain('"x-forwarded-for":"1.1.1.1, 127.0.0.1"');
  });

  it('that the caller spoke HTTP/2 under TLS', async () => {
    const tls = await certificate();
    const session = connect((await mirrored({ tls })).url, { ca: tls.pem });
    atEnd(() => session.destroy());
    const stream = session.request({ ':path': '/' });
    let text = '';
    for await (const chunk of stream) text += String(chunk);
    expect(JSON.parse(text)).toMatchObject({
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'https',
      via: '2.0 falsework',
    });
  });

  it('who asks for another protocol', async () => {
    let asked = '';
    const legacy = await tcpService((socket) => {
      socket.on('data', (chunk) => {
        if (!String(chunk).includes('/chat')) return;
        asked = String(chunk);
        socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n');
      });
    });
    const { port } = await guardBetween(legacy, await deadService());
    const upgrade = 'Connection: Upgrade\r\nUpgrade: websocket\r\n';
    await exchangeRaw(port, `GET /chat HTTP/1.1\r\nHost: a\r\n${upgrade}\r\n`);
    expect(asked).toContain('\r\nX-Forwarded-For: 127.0.0.1\r\n');
    expect(asked).toContain('\r\nVia: 1.1 falsework\r\n');
  });
});
