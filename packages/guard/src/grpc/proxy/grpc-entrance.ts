import {
  createServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import { fault } from '@falsework/core/errors';
import type { Clock } from '@falsework/core/ports';
import { countHit } from './count-hit.ts';
import type { MethodTable } from './method-table.ts';
import { PassingCall, type PassingContext } from './passing-call.ts';
import { SampledCall } from './sampled-call.ts';

export interface GrpcEntranceOptions {
  readonly clock: Clock;
  readonly table: MethodTable;
  readonly passing: PassingContext;
  /** The metadata in which a call names its entity; `null` when none does. */
  readonly keyHeader: string | null;
}

const WINDOW_BYTES = 1024 * 1024;
// Calls of one connection at once. Proxies put everything through one or two.
const STREAMS_MAX = 1_000;
const GRPC_TYPE = /^application\/grpc(?:[+;]|$)/i;

/** Where callers of gRPC come in: HTTP/2 without TLS. */
export class GrpcEntrance {
  /** Failures of our own that were kept from callers. */
  faults = 0;
  readonly #options: GrpcEntranceOptions;
  readonly #server: Http2Server;
  readonly #sessions = new Set<ServerHttp2Session>();

  constructor(options: GrpcEntranceOptions) {
    this.#options = options;
    this.#server = createServer({
      settings: { maxConcurrentStreams: STREAMS_MAX, initialWindowSize: WINDOW_BYTES },
    });
    this.#server.on('session', (session) => {
      this.#sessions.add(session);
      session.on('close', () => this.#sessions.delete(session));
    });
    // A caller's broken connection is the caller's; its streams are closed with it.
    this.#server.on('sessionError', () => {});
    this.#server.on('stream', (stream, headers) => this.#take(stream, headers));
  }

  /** Begins to take callers. Resolves with the port; rejects with FW_LISTEN. */
  listen(host: string, port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      const refused = (error: NodeJS.ErrnoException): void => {
        const because = error.code === 'EADDRINUSE' ? 'it is in use' : (error.code ?? 'unknown');
        reject(fault('FW_LISTEN', { host, port, because }, error));
      };
      this.#server.once('error', refused);
      this.#server.listen({ host, port }, () => {
        this.#server.off('error', refused);
        const address = this.#server.address();
        resolve(typeof address === 'object' && address !== null ? address.port : port);
      });
    });
  }

  /** Takes no further callers, lets calls finish for at most `withinMs`, then cuts them off. */
  async close({ withinMs }: { readonly withinMs: number }): Promise<void> {
    const { promise: closed, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    for (const session of this.#sessions) session.close();
    const cancel = this.#options.clock.after(withinMs, () => {
      for (const session of this.#sessions) session.destroy();
    });
    await closed;
    cancel();
  }

  #take(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
    stream.on('error', () => {});
    const { ':method': method, ':path': path = '/', 'content-type': type = '' } = headers;
    if (method !== 'POST' || !GRPC_TYPE.test(type)) {
      stream.respond({ ':status': 415 }, { endStream: true });
      return;
    }
    try {
      this.#pass(stream, headers, path);
    } catch {
      this.faults += 1;
      stream.close();
    }
  }

  #pass(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, path: string): void {
    const { table, passing, keyHeader } = this.#options;
    const key = keyHeader === null ? undefined : headers[keyHeader];
    const { entry, seam, side, lane } = table.plan(path, typeof key === 'string' ? key : null);
    const record = lane === null ? null : new SampledCall(lane, side, path, headers);
    countHit(seam, side);
    const done = (end: { readonly failure: object | null } | null): void => {
      if (end === null) {
        entry.counts.abandoned += 1;
        return;
      }
      entry.counts[side] += 1;
      seam.countServed(side, end.failure !== null);
    };
    new PassingCall(passing, { stream, headers, path, side, record, done }).start();
  }
}
