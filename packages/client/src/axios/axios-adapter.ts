import axios, {
  type AxiosAdapter,
  AxiosHeaders,
  type AxiosResponse,
  type InternalAxiosRequestConfig,
} from 'axios';
import type { AnswerHead, CallRequest } from '../calls/call-request.ts';
import { Caller } from '../calls/caller.ts';
import type { CallOptions, ClientOptions } from '../calls/client-options.ts';

/** How an adapter of ours behaves. */
export interface SafeAdapterOptions extends ClientOptions {
  /** What sends each try: one of axios's own by name, or any other. Default: as axios chooses. */
  readonly adapter?: InternalAxiosRequestConfig['adapter'];
}

// axios's own order of preference.
const ADAPTERS: InternalAxiosRequestConfig['adapter'] = ['xhr', 'http', 'fetch'];

/**
 * An adapter for axios that adds the idempotency key, negotiates the version, and repeats what may
 * be repeated. Answers and errors are axios's own: what `validateStatus` refuses still rejects with
 * an
 * `AxiosError`, of the last try; `reportOf` tells what became of the call. Bodies that are text or
 * bytes once axios has transformed them can be sent again, streams and forms cannot. Throws
 * `FW_CLIENT_OPTION`; calls reject with `FW_CLIENT_DEADLINE` and `FW_CLIENT_TRY_TIMEOUT` too.
 *
 * ```ts
 * const http = axios.create({ baseURL, adapter: safeAdapter({ versions: ['2', '1'] }) });
 * const { data } = await http.post('/orders', { sku: 'a-1' });
 * ```
 */
export function safeAdapter(options: SafeAdapterOptions = {}): AxiosAdapter {
  const caller = new Caller(options);
  return (config) => {
    const send = axios.getAdapter(options.adapter ?? ADAPTERS, config);
    const { baseURL, url, allowAbsoluteUrls } = config;
    const uri = axios.getUri({
      ...(baseURL === undefined ? {} : { baseURL }),
      ...(url === undefined ? {} : { url }),
      ...(allowAbsoluteUrls === undefined ? {} : { allowAbsoluteUrls }),
    });
    const origin = URL.parse(uri)?.origin;
    // An address that is none: the error that axios makes of it is the clearer one.
    return origin === undefined ? send(config) : makeCall(caller, send, config, origin);
  };
}

/** Options of one request through {@link safeAdapter}, beside those of axios. */
export function withCall<Config extends object>(config: Config, call: CallOptions): Config {
  return { ...config, falsework: call };
}

function makeCall(
  caller: Caller,
  send: AxiosAdapter,
  config: InternalAxiosRequestConfig,
  origin: string,
): Promise<AxiosResponse> {
  const { falsework = {} } = config as { readonly falsework?: CallOptions };
  const callers = new AxiosHeaders(config.headers);
  // The caller may reuse its buffer once the first try is sent.
  const data = config.data instanceof Uint8Array ? Buffer.from(config.data) : config.data;
  const request: CallRequest = {
    method: (config.method ?? 'get').toUpperCase(),
    origin,
    header: (name) => textOf(callers.get(name)),
    isReplayable: isReplayable(config.data),
    signal: signalOf(config.signal),
    options: falsework,
  };
  return caller.call(request, async (attempt) => {
    const headers = new AxiosHeaders(callers);
    for (const [name, value] of attempt.headers) headers.set(name, value);
    const tried = { ...config, data, headers, signal: attempt.signal };
    const { response, error } = await sendOnce(send, tried);
    // No answer at all.
    if (response === undefined) throw error;
    if (!attempt.isFinal(headOf(response))) {
      drop(response);
      return response;
    }
    if (config.responseType !== 'stream') attempt.done();
    if (error !== undefined) throw error;
    return response;
  });
}

/** One try. An answer whose status axios rejects is an answer all the same. */
async function sendOnce(
  send: AxiosAdapter,
  config: InternalAxiosRequestConfig,
): Promise<{ response?: AxiosResponse; error?: unknown }> {
  try {
    return { response: await send(config) };
  } catch (error) {
    const response = axios.isAxiosError(error) ? error.response : undefined;
    return response === undefined ? { error } : { response, error };
  }
}

function headOf({ status, headers }: AxiosResponse): AnswerHead {
  const read = AxiosHeaders.from(headers as AxiosHeaders);
  return { status, header: (name) => textOf(read.get(name)) };
}

function textOf(value: unknown): string | null {
  return value === undefined || value === null ? null : String(value);
}

function isReplayable(data: unknown): boolean {
  if (data === undefined || data === null || typeof data === 'string') return true;
  return data instanceof ArrayBuffer || ArrayBuffer.isView(data);
}

/** axios takes anything that looks like a signal; ours has to be one. */
function signalOf(signal: InternalAxiosRequestConfig['signal']): AbortSignal | null {
  if (signal === undefined || signal instanceof AbortSignal) return signal ?? null;
  const aborted = new AbortController();
  if (signal.aborted) aborted.abort();
  else signal.addEventListener?.('abort', () => aborted.abort());
  return aborted.signal;
}

/** Only a stream still holds its connection; anything else has arrived whole. */
function drop({ data }: AxiosResponse): void {
  (data as { readonly destroy?: () => void } | null)?.destroy?.();
}
