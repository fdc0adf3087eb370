import type { AnswerHead, Attempt, CallRequest } from '../calls/call-request.ts';
import { Caller } from '../calls/caller.ts';
import type { CallOptions, ClientOptions } from '../calls/client-options.ts';
import { HEADERS } from '../calls/header-names.ts';
import { dropResponse } from './drop-response.ts';
import { readRequestBody, type SentBody, toSentBody } from './request-body.ts';

/** Options of one call, beside those of fetch. */
export interface FetchCallOptions extends CallOptions {
  /** The body in another version, where its shape depends on it. Goes before `body`. */
  readonly bodyFor?: (version: string | null) => string | Uint8Array<ArrayBuffer> | null;
}

/** What fetch takes as its second argument, and `falsework` beside it. */
export interface FetchInit extends RequestInit {
  readonly falsework?: FetchCallOptions;
}

/** As the platform's `fetch`; usable wherever one can be handed in. */
export type Fetch = (input: string | URL | Request, init?: FetchInit) => Promise<Response>;

/** How a fetch of ours behaves. */
export interface FetchOptions extends ClientOptions {
  /** What sends each try. Default: the platform's `fetch`. */
  readonly fetch?: typeof globalThis.fetch;
}

/**
 * A `fetch` that adds the idempotency key, negotiates the version, and repeats what may be
 * repeated. Answers and errors are those of fetch itself, the very objects; `reportOf` tells what
 * became of the call. Throws `FW_CLIENT_OPTION`; calls reject with `FW_CLIENT_DEADLINE` and
 * `FW_CLIENT_TRY_TIMEOUT` beside what fetch rejects with.
 *
 * ```ts
 * const call = createFetch({ versions: ['2', '1'], deadlineMs: 2_000 });
 * const response = await call('http://127.0.0.1:8080/orders', { method: 'POST', body: '{}' });
 * ```
 */
export function createFetch(options: FetchOptions = {}): Fetch {
  const caller = new Caller(options);
  const send = options.fetch;
  return async (input, init = {}) => {
    // Looked up late, so that a fetch that was replaced after us, in a test for example, is used.
    const transport = send ?? globalThis.fetch;
    const url = input instanceof Request ? input.url : String(input);
    const origin = originOf(url);
    // Not HTTP, or no address at all: what fetch does with it is fetch's own business.
    if (origin === null) return transport(input, init);
    const { falsework = {}, ...rest } = init;
    const method = (init.method ?? (input instanceof Request ? input.method : 'GET')).toUpperCase();
    const headers = new Headers(init.headers ?? (input instanceof Request ? input.headers : []));
    const body = await bodyOf(input, init);
    const request: CallRequest = {
      method,
      origin,
      header: (name) => headers.get(name),
      isReplayable: body.isReplayable || falsework.bodyFor !== undefined,
      signal: init.signal ?? (input instanceof Request ? input.signal : null),
      options: falsework,
    };
    return caller.call(request, async (attempt) => {
      // A `Request` whose body was read can be sent all the same: the body given here replaces it.
      const response = await transport(input, {
        ...rest,
        ...withBody(body, falsework.bodyFor?.(attempt.version)),
        headers: headersOf(headers, body, attempt),
        signal: attempt.signal,
      });
      if (!attempt.isFinal(headOf(response))) dropResponse(response);
      else if (response.body === null) attempt.done();
      return response;
    });
  };
}

function originOf(url: string): string | null {
  const parsed = URL.parse(url);
  return parsed?.protocol === 'http:' || parsed?.protocol === 'https:' ? parsed.origin : null;
}

function bodyOf(input: string | URL | Request, init: FetchInit): SentBody | Promise<SentBody> {
  if (init.body !== undefined && init.body !== null) return toSentBody(init.body);
  if (!(input instanceof Request) || input.body === null) return toSentBody(null);
  return readRequestBody(input.body, init.signal ?? input.signal);
}

function withBody({ body }: SentBody, inVersion: FetchInit['body'] | undefined): RequestInit {
  const sent = inVersion === undefined ? body : inVersion;
  if (sent === null || sent === undefined) return {};
  const isStream =
    typeof sent === 'object' && (Symbol.asyncIterator in sent || sent instanceof ReadableStream);
  // Without `duplex`, fetch refuses a stream. The type of DOM does not know it yet.
  return isStream ? ({ body: sent, duplex: 'half' } as RequestInit) : { body: sent };
}

function headersOf(callers: Headers, { contentType }: SentBody, attempt: Attempt): Headers {
  const headers = new Headers(callers);
  if (contentType !== null && !headers.has('content-type'))
    headers.set('content-type', contentType);
  for (const [name, value] of attempt.headers) headers.set(name, value);
  return headers;
}

function headOf({ status, headers, redirected }: Response): AnswerHead {
  return {
    status,
    // After a redirect another origin may be speaking; what it speaks is not what this one does.
    header: (name) => (redirected && name === HEADERS.versions ? null : headers.get(name)),
  };
}
