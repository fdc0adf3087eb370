import type { Dispatcher } from 'undici';

type Controller = Dispatcher.DispatchController;
type RawHeaders = Exclude<Controller['rawHeaders'], undefined>;

/**
 * The one controller that the caller's handler holds over all tries. Each try has its own
 * underneath; without this one, a caller that paused or aborted would speak to a connection that is
 * gone.
 */
export class StableController implements Controller {
  readonly #onAbort: (reason: Error) => void;
  #under: Controller | null = null;
  #isPaused = false;
  #reason: Error | null = null;

  constructor(onAbort: (reason: Error) => void) {
    this.#onAbort = onAbort;
  }

  /** Speaks to this try from now on. */
  follow(under: Controller): void {
    this.#under = under;
    if (this.#reason !== null) under.abort(this.#reason);
    else if (this.#isPaused) under.pause();
  }

  abort(reason: Error): void {
    if (this.#reason !== null) return;
    this.#reason = reason;
    this.#under?.abort(reason);
    this.#onAbort(reason);
  }

  pause(): void {
    this.#isPaused = true;
    this.#under?.pause();
  }

  resume(): void {
    this.#isPaused = false;
    this.#under?.resume();
  }

  get aborted(): boolean {
    return this.#reason !== null || (this.#under?.aborted ?? false);
  }

  get paused(): boolean {
    return this.#isPaused || (this.#under?.paused ?? false);
  }

  get reason(): Error | null {
    return this.#reason ?? this.#under?.reason ?? null;
  }

  get rawHeaders(): RawHeaders {
    return this.#under?.rawHeaders ?? null;
  }

  // Interceptors that change an answer, such as undici's own that inflates bodies, write here.
  set rawHeaders(rawHeaders: RawHeaders) {
    if (this.#under !== null) this.#under.rawHeaders = rawHeaders;
  }

  get rawTrailers(): RawHeaders {
    return this.#under?.rawTrailers ?? null;
  }

  set rawTrailers(rawTrailers: RawHeaders) {
    if (this.#under !== null) this.#under.rawTrailers = rawTrailers;
  }
}
