import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';

/** A service on a port of its own. */
export interface Service {
  readonly url: string;
  readonly port: number;
  readonly stop: () => Promise<void>;
}

/** Starts an HTTP service. */
export async function serve(listener: RequestListener, port = 0): Promise<Service> {
  const server = createServer(listener);
  server.keepAliveTimeout = 60_000;
  return listening(server, port);
}

/** Starts something that listens but does not speak HTTP as it should. */
export async function serveRaw(
  onSocket: Parameters<typeof createTcpServer>[1] & object,
): Promise<Service> {
  const sockets = new Set<{ destroy: () => void }>();
  const server = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    onSocket(socket);
  });
  const service = await listening(server as unknown as Server, 0);
  return {
    ...service,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** A port on which nobody listens. */
export async function freePort(): Promise<number> {
  const { port, stop } = await serve(() => {});
  await stop();
  return port;
}

async function listening(server: Server, port: number): Promise<Service> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const taken = (server.address() as AddressInfo).port;
  const stop = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections?.();
    });
  return { url: `http://127.0.0.1:${taken}`, port: taken, stop };
}
