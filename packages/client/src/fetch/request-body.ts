/** A body that fetch takes. */
export type FetchBody = RequestInit['body'];

/** A body as it is sent on each try. */
export interface SentBody {
  readonly body: FetchBody;
  /** Of a body that brings its own type, with a boundary in it. */
  readonly contentType: string | null;
  readonly isReplayable: boolean;
}

/**
 * The largest form, or body of a `Request` object, that is kept for another try. A larger one is
 * sent once, as it is, so that an upload never sits in memory as a whole.
 */
const KEPT_BYTES_MAX = 1_048_576;

const NO_BODY: SentBody = { body: null, contentType: null, isReplayable: true };

/** Makes of a body one whose bytes are the same on every try, where it can be. */
export function toSentBody(body: FetchBody): SentBody | Promise<SentBody> {
  if (body === null || body === undefined) return NO_BODY;
  if (typeof body === 'string' || body instanceof Blob || body instanceof URLSearchParams) {
    // Searches can be appended to while a call waits; its text cannot.
    return body instanceof URLSearchParams
      ? {
          body: String(body),
          contentType: 'application/x-www-form-urlencoded;charset=UTF-8',
          isReplayable: true,
        }
      : { body, contentType: null, isReplayable: true };
  }
  if (body instanceof ArrayBuffer || ArrayBuffer.isView(body)) {
    // The caller may reuse its buffer as soon as fetch has returned, and tries come later.
    return { body: copyOf(body), contentType: null, isReplayable: true };
  }
  if (body instanceof FormData) return sentForm(body);
  return { body, contentType: null, isReplayable: false };
}

/**
 * The body of a `Request` object, which is a stream whatever it was made from: read whole up to
 * {@link KEPT_BYTES_MAX}; above that, what was read and the rest behind it, once.
 */
export async function readRequestBody(
  stream: ReadableStream<Uint8Array>,
  signal: AbortSignal,
): Promise<SentBody> {
  const reader = stream.getReader();
  // Cancelling ends the read that is under way, so an abort need not wait for a slow source.
  const cancel = (): void => void reader.cancel(signal.reason).catch(() => undefined);
  signal.addEventListener('abort', cancel, { once: true });
  try {
    return await readUpToLimit(reader);
  } finally {
    signal.removeEventListener('abort', cancel);
    signal.throwIfAborted();
  }
}

async function readUpToLimit(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<SentBody> {
  const chunks: Uint8Array[] = [];
  for (let kept = 0; kept <= KEPT_BYTES_MAX; ) {
    const { done, value } = await reader.read();
    if (done) return { body: joined(chunks, kept), contentType: null, isReplayable: true };
    chunks.push(value);
    kept += value.byteLength;
  }
  const rest = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const chunk = chunks.shift();
      if (chunk !== undefined) {
        controller.enqueue(chunk);
        return;
      }
      const { done, value } = await reader.read();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: (reason) => reader.cancel(reason),
  });
  return { body: rest as FetchBody, contentType: null, isReplayable: false };
}

function copyOf(body: ArrayBuffer | ArrayBufferView): Uint8Array<ArrayBuffer> {
  const source = ArrayBuffer.isView(body)
    ? new Uint8Array(body.buffer, body.byteOffset, body.byteLength)
    : new Uint8Array(body);
  return new Uint8Array(source);
}

/**
 * A form gets a new boundary whenever it is sent; a server that compares bodies under a key minds.
 */
async function sentForm(form: FormData): Promise<SentBody> {
  let size = 0;
  for (const value of form.values()) size += typeof value === 'string' ? value.length : value.size;
  if (size > KEPT_BYTES_MAX) return { body: form, contentType: null, isReplayable: false };
  const encoded = new Response(form);
  return {
    body: new Uint8Array(await encoded.arrayBuffer()),
    contentType: encoded.headers.get('content-type'),
    isReplayable: true,
  };
}

function joined(chunks: readonly Uint8Array[], length: number): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.byteLength;
  }
  return whole;
}
