import { lstatSync, unlinkSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { connect, type ListenOptions, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { fault } from '@falsework/core/errors';
import type { Cancel } from '@falsework/core/ports';
import type { Host } from '@falsework/seam/engine';
import type { Limits } from '../options/limits.ts';
import { CallerResponse } from './caller-response.ts';
import type { CertificateFiles } from './certificate.ts';
import { FirstBytes } from './first-bytes.ts';
import { isTunnelled } from './passable.ts';
import { StreamSessions, type TakeStream } from './stream-sessions.ts';
import { isUnix, unixPath } from './unix-address.ts';

/** Where what callers send goes. */
export interface Arrivals {
  readonly request: (request: IncomingMessage, response: CallerResponse) => void;
  readonly stream: TakeStream;
  readonly upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
  readonly connect: (request: IncomingMessage, socket: Duplex) => void;
}

export interface ListenerOptions {
  readonly host: Host;
  readonly limits: Limits;
  /** `null`: callers speak in clear. */
  readonly certificate: CertificateFiles | null;
}

type HttpServer = Server<typeof IncomingMessage, typeof CallerResponse>;

// How often connections that have become idle are looked for while the listener closes.
const CLOSING_LOOK_MS = 20;
// A handshake is a few packets; Node's two minutes let a stranger hold many connections.
const HANDSHAKE_TIMEOUT_MS = 10_000;

// What the types that go with Node 22 do not know of, and what it overlooks. Node 24.9 and later
// ask whether to tunnel, and take what is not tunnelled for a request like any other. Later ones
// can leave out the life of a stream, from its first event to its last, where a request has no
// body: 6 % of all.
const BEYOND_NODE_22 = { shouldUpgradeCallback: isTunnelled, optimizeEmptyRequests: true };

/**
 * The connections of callers: HTTP/1.1 and HTTP/2, in clear or under TLS, on a port or on a socket
 * in the file system. Which version a caller speaks is found out once a connection: by its
 * handshake under TLS, else by its first bytes.
 */
export class Listener {
  readonly #options: ListenerOptions;
  readonly #server: HttpServer;
  readonly #sessions: StreamSessions;
  readonly #firstBytes: FirstBytes;
  #isClosing = false;

  constructor(options: ListenerOptions, arrivals: Arrivals) {
    this.#options = options;
    const { limits, certificate } = options;
    this.#sessions = new StreamSessions(limits, arrivals.stream);
    const settings = {
      ServerResponse: CallerResponse,
      keepAliveTimeout: limits.idleTimeoutMs,
      maxHeaderSize: limits.headBytesMax,
      headersTimeout: limits.headTimeoutMs,
      // How long an upload may take as a whole is for its side to say, as without us.
      requestTimeout: 0,
      ...BEYOND_NODE_22,
    };
    this.#server =
      certificate === null
        ? createServer(settings)
        : createTlsServer({
            ...settings,
            ...certificate.current,
            ALPNProtocols: ['h2', 'http/1.1'],
            handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
          });
    if (limits.connectionsMax !== null) this.#server.maxConnections = limits.connectionsMax;
    this.#listenFor(arrivals);
    this.#firstBytes = this.#chooseVersion(
      certificate === null ? 'connection' : 'secureConnection',
    );
  }

  /** True from the moment at which no further callers are taken. */
  get isClosing(): boolean {
    return this.#isClosing;
  }

  /**
   * Begins to take callers. `host` may be `unix:/path`. Resolves with the port, 0 for a socket;
   * rejects with FW_LISTEN, and nothing is left open then.
   */
  async listen(host: string, port: number): Promise<number> {
    if (isUnix(host)) await this.#listenAt(unixPath(host));
    else await this.#bind({ host, port }, { host, port });
    const { certificate } = this.#options;
    // The types know one kind of server only; that under TLS has one method more.
    const server = this.#server as HttpServer & { setSecureContext?: (to: object) => void };
    certificate?.follow((renewed) => server.setSecureContext?.(renewed));
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  /**
   * Takes no further callers, lets those inside finish for at most `withinMs`, then closes what is
   * left.
   */
  async close({ withinMs }: { readonly withinMs: number }): Promise<void> {
    const { clock, hold } = this.#options.host;
    this.#isClosing = true;
    this.#options.certificate?.stop();
    const { promise: closed, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    this.#firstBytes.destroy();
    this.#sessions.drain();
    const untilMs = clock.monotonicMs() + withinMs;
    let cancel: Cancel = () => {};
    const look = (): void => {
      if (clock.monotonicMs() < untilMs) this.#server.closeIdleConnections();
      else {
        this.#server.closeAllConnections();
        this.#sessions.destroy();
        this.#firstBytes.destroy();
      }
      cancel = clock.after(CLOSING_LOOK_MS, look);
    };
    const release = hold();
    look();
    await closed;
    cancel();
    release();
  }

  #listenFor(arrivals: Arrivals): void {
    this.#server.on('request', arrivals.request);
    this.#server.on('upgrade', arrivals.upgrade);
    // Otherwise Node closes the connection without a word.
    this.#server.on('connect', arrivals.connect);
  }

  /** Puts the choice of version in front of what Node does with a new connection. */
  #chooseVersion(event: 'connection' | 'secureConnection'): FirstBytes {
    const [serve] = this.#server.listeners(event);
    this.#server.removeAllListeners(event);
    const http1 = (socket: Socket): void => {
      serve?.call(this.#server, socket);
    };
    const http2 = (socket: Socket): void => this.#sessions.open(socket);
    const { host, limits } = this.#options;
    const firstBytes = new FirstBytes(host.clock, limits.headTimeoutMs, { http1, http2 });
    this.#server.on(event, (socket: Socket | TLSSocket) => {
      if (event === 'connection') firstBytes.read(socket);
      else if ((socket as TLSSocket).alpnProtocol === 'h2') http2(socket);
      else http1(socket);
    });
    return firstBytes;
  }

  #bind(where: ListenOptions, named: { readonly host: string; port: number }): Promise<void> {
    return new Promise((resolve, reject) => {
      const refused = (error: NodeJS.ErrnoException): void => {
        const because = error.code === 'EADDRINUSE' ? 'it is in use' : (error.code ?? 'unknown');
        reject(fault('FW_LISTEN', { ...named, because }, error));
      };
      this.#server.once('error', refused);
      this.#server.listen(where, () => {
        this.#server.off('error', refused);
        resolve();
      });
    });
  }

  /** A process that was killed leaves its socket behind, at which nobody answers any more. */
  async #listenAt(path: string): Promise<void> {
    if (await isLeftBehind(path)) unlinkSync(path);
    await this.#bind({ path }, { host: `unix:${path}`, port: 0 });
  }
}

function isLeftBehind(path: string): Promise<boolean> {
  if (lstatSync(path, { throwIfNoEntry: false })?.isSocket() !== true)
    return Promise.resolve(false);
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.on('connect', () => {
      socket.destroy();
      resolve(false);
    });
    socket.on('error', ({ code }: NodeJS.ErrnoException) => resolve(code === 'ECONNREFUSED'));
  });
}
