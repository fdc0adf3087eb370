import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import type { NamedHeadersHandler } from '../http/side-connection.ts';

/** What a traced handler tells, each once at most. */
export interface Told {
  readonly answered: (status: number) => void;
  /** The answer is whole (`null`), or why it is not. */
  readonly ended: (error: Error | null) => void;
}

/** Another handler, listened to. What listens can keep nothing from it. */
export class TracedHandler implements Dispatcher.DispatchHandler {
  readonly #handler: Dispatcher.DispatchHandler;
  readonly #told: Told;

  constructor(handler: Dispatcher.DispatchHandler, told: Told) {
    this.#handler = handler;
    this.#told = told;
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
    if (status >= 200) this.#told.answered(status);
    this.#handler.onResponseStart?.(controller, status, headers, statusText);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#handler.onResponseData?.(controller, chunk);
  }

  onResponseEnd(controller: Dispatcher.DispatchController, trailers: IncomingHttpHeaders): void {
    this.#told.ended(null);
    this.#handler.onResponseEnd?.(controller, trailers);
  }

  onResponseError(controller: Dispatcher.DispatchController, error: Error): void {
    this.#told.ended(error);
    this.#handler.onResponseError?.(controller, error);
  }
}
