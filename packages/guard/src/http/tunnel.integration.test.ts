import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import {
  atEnd,
  deadService,
  guardBetween,
  type Service,
  snapshotWith,
  until,
} from '../../test/fixtures.ts';
import type { GuardOptions } from '../main.ts';

const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';
const head = (extra = ''): string =>
  `GET /chat HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: ${KEY}\r\n` +
  `Sec-WebSocket-Version: 13\r\n${extra}\r\n`;

/** A service that agrees to switch protocols and echoes from then on, or declines. */
async function switchingService(
  name: string,
  agrees = true,
): Promise<Service & { readonly open: Set<Socket> }> {
  const open = new Set<Socket>();
  const server = createServer((_request, response) => response.end(name));
  server.on('upgrade', (request, socket: Socket, first: Buffer) => {
    open.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => open.delete(socket));
    if (!agrees) {
      socket.end('HTTP/1.1 426 Upgrade Required\r\nX-Why: not here\r\nContent-Length: 2\r\n\r\nno');
      return;
    }
    const accept = createHash('sha1')
      .update(`${request.headers['sec-websocket-key']}258EAFA5`)
      .digest('base64');
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nX-Side: ${name}\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
    );
    if (first.length > 0) socket.write(first);
    socket.pipe(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  atEnd(() => {
    for (const socket of open) socket.destroy();
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { origin: `http://127.0.0.1:${port}`, port, connections: () => open.size, open };
}

interface Caller {
  readonly socket: Socket;
  received: () => Buffer;
}

function caller(port: number, text: string): Caller {
  const socket = connect({ port, host: '127.0.0.1' });
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk as Buffer));
  socket.on('error', () => {});
  socket.write(text);
  atEnd(() => socket.destroy());
  return { socket, received: () => Buffer.concat(chunks) };
}

const text = (each: Caller): string => each.received().toString('latin1');

async function setUp(legacy: Service, options: Partial<GuardOptions> = {}) {
  const candidate = await switchingService('candidate');
  const guard = await guardBetween(legacy, candidate, options);
  return { guard, candidate };
}

describe('a request to switch protocols', () => {
  it('reaches the authority, both ends talk as they like, and it is counted as unproven', async () => {
    const legacy = await switchingService('legacy');
    const { guard, candidate } = await setUp(legacy);
    const one = caller(guard.port, head());
    await until(() => text(one).includes('\r\n\r\n'), 'the answer is there');
    expect(text(one)).toMatch(/^HTTP\/1.1 101 Switching Protocols\r\n/);
    expect(text(one)).toContain('X-Side: legacy\r\n');
    expect(text(one)).toContain('Upgrade: websocket\r\n');
    const before = one.received().length;
    const sent = randomBytes(1_000_000);
    one.socket.write(sent);
    await until(() => one.received().length === before + sent.length, 'the echo is there');
    expect(one.received().subarray(before).equals(sent)).toBe(true);
    expect(guard.report().unproven).toEqual([
      { route: '(upgrades)', because: 'upgrade', requests: 1 },
    ]);
    expect(candidate.open.size).toBe(0);
  });

  it('keeps what the caller sent together with it', async () => {
    const { guard } = await setUp(await switchingService('legacy'));
    const one = caller(guard.port, `${head()}early`);
    await until(() => text(one).endsWith('early'), 'the echo is there');
  });

  it('ends for the side when the caller leaves, and for the caller when the side does', async () => {
    const legacy = await switchingService('legacy');
    const { guard } = await setUp(legacy);
    const [one, two] = [caller(guard.port, head()), caller(guard.port, head())];
    await until(
      () => legacy.open.size === 2 && text(one) !== '' && text(two) !== '',
      'both are connected',
    );
    one.socket.destroy();
    await until(() => legacy.open.size === 1, 'legacy has heard of it');
    const closed = once(two.socket, 'close');
    for (const socket of legacy.open) socket.destroy();
    await closed;
  });

  it('that the side declines is declined as it said, and the connection ends', async () => {
    const { guard } = await setUp(await switchingService('legacy', false));
    const one = caller(guard.port, head());
    await once(one.socket, 'close');
    expect(text(one)).toBe(
      'HTTP/1.1 426 Upgrade Required\r\nX-Why: not here\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno',
    );
  });

  it('to a side that does not know the protocol is answered as an ordinary request', async () => {
    const server = createServer((request, response) => response.end(`plain ${request.url}`));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    atEnd(() => {
      server.closeAllConnections();
      server.close();
    });
    const { port } = server.address() as AddressInfo;
    const legacy = { origin: `http://127.0.0.1:${port}`, port, connections: () => 0 };
    const { guard } = await setUp(legacy);
    const one = caller(guard.port, head());
    await once(one.socket, 'close');
    expect(text(one)).toContain('plain /chat');
  });

  it('to a side that is dead is answered with 502, and counted as its failure', async () => {
    const { guard } = await setUp(await deadService());
    const one = caller(guard.port, head());
    await once(one.socket, 'close');
    expect(text(one)).toMatch(/^HTTP\/1.1 502 Bad Gateway\r\n/);
    expect(guard.report().sides.legacy.words[0]).toMatch(/^legacy refused 1 of 1 connection /);
  });

  it('whose caller leaves before the answer is nobody’s failure', async () => {
    const silent = createServer();
    silent.on('upgrade', () => {});
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    atEnd(() => {
      silent.closeAllConnections();
      silent.close();
    });
    const { port } = silent.address() as AddressInfo;
    const { guard } = await setUp({
      origin: `http://127.0.0.1:${port}`,
      port,
      connections: () => 0,
    });
    const one = caller(guard.port, head());
    await new Promise((resolve) => setTimeout(resolve, 50));
    one.socket.destroy();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(guard.report()).toMatchObject({ failed: { legacy: 0 }, requests: 0 });
  });

  it('goes to the side of its key during a shift', async () => {
    const { guard } = await setUp(await switchingService('legacy'), {
      snapshot: snapshotWith({ stage: 'shift', cohortKeys: ['vip'] }),
      key: { from: 'header', name: 'x-customer' },
    });
    const [vip, other] = [
      caller(guard.port, head('X-Customer: vip\r\n')),
      caller(guard.port, head('X-Customer: other\r\n')),
    ];
    await until(() => text(vip) !== '' && text(other) !== '', 'both are answered');
    expect(text(vip)).toContain('X-Side: candidate');
    expect(text(other)).toContain('X-Side: legacy');
  });

  it('does not keep the guard from going down', async () => {
    const { guard } = await setUp(await switchingService('legacy'));
    const one = caller(guard.port, head());
    await until(() => text(one) !== '', 'it is connected');
    const closed = once(one.socket, 'close');
    await guard.stop({ withinMs: 1_000 });
    await closed;
  });
});
