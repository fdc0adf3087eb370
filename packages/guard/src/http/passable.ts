import type { IncomingMessage } from 'node:http';
import type { RequestHead } from './request-head.ts';

/**
 * Why a request cannot be passed on; `null` for one that can. What two servers could read in two
 * ways is refused here, before any side has seen a byte of it: repaired, it would reach both sides
 * as something that its caller did not write, and unrepaired it could be one request to us and two
 * to the side behind us. Node's parser has refused by then what is no HTTP at all: both framings at
 * once, two lengths, folded lines, bare line ends, control characters, chunks that do not add up.
 */
export function whyNotPassable(request: IncomingMessage, head: RequestHead): string | null {
  const { httpVersionMajor: major, httpVersionMinor: minor, url: target = '' } = request;
  if (head.flaw !== null) return head.flaw;
  if (head.hosts > 1) return 'it names more than one host';
  if (major !== 1) return 'its version is not HTTP/1.0 or HTTP/1.1';
  // RFC 9112, section 6.1: such framing is faulty, and a side that does not know chunks would take
  // the body for the next request.
  if (minor === 0 && head.isChunked) return 'HTTP/1.0 has no transfer encodings';
  if (target.includes('#')) return FRAGMENT;
  return target.startsWith('/') ? null : whyNotAbsolute(target, head.host);
}

// One server cuts the target there, and another one looks for a path with the sign in it.
const FRAGMENT = 'its target has a fragment';

/**
 * The same for a request that came over HTTP/2, whose framing leaves nothing open; but it goes on
 * as HTTP/1.1, where it must not become two.
 */
export function whyStreamNotPassable(
  { method = '', url: target = '' }: Pick<IncomingMessage, 'method' | 'url'>,
  head: RequestHead,
): string | null {
  if (head.flaw !== null) return head.flaw;
  if (head.hosts > 1) return 'it names more than one host';
  if (method === 'CONNECT') return 'it asks for a connection to another host';
  if (target.includes('#')) return FRAGMENT;
  return target.startsWith('/') ? null : 'its target is not a path';
}

/**
 * RFC 9112, section 3.2.2: a target with a host of its own overrides the Host header. Services that
 * look at the header only would answer for another host, so the two must agree.
 */
function whyNotAbsolute(target: string, host: string): string | null {
  const authority = /^https?:\/\/([^/?]+)/.exec(target)?.[1];
  if (authority === undefined) return 'its target is not a path';
  const isSame = authority.toLowerCase() === host.toLowerCase();
  return isSame ? null : 'its target names another host than its Host header';
}

/**
 * Whether a request to switch protocols is one that is tunnelled. HTTP/2 is not, since the guard
 * would then carry requests that it cannot see; some clients offer it with every first request, and
 * go on with HTTP/1.1 when nobody takes them up on it. Nor is one with a body, which nobody reads
 * before the switch. RFC 9110, section 7.8: the offer may be ignored.
 */
export function isTunnelled({ headers }: Pick<IncomingMessage, 'headers'>): boolean {
  const { upgrade = '', 'content-length': length = '0', 'transfer-encoding': coding } = headers;
  return !/\bh2c\b/i.test(upgrade) && Number(length) === 0 && coding === undefined;
}

/**
 * Only Node 22, which has no way to be told beforehand, gets here with a body. It has not read it,
 * and a side that does not switch would wait for it in vain.
 */
export function whyNotTunnelled({ headers }: IncomingMessage): string | null {
  const hasBody = Number(headers['content-length'] ?? 0) > 0 || 'transfer-encoding' in headers;
  return hasBody ? 'it asks for another protocol, and has a body' : null;
}
