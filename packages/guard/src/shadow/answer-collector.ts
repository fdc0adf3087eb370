import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import { failureOf, type SideFailure } from '../sides/side-failure.ts';
import type { Capture } from './capture.ts';
import type { HttpAnswer } from './http-answer.ts';

/** How asking a side ended. */
export type Collected =
  | { readonly answer: HttpAnswer; readonly failure: null }
  | { readonly answer: null; readonly failure: SideFailure };

const STOPPED = new Error('This run was stopped.');

/**
 * Takes one answer of one side as a whole, for comparing. A body longer than may be kept ends the
 * run early where its hash is of no use: the rest would be read for nothing.
 */
export class AnswerCollector implements Dispatcher.DispatchHandler {
  readonly #capture: Capture;
  readonly #done: (collected: Collected) => void;
  #controller: Dispatcher.DispatchController | null = null;
  #status = 0;
  #headers: IncomingHttpHeaders = {};
  #stoppedBy: SideFailure | null = null;
  #isDone = false;

  /** `done` is called once, when nothing of the run is left behind. */
  constructor(capture: Capture, done: (collected: Collected) => void) {
    this.#capture = capture;
    this.#done = done;
  }

  /**
   * Ends the run. A connection that is still being made cannot be taken back; the run then ends
   * when it is there.
   */
  stop(because: SideFailure): void {
    this.#stoppedBy ??= because;
    this.#controller?.abort(STOPPED);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#stoppedBy !== null) controller.abort(STOPPED);
  }

  onResponseStart(_controller: unknown, status: number, headers: IncomingHttpHeaders): void {
    this.#status = status;
    this.#headers = headers;
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#capture.add(chunk);
    if (this.#capture.overflow === null || this.#capture.isHashed) return;
    this.#end({ answer: this.#answer(), failure: null });
    controller.abort(STOPPED);
  }

  onResponseEnd(): void {
    this.#end({ answer: this.#answer(), failure: null });
  }

  onResponseError(_controller: unknown, error: Error): void {
    const failure = this.#stoppedBy ?? failureOf(error, this.#status >= 200);
    this.#end({ answer: null, failure });
  }

  #answer(): HttpAnswer {
    return { status: this.#status, headers: this.#headers, capture: this.#capture, body: null };
  }

  #end(collected: Collected): void {
    if (this.#isDone) return;
    this.#isDone = true;
    this.#done(collected);
  }
}
