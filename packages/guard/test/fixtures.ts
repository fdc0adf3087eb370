import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import {
  type AddressInfo,
  connect,
  createServer as createTcpServer,
  type Socket,
  type Server as TcpServer,
} from 'node:net';
import type { EvidenceBatch } from '@falsework/core/evidence';
import { DEFAULT_POLICY } from '@falsework/core/policy';
import type { ControlLink } from '@falsework/core/ports';
import type { Snapshot } from '@falsework/core/routing';
import type { Host } from '@falsework/seam/engine';
import { STANDALONE_SNAPSHOT } from '@falsework/seam/plane';
import { SeededRandom, SimClock } from '@falsework/testkit';
import { afterEach } from 'vitest';
import {
  type GuardOptions,
  type RouteSettings,
  type RunningGuard,
  startGuard,
} from '../src/main.ts';

const toEnd: (() => Promise<unknown> | unknown)[] = [];

/** Ends what a test started, in reverse order, when the test is over. */
export function atEnd(end: () => Promise<unknown> | unknown): void {
  toEnd.push(end);
}

afterEach(async () => {
  for (const end of toEnd.splice(0).reverse()) await end();
});

/** A service that a test speaks to. */
export interface Service {
  readonly origin: string;
  readonly port: number;
  /** Connections that it has accepted. */
  readonly connections: () => number;
}

async function listening(server: Server | TcpServer): Promise<Service> {
  let connections = 0;
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  atEnd(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { origin: `http://127.0.0.1:${port}`, port, connections: () => connections };
}

/** An HTTP service. Without a date of its own, so that answers can be compared byte by byte. */
export function httpService(handler: RequestListener): Promise<Service> {
  const server = createServer((request, response) => {
    response.sendDate = false;
    handler(request, response);
  });
  server.keepAliveTimeout = 60_000;
  return listening(server);
}

/** A service that speaks whatever the test wants. */
export function tcpService(onSocket: (socket: Socket) => void): Promise<Service> {
  return listening(
    createTcpServer((socket) => {
      socket.on('error', () => {});
      onSocket(socket);
    }),
  );
}

/** An address at which nobody listens. */
export async function deadService(): Promise<Service> {
  const server = createTcpServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return { origin: `http://127.0.0.1:${port}`, port, connections: () => 0 };
}

/** A JSON service: answers each path with what `answers` says, and 404 otherwise. */
export function jsonService(
  answer: (path: string, request: IncomingMessage) => unknown,
): Promise<Service> {
  return httpService((request, response) => {
    const body = answer(request.url ?? '', request);
    const status = body === undefined ? 404 : 200;
    response.writeHead(status, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify(body ?? { error: 'no such thing' }));
  });
}

/**
 * A guard that compares every read and looks at differences once, unless told otherwise. Stopped
 * with its test.
 */
export async function guardBetween(
  legacy: Pick<Service, 'origin'>,
  candidate: Pick<Service, 'origin'>,
  options: Partial<GuardOptions> = {},
): Promise<RunningGuard> {
  const guard = await startGuard({
    legacy: legacy.origin,
    candidate: candidate.origin,
    port: 0,
    snapshot: snapshotWith({ shadow: { sample: 1, timeoutMs: 1_000, recheckAfterMs: 0 } }),
    ...options,
  });
  atEnd(() => guard.stop({ withinMs: 200 }));
  return guard;
}

/** A snapshot of any stage; everything not given is as a guard without control has it. */
export function snapshotWith({
  shadow,
  ...over
}: Partial<Omit<Snapshot, 'shadow'>> & { shadow?: Partial<Snapshot['shadow']> } = {}): Snapshot {
  return {
    ...STANDALONE_SNAPSHOT,
    migration: 'm',
    salt: 'm',
    version: 1,
    ...over,
    // Legacy is not asked twice by chance: some services here count how often they are.
    shadow: {
      ...DEFAULT_POLICY.shadow,
      sample: 1,
      noiseSample: 0,
      recheckAfterMs: 0,
      ...shadow,
    },
  };
}

/** Control as a guard hears it: pushes what it is told to, and keeps what it is sent. */
export class ScriptedLink implements ControlLink {
  readonly batches: EvidenceBatch[] = [];
  #take: (snapshot: Snapshot) => void = () => {};

  subscribe(take: (snapshot: Snapshot) => void): () => void {
    this.#take = take;
    return () => {
      this.#take = () => {};
    };
  }

  push(snapshot: Snapshot): void {
    this.#take(snapshot);
  }

  report(batch: EvidenceBatch): Promise<void> {
    this.batches.push(batch);
    return Promise.resolve();
  }
}

/** A declared route that takes everything from its defaults. */
export function routeWith(
  over: Partial<RouteSettings> & Pick<RouteSettings, 'seam'>,
): RouteSettings {
  const [method = '', path = ''] = over.seam.split(' ');
  const segments = (path === '/' ? [] : path.slice(1).split('/')).map((piece) =>
    piece.startsWith('{') ? { param: piece.slice(1, -1) } : { literal: piece },
  );
  return {
    pattern: { method, segments },
    effects: 'none',
    sample: null,
    compare: [],
    key: null,
    stratum: null,
    critical: [],
    timeoutMs: null,
    ...over,
  };
}

/**
 * Sends bytes as they are and reads until the connection is closed, or until nothing came for a
 * while.
 */
export function exchangeRaw(port: number, text: string | Buffer, quietMs = 150): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    let received = '';
    let quiet = setTimeout(() => socket.destroy(), quietMs * 10);
    socket.setEncoding('latin1');
    socket.on('data', (chunk: string) => {
      received += chunk;
      clearTimeout(quiet);
      quiet = setTimeout(() => socket.destroy(), quietMs);
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      clearTimeout(quiet);
      resolve(received);
    });
    socket.write(text);
  });
}

/** Reads a request to its end. */
export async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Waits until something is so, looking often; fails the test when it never is. */
export async function until(holds: () => boolean, what: string, withinMs = 5_000): Promise<void> {
  const endMs = performance.now() + withinMs;
  while (!holds()) {
    if (performance.now() > endMs) throw new Error(`Waited in vain until ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Waits until a figure has become more than 0, and then has not changed for half a second. */
export async function standstill(figure: () => number, what: string): Promise<void> {
  let last = -1;
  let sinceMs = performance.now();
  const isStill = (): boolean => {
    if (figure() !== last) sinceMs = performance.now();
    last = figure();
    return last > 0 && performance.now() - sinceMs > 500;
  };
  await until(isStill, what, 20_000);
}

/** A host whose time moves only when told to. */
export interface SimHost extends Host {
  readonly clock: SimClock;
}

export function simHost(seed = 1): SimHost {
  const clock = new SimClock();
  return {
    clock,
    random: new SeededRandom(seed),
    afterTurn: (run) => void clock.after(0, run),
    hold: () => () => {},
  };
}

/** Ways in which a candidate can be broken, each as a service. */
export const FAULTS: Readonly<Record<string, () => Promise<Service>>> = {
  dead: deadService,
  hanging: () => tcpService(() => {}),
  slow: () =>
    httpService((_request, response) => {
      setTimeout(() => response.end('{}'), 3_000);
    }),
  'garbage-speaking': () =>
    tcpService((socket) => {
      socket.on('data', () => socket.write('220 smtp.example.org ESMTP ready\r\n'));
    }),
  'mid-body-dropping': () =>
    tcpService((socket) => {
      socket.once('data', () => {
        socket.write(
          'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"a":',
        );
        setTimeout(() => socket.destroy(), 5);
      });
    }),
  resetting: () =>
    tcpService((socket) => {
      socket.on('data', () => socket.resetAndDestroy());
    }),
  'TLS-speaking': () =>
    tcpService((socket) => {
      // What a TLS server answers to plain text: an alert.
      socket.on('data', () => socket.end(Buffer.from([0x15, 3, 3, 0, 2, 2, 0x46])));
    }),
  'chunk-garbling': () =>
    tcpService((socket) => {
      socket.once('data', () =>
        socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nzz\r\n'),
      );
    }),
  'endlessly-heading': () =>
    tcpService((socket) => {
      socket.on('data', () => socket.write(`HTTP/1.1 200 OK\r\nX-A: ${'a'.repeat(100_000)}`));
    }),
  'error-answering': () =>
    httpService((_request, response) => {
      response.writeHead(503);
      response.end('no');
    }),
};
