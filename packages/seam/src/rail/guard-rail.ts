import { subscribe } from 'node:diagnostics_channel';
import { Socket } from 'node:net';
import { currentShadow } from '../run/scope.ts';
import { destinationOf } from './destination.ts';
import { noteOutbound } from './note-outbound.ts';
import { watchLoadedPostgres } from './postgres-rail.ts';

let isArmed = false;

/**
 * Begins to watch what shadow runs of this process call. Once for the process, and not before the
 * first shadow run: a process without any is left as it was. What cannot be seen is said in the
 * guide: bytes on a connection that was open before, of a protocol other than HTTP and PostgreSQL's.
 */
export function armGuardRail(): void {
  watchLoadedPostgres();
  if (isArmed) return;
  isArmed = true;
  watch('undici:request:create', ({ request }: { request: UndiciRequest }) => {
    noteUrl(String(request.origin), `HTTP ${request.method}`);
  });
  watch('http.client.request.created', ({ request }: { request: HttpRequest }) => {
    noteHttp(request);
  });
  watch('http2.client.stream.created', ({ headers }: { headers: Http2Headers }) => {
    const { ':scheme': scheme, ':authority': authority, ':method': method } = headers;
    noteUrl(`${scheme}://${authority}`, `HTTP ${method}`);
  });
  watchSockets();
}

interface UndiciRequest {
  readonly origin?: unknown;
  readonly method?: string;
}

interface HttpRequest {
  readonly host?: string;
  readonly method?: string;
  readonly protocol?: string;
  getHeader(name: string): unknown;
}

type Http2Headers = Readonly<Record<string, unknown>>;

/** What a subscriber throws ends the process, so nothing that a message holds may matter. */
function watch<Message>(channel: string, look: (message: Message) => void): void {
  subscribe(channel, (message) => {
    if (currentShadow() === undefined) return;
    try {
      look(message as Message);
    } catch {
      noteOutbound(channel, 'unknown', null);
    }
  });
}

function noteUrl(origin: string, what: string): void {
  const url = URL.canParse(origin) ? new URL(origin) : null;
  const usual = url?.protocol === 'https:' ? 443 : 80;
  noteOutbound(what, url?.hostname ?? 'unknown', url === null ? null : Number(url.port) || usual);
}

/** The port is not told; the header that names the host has it, unless somebody set it by hand. */
function noteHttp(request: HttpRequest): void {
  const { host = 'localhost', method, protocol } = request;
  const header = String(request.getHeader('host') ?? '');
  const port = /^:(\d+)$/.exec(header.startsWith(host) ? header.slice(host.length) : '')?.[1];
  const usual = protocol === 'https:' ? 443 : 80;
  noteOutbound(`HTTP ${method}`, host, port === undefined ? usual : Number(port));
}

/**
 * Every connection of node:net and node:tls begins here, also those that libraries make without
 * `net.connect`, which is all that the diagnostics channel tells of.
 */
function watchSockets(): void {
  const { connect } = Socket.prototype;
  Socket.prototype.connect = function connectWatched(this: Socket, ...args: unknown[]): Socket {
    if (currentShadow() !== undefined) {
      const { host, port } = destinationOf(args);
      noteOutbound('a connection', host, port);
    }
    return Reflect.apply(connect, this, args) as Socket;
  } as typeof connect;
}
