// A service of a bench: healthy, or faulty in one way. `service.ts MODE`
import { createServer as createHttpServer } from 'node:http';
import {
  type AddressInfo,
  createServer as createTcpServer,
  type Server,
  type Socket,
} from 'node:net';
import { bodyOf } from './answer.ts';
import { serve } from './child.ts';

export type Mode = 'healthy' | 'hanging' | 'slow' | 'garbage' | 'mid-body-drop';

// Slow, but within the time that a shadow has: the worst case for connections and memory.
const SLOW_MS = 80;

function http(delayMs: number): Server {
  const server = createHttpServer((request, response) => {
    const send = (): void => {
      const body = bodyOf(request.url ?? '');
      response.writeHead(200, {
        'Content-Type': 'application/json',
        'Content-Length': body.length,
      });
      response.end(body);
    };
    if (delayMs > 0) setTimeout(send, delayMs);
    else send();
  });
  server.keepAliveTimeout = 60_000;
  return server;
}

function tcp(answer: (socket: Socket) => void): Server {
  return createTcpServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', () => answer(socket));
  });
}

const servers: Readonly<Record<Mode, () => Server>> = {
  healthy: () => http(0),
  slow: () => http(SLOW_MS),
  hanging: () => tcp(() => {}),
  garbage: () => tcp((socket) => socket.write(Buffer.from([0x15, 3, 3, 0, 2, 2, 0x46, 13, 10, 0]))),
  'mid-body-drop': () =>
    tcp((socket) => {
      const body = bodyOf('/orders/1');
      const head = `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`;
      socket.write(head + body.subarray(0, body.length / 2).toString());
      setImmediate(() => socket.destroy());
    }),
};

const server = servers[(process.argv[2] ?? 'healthy') as Mode]();
server.listen(0, '127.0.0.1', () => {
  serve({ port: (server.address() as AddressInfo).port }, () => ({}));
});
