import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** One request as a real server saw it. */
export interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly rawHeaders: readonly string[];
  readonly body: string;
}

/** A real HTTP server on the loopback, with what it has seen. */
export interface RealServer extends AsyncDisposable {
  readonly origin: string;
  readonly port: number;
  readonly seen: Seen[];
  /** Connections that were opened to it. */
  readonly connections: () => number;
}

/** Starts one. The answers are up to the test; `nth` counts requests from 1. */
export async function startServer(
  answer: (response: ServerResponse, seen: Seen, nth: number) => void,
): Promise<RealServer> {
  const seen: Seen[] = [];
  let connections = 0;
  const hear = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const one = {
      method: request.method ?? '',
      url: request.url ?? '',
      headers: request.headers,
      rawHeaders: request.rawHeaders,
      body: await text(request).catch(() => 'broken off'),
    };
    seen.push(one);
    answer(response, one, seen.length);
  };
  const server = createServer((request, response) => void hear(request, response));
  server.on('connection', () => {
    connections += 1;
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    port,
    seen,
    connections: () => connections,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => {
        server.close(resolve);
      });
      server.closeAllConnections();
      await closed;
    },
  };
}

/** A port on which nobody listens: of a server that has just been closed. */
export async function deadOrigin(): Promise<string> {
  await using server = await startServer(() => {});
  return server.origin;
}

/** Answers with 503 until the nth request, then with 200 and what was sent. */
export function busyUntil(nth: number, headers: Record<string, string> = {}) {
  return (response: ServerResponse, seen: Seen, count: number): void => {
    if (count < nth) response.writeHead(503, headers).end('busy');
    else response.writeHead(200, { 'content-type': 'text/plain' }).end(`got ${seen.body}`);
  };
}
