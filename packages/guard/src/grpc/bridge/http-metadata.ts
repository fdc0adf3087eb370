import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import { type MetadataList, namesOf } from '../wire/metadata.ts';

// What speaks of the HTTP message or of its connection, and means nothing to a call.
const OF_MESSAGE = /^(?:accept(?:-.*)?|content-.*|expect|host|if-.*|range)$/;
const OF_CONNECTION = /^(?:connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade)$/;
const OF_TRANSPORT = /^grpc-(?:timeout|encoding|accept-encoding)$/;
const OF_HTTP = [OF_MESSAGE, OF_CONNECTION, OF_TRANSPORT];
const PREFIX = 'grpc-metadata-';
const OF_THE_CALL = /^(?::.*|grpc-.*|content-.*|connection|date|transfer-encoding|trailer)$/;

/**
 * The metadata that the headers of an HTTP request are: what belongs to HTTP is left out, and
 * `Grpc-Metadata-X` is x, as other gateways have it.
 */
export function metadataOf(
  headers: IncomingHttpHeaders,
  { allow, deny = [] }: MetadataList,
): OutgoingHttpHeaders {
  const allows = allow === undefined ? () => true : namesOf(allow);
  const denies = namesOf(deny);
  const metadata: OutgoingHttpHeaders = {};
  for (const [given, value] of Object.entries(headers)) {
    const name = given.startsWith(PREFIX) ? given.slice(PREFIX.length) : given;
    if (value === undefined || OF_HTTP.some((kind) => kind.test(name))) continue;
    if (!allows(name) || denies(name)) continue;
    metadata[name] = value;
  }
  return metadata;
}

/** The HTTP headers that the metadata of an answer are. */
export function headersOf(metadata: Readonly<Record<string, unknown>>): OutgoingHttpHeaders {
  const entries = Object.entries(metadata).filter(([name]) => !OF_THE_CALL.test(name));
  return Object.fromEntries(entries) as OutgoingHttpHeaders;
}
