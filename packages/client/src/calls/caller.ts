import { ConstantBackoff, handleWhenResult, type RetryPolicy, retry } from 'cockatiel';
import { fullJitter } from './backoff.ts';
import { AGAIN, type BackoffFactory, Call } from './call.ts';
import type { CallRequest, Send } from './call-request.ts';
import { type ClientOptions, type Settings, settle } from './client-options.ts';

/**
 * What fetch, the interceptor and the adapter have in common: keys, versions, retries, deadlines.
 * Throws `FW_CLIENT_OPTION`. @internal
 */
export class Caller {
  readonly #settings: Settings;
  readonly #retries: RetryPolicy;
  readonly #backoff: BackoffFactory;

  constructor(options: ClientOptions) {
    this.#settings = settle(options);
    this.#backoff = fullJitter(this.#settings.backoff, this.#settings.random);
    // The policy repeats; whether to, and after which wait, is judged at the head of the answer. It
    // waits no time of its own, because its timers can be neither cancelled nor simulated: an
    // aborted call would linger for as long as a server asked to be left alone.
    this.#retries = retry(
      handleWhenResult((result) => result === AGAIN),
      { maxAttempts: Number.MAX_SAFE_INTEGER, backoff: new ConstantBackoff(0) },
    );
  }

  /** Makes the call. Rejects with what the transport threw, the caller's own abort reason,
   * `FW_CLIENT_DEADLINE` or `FW_CLIENT_TRY_TIMEOUT`. */
  call<Given>(request: CallRequest, send: Send<Given>): Promise<Given> {
    return new Call(this.#settings, request, this.#backoff()).run(this.#retries, send);
  }
}
