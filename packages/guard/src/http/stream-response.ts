import { constants, type OutgoingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import type { CallerAnswer } from './caller.ts';
import type { Listening } from './caller-response.ts';

const { NGHTTP2_INTERNAL_ERROR, NGHTTP2_NO_ERROR } = constants;

/**
 * The answer to a request that came over HTTP/2. Breaking it off resets its stream, and leaves the
 * others of the connection alone.
 */
export class StreamResponse implements CallerAnswer {
  listening: Listening | null = null;
  // A connection that is to end says so to its caller as a whole, and finishes what is under way.
  shouldKeepAlive = true;
  readonly #stream: ServerHttp2Stream;
  #trailers: OutgoingHttpHeaders = {};
  /** True when the answer has no body, whatever its side sends. */
  #isBodiless = false;

  constructor(stream: ServerHttp2Stream) {
    this.#stream = stream;
    stream.on('drain', () => this.listening?.onDrain());
    stream.on('close', () => this.listening?.onClose());
    stream.on('wantTrailers', () => {
      stream.sendTrailers(this.#trailers);
      // Node sends them a turn later.
      setImmediate(() => this.#stopReceiving());
    });
    // A reset stream is closed too, which is where it is dealt with.
    stream.on('error', () => {});
  }

  get headersSent(): boolean {
    return this.#stream.headersSent;
  }

  writeHead(status: number, _reason: string, headers: string[]): void {
    // The caller may have left since; whoever writes hears of it by its own way.
    if (this.#stream.destroyed) return;
    const named = namedValues(headers);
    named[':status'] = status;
    // Node ends an answer to HEAD, a 204, a 205 and a 304 with its head.
    this.#stream.respond(named, { waitForTrailers: true, sendDate: false } as object);
    this.#isBodiless = this.#stream.writableEnded;
  }

  write(chunk: Buffer): boolean {
    return this.#isBodiless || this.#stream.destroyed || this.#stream.write(chunk);
  }

  addTrailers(pairs: readonly [string, string][]): void {
    this.#trailers = namedValues(pairs.flat());
  }

  end(chunk?: Buffer): void {
    const stream = this.#stream;
    if (stream.destroyed) return;
    if (this.#isBodiless) this.#stopReceiving();
    else if (chunk === undefined) stream.end();
    else stream.end(chunk);
  }

  destroy(): void {
    this.#stream.close(NGHTTP2_INTERNAL_ERROR);
  }

  onceOver(over: () => void): void {
    this.#stream.once('close', over);
  }

  /**
   * What is still being sent to us is for nobody any more, and its caller is told to stop: RFC
   * 9113, section 8.1.
   */
  #stopReceiving(): void {
    const { endAfterHeaders, readableEnded } = this.#stream;
    if (!endAfterHeaders && !readableEnded) this.#stream.close(NGHTTP2_NO_ERROR);
  }
}

/** HTTP/2 knows names in lower case only. A name that is repeated becomes a list. */
function namedValues(flat: readonly string[]): OutgoingHttpHeaders {
  // Without a prototype, so that no name is one of its own already.
  const named = Object.create(null) as Record<string, string | string[]>;
  for (let i = 0; i < flat.length; i += 2) {
    const name = (flat[i] as string).toLowerCase();
    const value = flat[i + 1] as string;
    const known = named[name];
    if (known === undefined) named[name] = value;
    else if (typeof known === 'string') named[name] = [known, value];
    else known.push(value);
  }
  return named;
}
