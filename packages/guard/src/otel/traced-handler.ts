import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import { CountedHandler } from '../http/counted-handler.ts';

/** What a traced handler tells, each once at most. */
export interface Told {
  readonly answered: (status: number) => void;
  /** The answer is whole (`null`), or why it is not. */
  readonly ended: (error: Error | null) => void;
}

/** Another handler, listened to. What listens can keep nothing from it. */
export class TracedHandler extends CountedHandler {
  readonly #answered: Told['answered'];

  constructor(handler: Dispatcher.DispatchHandler, { answered, ended }: Told) {
    super(handler, ended);
    this.#answered = answered;
  }

  override onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: IncomingHttpHeaders,
    statusText?: string,
  ): void {
    if (status >= 200) this.#answered(status);
    super.onResponseStart(controller, status, headers, statusText);
  }
}
