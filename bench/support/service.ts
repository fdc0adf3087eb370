// A service of a bench: healthy, or faulty in one way, which may be changed while it runs.
// `service.ts MODE [PORT]`
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { answerTo, bodyOf } from './answer.ts';
import { serve } from './child.ts';

export type Mode = 'healthy' | 'dead' | 'hanging' | 'slow' | 'garbage' | 'mid-body-drop';

/** What a service is asked: to be in another mode from now on. */
export interface ServiceQuestion {
  readonly mode: Mode;
}

// Slow, but within the time that a shadow has: the worst case for connections and memory.
const SLOW_MS = 80;

/** Speaks HTTP on connections that it is given. */
function http(delayMs: number): (socket: Socket) => void {
  const server = createHttpServer((request, response) => {
    const sent: Buffer[] = [];
    const send = (): void => {
      const body = answerTo(request.method ?? '', request.url ?? '', Buffer.concat(sent));
      response.writeHead(200, {
        'Content-Type': 'application/json',
        'Content-Length': body.length,
      });
      response.end(body);
    };
    const soon = (): void => {
      if (delayMs > 0) setTimeout(send, delayMs);
      else send();
    };
    if (request.method === 'GET') {
      soon();
      return;
    }
    request.on('data', (chunk: Buffer) => sent.push(chunk));
    request.on('end', soon);
  });
  server.keepAliveTimeout = 60_000;
  return (socket) => server.emit('connection', socket);
}

function tcp(answer: (socket: Socket) => void): (socket: Socket) => void {
  return (socket) => {
    socket.on('data', () => answer(socket));
  };
}

const speak: Readonly<Record<Exclude<Mode, 'dead'>, (socket: Socket) => void>> = {
  healthy: http(0),
  slow: http(SLOW_MS),
  hanging: tcp(() => {}),
  garbage: tcp((socket) => socket.write(Buffer.from([0x15, 3, 3, 0, 2, 2, 0x46, 13, 10, 0]))),
  'mid-body-drop': tcp((socket) => {
    const body = bodyOf('/orders/1');
    const head = `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`;
    socket.write(head + body.subarray(0, body.length / 2).toString());
    setImmediate(() => socket.destroy());
  }),
};

const [firstMode = 'healthy', firstPort = '0'] = process.argv.slice(2);
let mode = firstMode as Mode;
let port = Number(firstPort);

const open = new Set<Socket>();
const server = createServer((socket) => {
  open.add(socket);
  socket.on('close', () => open.delete(socket));
  socket.on('error', () => {});
  if (mode === 'dead') socket.destroy();
  else speak[mode](socket);
});

async function listen(): Promise<void> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  ({ port } = server.address() as AddressInfo);
}

/** A connection is in the mode in which it began, so all of them end with a mode. */
async function change(to: Mode): Promise<void> {
  mode = to;
  for (const socket of open) socket.destroy();
  if (to === 'dead') server.close();
  else if (!server.listening) await listen();
}

await listen();
serve({ port }, async ({ mode: to }: ServiceQuestion) => {
  await change(to);
  return {};
});
