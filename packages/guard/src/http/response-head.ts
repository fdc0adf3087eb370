import { STATUS_CODES } from 'node:http';
import type { Dispatcher } from 'undici';
import type { CallerAnswer } from './caller.ts';

type RawHeaders = Dispatcher.DispatchController['rawHeaders'];

/**
 * What goes with every answer of one side beyond its own headers; empty when answers are left
 * untouched.
 */
export type AddedHeaders = readonly string[];

/**
 * The headers of an answer as they go to the caller: order, case and repetitions as the side sent
 * them, hop-by-hop ones left out. A `Trailer` header goes too when the length is fixed, since such
 * an answer has no place for trailers.
 */
export function responseHeaders(raw: RawHeaders, added: AddedHeaders): string[] {
  const buffers = (raw ?? []) as readonly (Buffer | string)[];
  const headers: string[] = [];
  let trailerAt = -1;
  let hasLength = false;
  let listed: string | null = null;
  for (let i = 0; i < buffers.length; i += 2) {
    const name = latin1(buffers[i]);
    const lowerCase = isHopLength(name.length) ? name.toLowerCase() : '';
    if (lowerCase === 'connection') listed = otherOptions(latin1(buffers[i + 1]), listed);
    if (HOP_BY_HOP.has(lowerCase)) continue;
    // A side that is a guard itself names a side of its own, and one answer has one.
    if (lowerCase === 'falsework-side' && added.length > 0) continue;
    if (lowerCase === 'trailer') trailerAt = headers.length;
    if (lowerCase === 'content-length') hasLength = true;
    headers.push(name, latin1(buffers[i + 1]));
  }
  if (trailerAt >= 0 && hasLength) headers.splice(trailerAt, 2);
  const kept = listed === null ? headers : withoutListed(headers, listed);
  for (const text of added) kept.push(text);
  return kept;
}

/** Adds the trailers of an answer, in the order sent. */
export function addTrailers(response: CallerAnswer, raw: RawHeaders): void {
  const buffers = (raw ?? []) as readonly (Buffer | string)[];
  if (buffers.length === 0) return;
  const pairs: [string, string][] = [];
  for (let i = 0; i < buffers.length; i += 2) {
    pairs.push([latin1(buffers[i]), latin1(buffers[i + 1])]);
  }
  try {
    response.addTrailers(pairs);
  } catch {
    // Node does not send what no client should be sent. By now the body has gone out, and it is
    // complete without them.
  }
}

/**
 * A reason phrase as it can be sent. Nobody acts on it, so one that is not Latin-1 text is left
 * out. undici 8 keeps only the last piece of a phrase that arrives in two: where that is the end of
 * the usual phrase, it is the usual phrase.
 */
export function reasonPhrase(status: number, statusText: string): string {
  const usual = STATUS_CODES[status] ?? '';
  if (statusText === usual || statusText === '') return statusText;
  if (usual.endsWith(statusText)) return usual;
  for (let i = 0; i < statusText.length; i += 1) {
    const code = statusText.charCodeAt(i);
    if (code < 0x20 || code === 0x7f || code > 0xff) return '';
  }
  return statusText;
}

const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
]);

/** The lengths of the names looked at above: all others need no lower-casing. */
function isHopLength(length: number): boolean {
  return length === 7 || length === 10 || length === 14 || length === 16 || length === 17;
}

function otherOptions(value: string, listed: string | null): string | null {
  const lowerCase = value.toLowerCase();
  if (lowerCase === 'keep-alive' || lowerCase === 'close') return listed;
  return listed === null ? lowerCase : `${listed},${lowerCase}`;
}

function withoutListed(headers: readonly string[], listed: string): string[] {
  const names = new Set(listed.split(',').map((name) => name.trim()));
  // Without these the caller could not tell where the answer ends or what it is.
  for (const name of ['content-length', 'content-type']) names.delete(name);
  return headers.flatMap((name, i) =>
    i % 2 === 1 || names.has(name.toLowerCase()) ? [] : [name, headers[i + 1] as string],
  );
}

/** Header bytes are text in Latin-1 and leave as they came. */
function latin1(bytes: Buffer | string | undefined): string {
  return typeof bytes === 'string' ? bytes : (bytes?.toString('latin1') ?? '');
}
