import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import type { NamedHeadersHandler } from './side-connection.ts';

/** Another handler, whose end is told once: `null` where the answer is whole, or why it is not. */
export class CountedHandler implements Dispatcher.DispatchHandler {
  readonly #handler: Dispatcher.DispatchHandler;
  readonly #ended: (error: Error | null) => void;

  constructor(handler: Dispatcher.DispatchHandler, ended: (error: Error | null) => void) {
    this.#handler = handler;
    this.#ended = ended;
  }

  get wantsNames(): boolean {
    return (this.#handler as NamedHeadersHandler).wantsNames ?? true;
  }

  onRequestStart(controller: Dispatcher.DispatchController, context: unknown): void {
    this.#handler.onRequestStart?.(controller, context);
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: IncomingHttpHeaders,
    statusText?: string,
  ): void {
    this.#handler.onResponseStart?.(controller, status, headers, statusText);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#handler.onResponseData?.(controller, chunk);
  }

  // undici calls one of these two, once, whatever happened.
  onResponseEnd(controller: Dispatcher.DispatchController, trailers: IncomingHttpHeaders): void {
    this.#ended(null);
    this.#handler.onResponseEnd?.(controller, trailers);
  }

  onResponseError(controller: Dispatcher.DispatchController, error: Error): void {
    this.#ended(error);
    this.#handler.onResponseError?.(controller, error);
  }
}
