import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  type OutgoingHttpHeaders,
} from 'node:http2';
import { fault } from '@falsework/core/errors';
import type { Clock } from '@falsework/core/ports';
import type { Side } from '@falsework/core/routing';

// A call that waits for a connection longer than this is told so.
const CONNECT_MS_MAX = 5_000;
// What gRPC servers allow on one connection when they do not say.
const STREAMS_DEFAULT = 100;
const SESSIONS_MAX = 16;
/**
 * HTTP/2 begins with 64 KiB in flight per stream, which a long way makes slow. A stream that nobody
 * reads keeps up to twice this: what Node has taken in, and what came after.
 */
export const WINDOW_BYTES = 1024 * 1024;
/**
 * The same for all streams of a connection together, which HTTP/2 begins with 64 KiB too. Node
 * gives it back as data comes, so that it bounds what is on the way and nothing that is kept.
 */
export const CONNECTION_WINDOW_BYTES = 4 * WINDOW_BYTES;

/** What one connection carries. */
interface Load {
  streams: number;
  readonly ready: Promise<ClientHttp2Session>;
}

/** By whom the certificate of a side must be vouched for. */
export interface ChannelTrust {
  /** `null`: by those whom the system knows. */
  readonly ca: Buffer | null;
  /** False: it is not looked at. */
  readonly verify: boolean;
}

const SYSTEM_TRUST: ChannelTrust = { ca: null, verify: true };

/** Connections to one side over HTTP/2: as few as carry the calls that are under way. */
export class GrpcChannel {
  /** `http://host:port`, or https. */
  readonly origin: string;
  readonly #clock: Clock;
  readonly #trust: ChannelTrust;
  readonly #sessions = new Map<ClientHttp2Session, Load>();
  #isClosed = false;

  constructor(origin: string, clock: Clock, trust: ChannelTrust = SYSTEM_TRUST) {
    this.origin = origin;
    this.#clock = clock;
    this.#trust = trust;
  }

  /**
   * Begins a call. Rejects with the error of the system when the side cannot be reached. The
   * headers are asked for once there is a connection: time has passed by then.
   */
  async open(headers: () => OutgoingHttpHeaders): Promise<ClientHttp2Stream> {
    const session = this.#vacant() ?? (await this.#connected());
    const load = this.#sessions.get(session);
    const stream = session.request({ ...headers(), ':method': 'POST' }, { endStream: false });
    if (load !== undefined) load.streams += 1;
    stream.on('close', () => {
      if (load !== undefined) load.streams -= 1;
    });
    return stream;
  }

  /** Closes every connection; calls under way are cut off. */
  destroy(): void {
    this.#isClosed = true;
    for (const session of this.#sessions.keys()) session.destroy();
  }

  #vacant(): ClientHttp2Session | undefined {
    const sessions = [...this.#sessions].filter(([session]) => !session.connecting);
    const free = sessions.find(
      ([session, { streams }]) =>
        streams < (session.remoteSettings.maxConcurrentStreams ?? STREAMS_DEFAULT),
    );
    // With as many connections as there may be, calls wait for their turn on the least busy one.
    const isFull = this.#sessions.size >= SESSIONS_MAX;
    return (free ?? (isFull ? leastBusy(sessions) : undefined))?.[0];
  }

  #connected(): Promise<ClientHttp2Session> {
    // All calls that come while a connection is being made wait for that one.
    const joined = [...this.#sessions].find(([session]) => session.connecting);
    return joined === undefined ? this.#connect() : joined[1].ready;
  }

  #connect(): Promise<ClientHttp2Session> {
    if (this.#isClosed) return Promise.reject(failed('UND_ERR_CLOSED'));
    const settings = { enablePush: false, initialWindowSize: WINDOW_BYTES };
    const { ca, verify: rejectUnauthorized } = this.#trust;
    const trust = { rejectUnauthorized, ...(ca === null ? {} : { ca }) };
    const session = connect(this.origin, { settings, ...trust });
    session.unref();
    const { promise, resolve, reject } = Promise.withResolvers<ClientHttp2Session>();
    this.#sessions.set(session, { streams: 0, ready: promise });
    const cancel = this.#clock.after(CONNECT_MS_MAX, () => session.destroy(failed('ETIMEDOUT')));
    const drop = (error: unknown): void => {
      cancel();
      this.#sessions.delete(session);
      reject(error);
    };
    session.on('connect', () => {
      cancel();
      session.setLocalWindowSize(CONNECTION_WINDOW_BYTES);
      resolve(session);
    });
    session.on('error', drop);
    session.on('close', () => drop(failed('ECONNRESET')));
    // A side that goes away finishes what it has; new calls go elsewhere.
    session.on('goaway', () => this.#sessions.delete(session));
    return promise;
  }
}

function failed(code: string): Error {
  return Object.assign(new Error(`The connection failed: ${code}.`), { code });
}

function leastBusy(sessions: [ClientHttp2Session, Load][]) {
  return sessions.sort(([, a], [, b]) => a.streams - b.streams)[0];
}

/** An address as an origin of HTTP: `grpc://a:1` is `http://a:1`. Throws FW_GRPC_ADDRESS. */
export function grpcOrigin(side: Side, address: string): string {
  const text = address.replace(/^grpc(s?):/i, 'http$1:');
  const url = /^https?:\/\/[^\s\\]+$/i.test(text) && URL.canParse(text) ? new URL(text) : null;
  const isBare = url !== null && url.username === '' && url.password === '' && !/[?#]/.test(text);
  if (isBare && url.pathname === '/' && url.port !== '0') return url.origin;
  const got = address.includes('@') ? 'an address with credentials' : JSON.stringify(address);
  throw fault('FW_GRPC_ADDRESS', { side, got });
}
