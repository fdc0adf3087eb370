import { networkInterfaces, hostname as ownName } from 'node:os';
import { fault } from '@falsework/core/errors';
import type { Side } from '@falsework/core/routing';
import { isUnix, unixPath } from '../http/unix-address.ts';
import type { GuardOptions } from './guard-options.ts';

const EXPECTED_ORIGIN =
  'an origin such as http://orders-v1:8080 (http or https, no path, no query, no credentials), or unix:/path';
// What a socket's address can hold on Linux; elsewhere it is a little less.
const UNIX_PATH_BYTES_MAX = 107;

/** Whether this is `unix:` and an absolute path that a socket can have. */
export function isUnixAddress(text: string): boolean {
  const path = isUnix(text) ? unixPath(text) : '';
  const isPath = path.startsWith('/') && !path.endsWith('/') && !path.includes('\0');
  return isPath && Buffer.byteLength(path) <= UNIX_PATH_BYTES_MAX;
}

/**
 * Scheme, host and port, normalised. Throws FW_GUARD_URL. What was given is not shown when it holds
 * credentials.
 */
export function originOf(side: Side, text: string): string {
  if (isUnixAddress(text)) return text;
  const isHttp = /^https?:\/\/[^\s\\]+$/i.test(text) && URL.canParse(text);
  const url = isHttp ? new URL(text) : null;
  const isBare = url !== null && url.username === '' && url.password === '' && !/[?#]/.test(text);
  if (isBare && url.pathname === '/' && url.port !== '0') return url.origin;
  const got = text.includes('@') ? 'an address with credentials' : JSON.stringify(text);
  throw fault('FW_GUARD_URL', { side, got, expected: EXPECTED_ORIGIN });
}

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/i;

/** One spelling per place: the names of this machine that only it can reach are one. */
export function placeOf(origin: string): string {
  if (isUnix(origin)) return origin;
  const { protocol, hostname, port } = new URL(origin);
  return `${protocol}//${LOOPBACK.test(hostname) ? 'localhost' : hostname}:${port}`;
}

/** Throws FW_GUARD_LOOP when a side is where the guard itself listens. */
export function checkLoop(
  options: Required<Pick<GuardOptions, 'legacy' | 'candidate' | 'host' | 'port'>>,
): void {
  const listening = listeningHosts(options.host);
  for (const side of ['legacy', 'candidate'] as const) {
    if (isUnix(options[side])) {
      if (options[side] === options.host) {
        throw fault('FW_GUARD_LOOP', { side, origin: options[side] });
      }
      continue;
    }
    const { hostname, port, protocol } = new URL(options[side]);
    const target = Number(port || (protocol === 'https:' ? 443 : 80));
    const name = LOOPBACK.test(hostname) ? 'localhost' : hostname.replace(/^\[(.*)\]$/, '$1');
    if (target !== options.port || !listening.has(name)) continue;
    throw fault('FW_GUARD_LOOP', { side, origin: options[side] });
  }
}

/** The names under which a server on this address is reached, the loopback's as `localhost`. */
function listeningHosts(host: string): Set<string> {
  const isEverywhere = host === '0.0.0.0' || host === '::' || host === '';
  if (!isEverywhere) return new Set([LOOPBACK.test(host) || host === '::1' ? 'localhost' : host]);
  const own = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return new Set(['localhost', '0.0.0.0', '::', ownName(), ...own.map(({ address }) => address)]);
}
