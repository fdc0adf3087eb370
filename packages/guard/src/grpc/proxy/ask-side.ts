import type { ClientHttp2Stream, IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http2';
import type { Capture } from '../../shadow/capture.ts';
import { failureOf, type SideFailure, STOPPED, TIMED_OUT } from '../../sides/side-failure.ts';
import { headersAsSent } from '../wire/metadata.ts';
import type { GrpcAnswer } from './grpc-answer.ts';

/** How asking a side ended. */
export type Asked =
  | { readonly answer: GrpcAnswer; readonly failure: null }
  | { readonly answer: null; readonly failure: SideFailure };

const END_STREAM = 0x1;
const CANCEL = 0x8;

/** Begins a call at whoever is asked. */
export type OpenCall = (headers: () => OutgoingHttpHeaders) => Promise<ClientHttp2Stream>;

/** A call as it can be made again. */
export interface AskOptions {
  readonly headers: OutgoingHttpHeaders;
  /** The messages of the request as they went over the wire. */
  readonly body: Buffer;
  readonly capture: Capture;
  readonly signal: AbortSignal;
}

/** Makes one call with all its messages, and takes the answer as a whole. Never rejects. */
export async function askSide(open: OpenCall, options: AskOptions): Promise<Asked> {
  const { headers, body, capture, signal } = options;
  let stream: ClientHttp2Stream;
  try {
    stream = await open(() => headers);
  } catch (error) {
    return { answer: null, failure: failureOf(error, false) };
  }
  return new Promise((resolve) => {
    let head: IncomingHttpHeaders | null = null;
    let trailers: IncomingHttpHeaders | null = null;
    let failed: Error | null = null;
    const stop = (): void => stream.close(CANCEL);
    stream.on('response', (_headers, flags, raw) => {
      head = headersAsSent(raw);
      if ((flags & END_STREAM) !== 0) trailers = head;
    });
    stream.on('trailers', (_trailers, _flags, raw) => {
      trailers = headersAsSent(raw);
    });
    stream.on('data', (chunk: Buffer) => {
      capture.add(chunk);
      // The rest would be read for nothing.
      if (capture.overflow !== null) stop();
    });
    stream.on('error', (error: Error) => {
      failed = error;
    });
    stream.on('close', () => {
      signal.removeEventListener('abort', stop);
      resolve(endOf({ head, trailers, failed, capture, signal }));
    });
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop);
    stream.end(body);
  });
}

interface Received extends Pick<AskOptions, 'capture' | 'signal'> {
  readonly head: IncomingHttpHeaders | null;
  readonly trailers: IncomingHttpHeaders | null;
  readonly failed: Error | null;
}

function endOf({ head, trailers, failed, capture, signal }: Received): Asked {
  const isWhole = trailers !== null || capture.overflow !== null;
  if (head !== null && isWhole) {
    const answer = { headers: head, trailers: trailers ?? {}, capture, messages: null };
    return { answer, failure: null };
  }
  if (signal.aborted) {
    const isTimeout = (signal.reason as { name?: unknown }).name === 'TimeoutError';
    return { answer: null, failure: isTimeout ? TIMED_OUT : STOPPED };
  }
  const failure: SideFailure =
    failed === null ? { kind: 'closed', code: 'no status' } : failureOf(failed, head !== null);
  return { answer: null, failure };
}
