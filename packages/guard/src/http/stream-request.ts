import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import type { CallerRequest } from './caller.ts';
import type { CallerConnection } from './forwarding.ts';
import { streamHead } from './stream-head.ts';

const END_STREAM = 0x1;

/** A request that came over HTTP/2. */
export class StreamRequest implements CallerRequest {
  readonly method: string;
  readonly url: string;
  readonly rawHeaders: string[];
  /** What makes it unclear for whom the request is; `null` for nothing. */
  readonly flaw: string | null;
  /** Whether a body follows. Its length may not be known. */
  readonly hasBody: boolean;
  /** The caller's, as far as sides are told of it. */
  readonly connection: CallerConnection;
  readonly #stream: ServerHttp2Stream;

  constructor(
    stream: ServerHttp2Stream,
    received: { readonly headers: IncomingHttpHeaders; readonly raw: string[]; flags: number },
    connection: CallerConnection,
  ) {
    this.#stream = stream;
    this.connection = connection;
    const { headers, raw, flags } = received;
    ({
      method: this.method,
      url: this.url,
      rawHeaders: this.rawHeaders,
      flaw: this.flaw,
    } = streamHead(headers, raw));
    this.hasBody = (flags & END_STREAM) === 0;
  }

  get complete(): boolean {
    return this.#stream.readableEnded;
  }

  on(event: string, listener: (chunk: Buffer) => void): this {
    this.#stream.on(event, listener);
    return this;
  }

  off(event: string, listener: (chunk: Buffer) => void): this {
    this.#stream.off(event, listener);
    return this;
  }

  pause(): this {
    this.#stream.pause();
    return this;
  }

  resume(): this {
    this.#stream.resume();
    return this;
  }
}
