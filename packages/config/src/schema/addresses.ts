import { isIPv6 } from 'node:net';
import type { z } from 'zod';
import { textLeaf } from './leaf.ts';

const UNIX = 'unix:';
// What a socket's address can hold on Linux; elsewhere it is a little less.
const UNIX_PATH_BYTES_MAX = 107;

/** True for `unix:/path`, a socket in the file system. */
export function isUnix(address: string): boolean {
  return address.startsWith(UNIX);
}

function isUnixAddress(text: string): boolean {
  const path = isUnix(text) ? text.slice(UNIX.length) : '';
  const isPath = path.startsWith('/') && !path.endsWith('/') && !path.includes('\0');
  return isPath && new TextEncoder().encode(path).length <= UNIX_PATH_BYTES_MAX;
}

/** True for `grpc://host:port`, or grpcs with TLS. */
export function isGrpc(address: string): boolean {
  return /^grpcs?:/i.test(address);
}

// Credentials are refused because an address is shown everywhere: in status, logs and metrics.
const EXPECTED_ORIGIN =
  'an origin such as http://orders-v1:8080: http, https, grpc or grpcs, no path, no query, no credentials; or unix:/path';

/** Scheme, host and port of a service, normalised; the default port is left out. */
export const origin: z.ZodType<string, string> = textLeaf({
  expects: EXPECTED_ORIGIN,
  parse: (value) => {
    if (isUnixAddress(String(value))) return String(value);
    const text = String(value);
    const url = parseHttpUrl(text.replace(/^grpc(s?):/i, 'http$1:'));
    if (url?.pathname !== '/') return undefined;
    return isGrpc(text) ? url.origin.replace(/^http/, 'grpc') : url.origin;
  },
});

/** The address of control, which may stand behind a path of a proxy. Without a trailing slash. */
export const baseUrl: z.ZodType<string, string> = textLeaf({
  expects: 'an http or https URL without query and credentials',
  parse: (value) => {
    const url = parseHttpUrl(String(value));
    return url === null ? undefined : `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
  },
});

function parseHttpUrl(text: string): URL | null {
  // URL forgives what is surely a slip: blanks around, backslashes, a missing slash.
  if (!/^https?:\/\/[^\s\\]+$/i.test(text) || !URL.canParse(text)) return null;
  const url = new URL(text);
  const isBare = url.username === '' && url.password === '' && !/[?#]/.test(text);
  return isBare && url.hostname !== '' && url.port !== '0' ? url : null;
}

/** An address to listen on: a host name or an IP address, no port. */
export const host: z.ZodType<string, string> = textLeaf({
  expects: 'a host name or an IP address without a port, such as 127.0.0.1',
  parse: (value) => {
    const text = String(value);
    return isHost(text) ? text : undefined;
  },
});

function isHost(text: string): boolean {
  return /^[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/.test(text) || isIPv6(text);
}

/** Where a guard listens: as a host, or a socket in the file system. */
export const listening: z.ZodType<string, string> = textLeaf({
  expects: 'a host name or an IP address without a port, such as 127.0.0.1, or unix:/path',
  parse: (value) => {
    const text = String(value);
    return isUnixAddress(text) || isHost(text) ? text : undefined;
  },
});

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[?::1\]?)$/i;
const EVERYWHERE = /^(?:0\.0\.0\.0|\[?::\]?)$/;

/**
 * Where a server listening on `listening` is reached from its own machine, as it stands in a URL.
 */
export function reachableHost(listening: string): string {
  if (!isIPv6(listening)) return listening === '0.0.0.0' ? '127.0.0.1' : listening;
  return listening === '::' ? '[::1]' : `[${listening}]`;
}

/** True for the names of this machine that nobody else can reach. */
function isLoopback(name: string): boolean {
  return LOOPBACK.test(name);
}

/**
 * True when a server listening on `listening` takes connections to `target`, as far as the names
 * tell.
 */
export function listensFor(listening: string, target: string): boolean {
  if (listening.toLowerCase() === target.toLowerCase()) return true;
  return isLoopback(target) && (isLoopback(listening) || EVERYWHERE.test(listening));
}

/** One spelling per place: an origin with the names of the loopback made one, for comparing. */
export function placeOf(originText: string): string {
  if (isUnix(originText)) return originText;
  const { protocol, hostname, port } = new URL(originText);
  return `${protocol}//${isLoopback(hostname) ? 'localhost' : hostname}:${port}`;
}

/** The port that an origin names, or its scheme's own. */
export function portOf(originText: string): number {
  const { protocol, port } = new URL(originText);
  const isSecure = protocol === 'https:' || protocol === 'grpcs:';
  return port === '' ? (isSecure ? 443 : 80) : Number(port);
}
