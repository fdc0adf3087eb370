import type { Dispatcher } from 'undici';
import type { Attempt } from '../calls/call-request.ts';
import type { StableController } from './stable-controller.ts';

type Handler = Dispatcher.DispatchHandler;
type Controller = Dispatcher.DispatchController;
type HeadersIn = Parameters<NonNullable<Handler['onResponseStart']>>[2];

/** The caller's handler, and the controller that it holds over all tries. */
export interface Downstream {
  readonly handler: Handler;
  readonly controller: StableController;
  /** Tells the handler that its request has begun, the first time only. */
  readonly begin: (context: unknown) => void;
}

// A dropped answer up to this size is read to its end, so that its connection can be used again.
const DRAINED_BYTES_MAX = 16_384;

/**
 * Hears one try. Up to the head of its answer nothing reaches the caller; there it is decided
 * whether all the rest does, or none of it.
 */
export class TryHandler implements Handler {
  readonly #attempt: Attempt;
  readonly #downstream: Downstream;
  readonly #resolve: () => void;
  readonly #reject: (error: unknown) => void;
  #under: Controller | null = null;
  #phase: 'waiting' | 'given' | 'dropped' = 'waiting';

  constructor(
    attempt: Attempt,
    downstream: Downstream,
    settle: { readonly resolve: () => void; readonly reject: (error: unknown) => void },
  ) {
    this.#attempt = attempt;
    this.#downstream = downstream;
    this.#resolve = settle.resolve;
    this.#reject = settle.reject;
    if (attempt.signal.aborted) this.#abort();
    else attempt.signal.addEventListener('abort', this.#abort, { once: true });
  }

  onRequestStart(controller: Controller, context: unknown): void {
    this.#under = controller;
    // Given up while it still waited for a connection.
    if (this.#phase === 'dropped') {
      controller.abort(this.#attempt.signal.reason as Error);
      return;
    }
    this.#downstream.controller.follow(controller);
    this.#downstream.begin(context);
  }

  onResponseStart(controller: Controller, status: number, headers: HeadersIn, text?: string): void {
    const { handler, controller: stable } = this.#downstream;
    // An interim answer announces; it is no part of the answer, and there may be several.
    if (status < 200) {
      handler.onResponseStart?.(stable, status, headers, text);
      return;
    }
    if (this.#attempt.isFinal({ status, header: (name) => single(headers[name]) })) {
      this.#phase = 'given';
      this.#resolve();
      handler.onResponseStart?.(stable, status, headers, text);
      return;
    }
    this.#drop();
    const length = single(headers['content-length']);
    if (length === null || Number(length) > DRAINED_BYTES_MAX) {
      controller.abort(new Error('The answer was dropped: its request is sent again.'));
    }
    this.#resolve();
  }

  onResponseData(_: Controller, chunk: Buffer): void {
    if (this.#phase !== 'given') return;
    this.#downstream.handler.onResponseData?.(this.#downstream.controller, chunk);
  }

  onResponseEnd(_: Controller, trailers: HeadersIn): void {
    this.#ignoreAborts();
    if (this.#phase !== 'given') return;
    this.#attempt.done();
    this.#downstream.handler.onResponseEnd?.(this.#downstream.controller, trailers);
  }

  onResponseError(_: Controller, error: Error): void {
    this.#ignoreAborts();
    if (this.#phase === 'given') {
      this.#attempt.done();
      this.#downstream.handler.onResponseError?.(this.#downstream.controller, error);
    } else if (this.#phase === 'waiting') {
      // Whoever has no controller yet gets one now: the wait that may follow can be aborted.
      this.#downstream.begin({});
      this.#drop();
      this.#reject(error);
    }
  }

  onBodySent(chunk: Buffer): void {
    this.#downstream.handler.onBodySent?.(chunk);
  }

  onRequestSent(): void {
    this.#downstream.handler.onRequestSent?.();
  }

  readonly #abort = (): void => {
    const reason = this.#attempt.signal.reason as Error;
    if (this.#under !== null) this.#under.abort(reason);
    // No connection yet, so there is nothing to abort; the caller is not kept until there is one.
    if (this.#phase !== 'waiting') return;
    this.#drop();
    this.#reject(reason);
  };

  #drop(): void {
    this.#phase = 'dropped';
    this.#ignoreAborts();
  }

  #ignoreAborts(): void {
    this.#attempt.signal.removeEventListener('abort', this.#abort);
  }
}

function single(value: string | string[] | undefined): string | null {
  if (value === undefined) return null;
  return Array.isArray(value) ? value.join(', ') : value;
}
