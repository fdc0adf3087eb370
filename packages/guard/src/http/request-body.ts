import { Readable } from 'node:stream';
import type { Capture } from '../shadow/capture.ts';
import type { BodyWatch, WatchedBody } from './body-watch.ts';
import type { BodySource } from './caller.ts';

/** How a body ends when its caller left in the middle of it. */
export const CALLER_GONE = new Error('The caller left before its request was complete.');

/** It is longer than a body may be. */
export const TOO_LONG = new Error('The body is longer than it may be.');

/** Its caller stopped sending. */
export const TOO_SLOW = new Error('The caller sent nothing for too long.');

/** True when a request failed by its body, which no other side would get either. */
export function isOfBody(error: unknown): boolean {
  return error === CALLER_GONE || error === TOO_LONG || error === TOO_SLOW;
}

/** What a body may be, and who looks after it. */
export interface BodyLimits {
  readonly bytesMax: number | null;
  readonly watch: BodyWatch;
}

/**
 * The body of a request on its way upstream. undici destroys the stream that it is given when the
 * side fails or answers early; were that the caller's own stream, its connection would go with it,
 * and the answer could not be delivered.
 */
export class RequestBody extends Readable implements WatchedBody {
  readonly #request: BodySource;
  /** A copy for a shadow or for a second attempt; `null` when neither can follow. */
  readonly #capture: Capture | null;
  readonly #limits: BodyLimits;
  #whenSettled: ((failure: Error | null) => void) | null = null;
  #received = 0;
  #isAwaited = false;

  constructor(request: BodySource, capture: Capture | null, limits: BodyLimits) {
    super();
    this.#limits = limits;
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
    limits.watch.add(this);
  }

  get received(): number {
    return this.#received;
  }

  get isAwaited(): boolean {
    return this.#isAwaited;
  }

  tooSlow(): void {
    this.destroy(TOO_SLOW);
  }

  get capture(): Capture | null {
    return this.#capture;
  }

  /**
   * Reads until the body is whole or too large to be kept, then calls `then`. What has been read so
   * far is still there to be streamed. `then` is told of a body that fails before.
   */
  collect(then: (failure: Error | null) => void): void {
    this.#whenSettled = then;
    this.#isAwaited = true;
    this.#request.resume();
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#received += chunk.length;
    const { bytesMax } = this.#limits;
    if (bytesMax !== null && this.#received > bytesMax) {
      this.destroy(TOO_LONG);
      return;
    }
    this.#capture?.add(chunk);
    const wantsMore = this.push(chunk);
    if (this.#whenSettled === null) {
      if (!wantsMore) this.#hold();
    } else if (this.#capture === null || this.#capture.overflow !== null) {
      this.#hold();
      this.#settle(null);
    }
  };

  readonly #onEnd = (): void => {
    this.#limits.watch.remove(this);
    this.push(null);
    this.#settle(null);
  };

  readonly #onClose = (): void => {
    if (!this.#request.complete) this.destroy(CALLER_GONE);
  };

  #hold(): void {
    this.#isAwaited = false;
    this.#request.pause();
  }

  #settle(failure: Error | null): void {
    const then = this.#whenSettled;
    this.#whenSettled = null;
    then?.(failure);
  }

  override _read(): void {
    this.#isAwaited = true;
    this.#request.resume();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#request.off('data', this.#onData);
    this.#request.off('end', this.#onEnd);
    this.#request.off('close', this.#onClose);
    this.#limits.watch.remove(this);
    if (error !== null) this.#settle(error);
    this.#whenSettled = null;
    // What nobody reads any more is thrown away, so that the connection can take its next request.
    this.#request.resume();
    callback(error);
  }
}
