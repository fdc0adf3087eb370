import { Readable } from 'node:stream';
import type { Capture } from '../shadow/capture.ts';
import type { BodySource } from './caller.ts';

/** How a body ends when its caller left in the middle of it. */
export const CALLER_GONE = new Error('The caller left before its request was complete.');

/**
 * The body of a request on its way upstream. undici destroys the stream that it is given when the
 * side fails or answers early; were that the caller's own stream, its connection would go with it,
 * and the answer could not be delivered.
 */
export class RequestBody extends Readable {
  readonly #request: BodySource;
  /** A copy for a shadow or for a second attempt; `null` when neither can follow. */
  readonly #capture: Capture | null;
  #whenSettled: (() => void) | null = null;

  constructor(request: BodySource, capture: Capture | null) {
    super();
    this.#request = request;
    this.#capture = capture;
    request.on('data', this.#onData);
    request.on('end', this.#onEnd);
    request.on('close', this.#onClose);
    // Whoever sends the body learns of its end from undici; nobody need be sending it yet, or any
    // more.
    this.on('error', () => {});
    // Attaching a listener makes the stream flow; it is to wait until somebody reads.
    request.pause();
  }

  get capture(): Capture | null {
    return this.#capture;
  }

  /**
   * Reads until the body is whole or too large to be kept, then calls `then`. What has been read so
   * far is still there to be streamed.
   */
  collect(then: () => void): void {
    this.#whenSettled = then;
    this.#request.resume();
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#capture?.add(chunk);
    const wantsMore = this.push(chunk);
    if (this.#whenSettled === null) {
      if (!wantsMore) this.#request.pause();
    } else if (this.#capture === null || this.#capture.overflow !== null) {
      this.#request.pause();
      this.#settle();
    }
  };

  readonly #onEnd = (): void => {
    this.push(null);
    this.#settle();
  };

  readonly #onClose = (): void => {
    if (!this.#request.complete) this.destroy(CALLER_GONE);
  };

  #settle(): void {
    const then = this.#whenSettled;
    this.#whenSettled = null;
    then?.();
  }

  override _read(): void {
    this.#request.resume();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#request.off('data', this.#onData);
    this.#request.off('end', this.#onEnd);
    this.#request.off('close', this.#onClose);
    this.#whenSettled = null;
    // What nobody reads any more is thrown away, so that the connection can take its next request.
    this.#request.resume();
    callback(error);
  }
}
