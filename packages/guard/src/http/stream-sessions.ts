import {
  type IncomingHttpHeaders,
  performServerHandshake,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { Socket } from 'node:net';
import { StreamRequest } from './stream-request.ts';
import { StreamResponse } from './stream-response.ts';

/** What HTTP/2 connections may be. */
export interface StreamLimits {
  readonly headBytesMax: number;
  /** How long a connection may carry nothing at all. */
  readonly idleTimeoutMs: number;
}

/** Takes one request that came over HTTP/2. */
export type TakeStream = (request: StreamRequest, response: StreamResponse) => void;

// What browsers and gRPC clients keep in flight at most on one connection; Apache's default too.
const STREAMS_MAX = 100;
const STREAM_WINDOW_BYTES = 65_535;
// A connection's window is what all its streams may have sent and nobody has read. With less than
// one stream's window for each, an upload that a side does not read would hold up all the others.
const SESSION_WINDOW_BYTES = STREAMS_MAX * STREAM_WINDOW_BYTES;

const SETTINGS = {
  maxConcurrentStreams: STREAMS_MAX,
  initialWindowSize: STREAM_WINDOW_BYTES,
} as const;

// Node 24 and later can be told; the types of Node 22 do not know of it. A side may well send a
// header twice that should be there once, and callers of HTTP/1.1 get it so.
const AS_SENT = { strictSingleValueFields: false };

/** The HTTP/2 connections of callers. */
export class StreamSessions {
  readonly #limits: StreamLimits;
  readonly #take: TakeStream;
  readonly #sessions = new Map<ServerHttp2Session, Socket>();

  constructor(limits: StreamLimits, take: TakeStream) {
    this.#limits = limits;
    this.#take = take;
  }

  /** Speaks HTTP/2 on a connection from now on. What it has received already counts. */
  open(socket: Socket): void {
    const { headBytesMax, idleTimeoutMs } = this.#limits;
    // Servers of HTTP/1.1 leave a connection half open when its caller has ended its half; here
    // that caller is gone, and its streams with it.
    socket.allowHalfOpen = false;
    const settings = { ...SETTINGS, maxHeaderListSize: headBytesMax };
    const session = performServerHandshake(socket, { settings, ...AS_SENT });
    this.#sessions.set(session, socket);
    session.setLocalWindowSize(SESSION_WINDOW_BYTES);
    let streams = 0;
    session.on('stream', (stream, headers, flags, ...[raw]) => {
      streams += 1;
      stream.on('close', () => {
        streams -= 1;
      });
      this.#begin(stream, socket, { headers, flags, raw: raw as unknown as string[] });
    });
    // An answer that says nothing for a while, such as one of events, is not idle.
    session.setTimeout(idleTimeoutMs, () => {
      if (streams === 0) session.close();
    });
    // What breaks a connection is its caller's doing, and ends its streams, which tell.
    session.on('error', () => {});
    session.on('close', () => this.#sessions.delete(session));
  }

  /** Takes no further requests; what is under way goes on. */
  drain(): void {
    for (const session of this.#sessions.keys()) session.close();
  }

  /** Breaks everything off. */
  destroy(): void {
    for (const [session, socket] of this.#sessions) {
      session.destroy();
      // Node would wait for the other end to close it.
      socket.destroy();
    }
  }

  #begin(
    stream: ServerHttp2Stream,
    socket: Socket,
    received: { headers: IncomingHttpHeaders; flags: number; raw: string[] },
  ): void {
    const response = new StreamResponse(stream);
    // Node does this for callers of HTTP/1.1.
    if (received.headers.expect === '100-continue' && !stream.destroyed) {
      stream.additionalHeaders({ ':status': 100 });
    }
    this.#take(new StreamRequest(stream, received, socket), response);
  }
}
