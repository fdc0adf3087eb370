import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Duplex } from 'node:stream';
import { failureOf, type SideFailure } from '../sides/side-failure.ts';
import type { Upstream } from './upstream.ts';

/** One request to switch protocols. */
export interface Upgrade {
  readonly request: IncomingMessage;
  /** What of its headers goes on, and what we say besides. */
  readonly headers: readonly string[];
  readonly socket: Duplex;
  /** What the caller sent beyond its head. */
  readonly head: Buffer;
}

/**
 * How asking for another protocol ended: the side answered, the caller left before that, or the
 * side failed.
 */
export type UpgradeEnd = 'answered' | 'left' | SideFailure;

const REFUSAL = 'HTTP/1.1 502 Bad Gateway\r\nConnection: close\r\nContent-Length: 0\r\n\r\n';

/**
 * Passes a request to switch protocols to a side, such as WebSocket's, and connects the two ends
 * when the side agrees. What it answers instead goes back as it is. Never rejects.
 */
export function tunnel(
  { request, headers, socket, head }: Upgrade,
  upstream: Upstream,
): Promise<UpgradeEnd> {
  const { reach, filter } = upstream;
  const { url, connect: how } = reach;
  const ask = url.startsWith('https:') ? httpsRequest : httpRequest;
  const outgoing = ask(new URL(url), {
    method: request.method ?? 'GET',
    path: request.url ?? '/',
    headers: filter === null ? headers : filter(headers),
    ...how,
    // A connection that is to become a tunnel serves nobody else.
    agent: false,
    setHost: false,
  });
  socket.on('error', () => outgoing.destroy());
  socket.on('close', () => outgoing.destroy());
  return new Promise((resolve) => {
    outgoing.on('upgrade', (answer, side, sideHead) => {
      resolve('answered');
      socket.write(headText(answer));
      connect(side, socket, { toCaller: sideHead, toSide: head });
    });
    outgoing.on('response', (answer) => {
      resolve('answered');
      // It did not agree. The connection ends here, because nobody knows how the caller would go
      // on.
      socket.write(headText(answer, ['Connection: close']));
      answer.pipe(socket);
    });
    outgoing.on('error', (error) => {
      resolve(socket.destroyed ? 'left' : failureOf(error, false));
      if (socket.writable) socket.end(REFUSAL);
    });
    outgoing.end();
  });
}

function connect(
  side: Duplex,
  caller: Duplex,
  { toCaller, toSide }: { readonly toCaller: Buffer; readonly toSide: Buffer },
): void {
  if (toCaller.length > 0) caller.write(toCaller);
  if (toSide.length > 0) side.write(toSide);
  side.pipe(caller);
  caller.pipe(side);
  // Either end that breaks off takes the other with it; half a conversation is none.
  side.on('error', () => caller.destroy());
  side.on('close', () => caller.destroy());
  caller.on('close', () => side.destroy());
}

const HOP_BY_HOP_OF_REFUSAL = new Set(['connection', 'keep-alive', 'transfer-encoding']);

/** The head of an answer as it came. A refusal loses what concerned the connection to the side. */
function headText(answer: IncomingMessage, added: readonly string[] = []): string {
  const isRefusal = added.length > 0;
  const lines = [`HTTP/1.1 ${answer.statusCode} ${answer.statusMessage}`];
  for (let i = 0; i < answer.rawHeaders.length; i += 2) {
    const name = answer.rawHeaders[i] as string;
    if (isRefusal && HOP_BY_HOP_OF_REFUSAL.has(name.toLowerCase())) continue;
    lines.push(`${name}: ${answer.rawHeaders[i + 1]}`);
  }
  return `${[...lines, ...added].join('\r\n')}\r\n\r\n`;
}
