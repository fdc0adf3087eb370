import type { Dispatcher } from 'undici';
import type { CallRequest } from '../calls/call-request.ts';
import { Caller } from '../calls/caller.ts';
import type { CallOptions, ClientOptions } from '../calls/client-options.ts';
import { readHeader, withHeaders } from './headers.ts';
import { StableController } from './stable-controller.ts';
import { TryHandler } from './try-handler.ts';

type Options = Dispatcher.DispatchOptions;
type Handler = Dispatcher.DispatchHandler;
type Dispatch = Dispatcher['dispatch'];

/**
 * An interceptor for `dispatcher.compose`: adds the idempotency key, negotiates the version, and
 * repeats what may be repeated, beneath everything that undici offers. Answers and errors stay
 * those of undici; `reportOf(error)` tells what became of a call. Bodies that are text or bytes can
 * be sent again, streams and forms cannot. Throws `FW_CLIENT_OPTION`.
 *
 * ```ts
 * const agent = new Agent().compose(safeCalls({ versions: ['2', '1'] }));
 * const { statusCode } = await agent.request({ origin, path: '/orders', method: 'GET' });
 * ```
 */
export function safeCalls(options: ClientOptions = {}): Dispatcher.DispatcherComposeInterceptor {
  const caller = new Caller(options);
  return (dispatch) => (opts, handler) => {
    const origin = URL.parse(String(opts.origin))?.origin;
    // A tunnel is no call: what runs through it belongs to its two ends.
    if (origin === undefined || opts.method === 'CONNECT' || isUpgrade(opts)) {
      return dispatch(opts, handler);
    }
    return makeCall(caller, { dispatch, opts, handler, origin });
  };
}

/** Options of one request through {@link safeCalls}, beside those of undici. */
export function withCall<Request extends object>(request: Request, call: CallOptions): Request {
  return { ...request, falsework: call };
}

interface Exchange {
  readonly dispatch: Dispatch;
  readonly opts: Options;
  readonly handler: Handler;
  readonly origin: string;
}

function makeCall(caller: Caller, { dispatch, opts, handler, origin }: Exchange): boolean {
  const aborted = new AbortController();
  const controller = new StableController((reason) => aborted.abort(reason));
  let hasBegun = false;
  const begin = (context: unknown): void => {
    if (hasBegun) return;
    hasBegun = true;
    handler.onRequestStart?.(controller, context);
  };
  const body = bodyOf(opts.body);
  const { falsework = {}, signal } = opts as Options & {
    readonly falsework?: CallOptions;
    readonly signal?: unknown;
  };
  const request: CallRequest = {
    method: opts.method.toUpperCase(),
    origin,
    header: (name) => readHeader(opts.headers, name),
    isReplayable: body.isReplayable,
    signal:
      signal instanceof AbortSignal ? AbortSignal.any([signal, aborted.signal]) : aborted.signal,
    options: falsework,
  };
  let hasRoom = true;
  const call = caller.call<void>(
    request,
    (attempt) =>
      new Promise((resolve, reject) => {
        const headers = withHeaders(opts.headers, attempt.headers);
        const settle = { resolve, reject };
        const heard = new TryHandler(attempt, { handler, controller, begin }, settle);
        hasRoom = dispatch({ ...opts, body: body.body, headers } as Options, heard);
      }),
  );
  call.catch((error: Error) => handler.onResponseError?.(controller, error));
  // The first try is sent before `call` returns, so this is what the dispatcher said of it.
  return hasRoom;
}

function isUpgrade({ upgrade }: Options): boolean {
  return upgrade !== undefined && upgrade !== null && upgrade !== false;
}

function bodyOf(body: Options['body']): { body: Options['body']; isReplayable: boolean } {
  if (body === undefined || body === null || typeof body === 'string') {
    return { body: body ?? null, isReplayable: true };
  }
  // The caller may reuse its buffer once the first try is sent.
  if (body instanceof Uint8Array) return { body: new Uint8Array(body), isReplayable: true };
  return { body, isReplayable: false };
}
