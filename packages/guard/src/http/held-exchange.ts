import type { IncomingHttpHeaders } from 'node:http';
import type { Cancel } from '@falsework/core/ports';
import type { Dispatcher } from 'undici';
import { failureOf, failureOfStatus, type SideFailure, TIMED_OUT } from '../sides/side-failure.ts';
import { Exchange, type Visit } from './exchange.ts';
import { isOfBody } from './request-body.ts';

// Nine in ten answers of services are smaller. A longer one streams from here on, and can then no
// longer be replaced.
const HELD_BYTES_MAX = 256 * 1024;

const REPLACED = new Error('Legacy answers instead.');

/**
 * A read that the candidate serves while legacy still can. Its answer is held back until it is
 * whole, so that a candidate that is dead, hangs, fails, speaks garbage or breaks off costs its
 * caller some time and nothing else: legacy answers.
 */
export class HeldExchange extends Exchange {
  /** The pieces held back; `null` once they were let go. */
  #held: Buffer[] | null = [];
  #heldBytes = 0;
  #statusText = '';
  #cancelTimer: Cancel = () => {};

  override send(): void {
    const { clock, candidateTimeoutMs } = this.visit.context;
    this.#cancelTimer = clock.after(candidateTimeoutMs, () => this.#fallBack(TIMED_OUT));
    super.send();
  }

  override onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: IncomingHttpHeaders,
    statusText = '',
  ): void {
    if (status < 200 || this.isOver) return;
    this.status = status;
    this.#statusText = statusText;
    const failure = failureOfStatus(status);
    if (failure !== null) {
      this.#fallBack(failure);
      return;
    }
    this.noteStream(headers);
    this.visit.record?.began(status, headers);
    // Such an answer never ends.
    if (this.isStream) this.#letGo(controller);
  }

  override onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.isOver) return;
    if (this.#held === null) {
      super.onResponseData(controller, chunk);
      return;
    }
    this.visit.record?.add(chunk);
    this.#held.push(chunk);
    this.#heldBytes += chunk.length;
    if (this.#heldBytes > HELD_BYTES_MAX) this.#letGo(controller);
  }

  override onResponseEnd(controller: Dispatcher.DispatchController): void {
    if (this.isOver) return;
    this.#letGo(controller);
    // Letting go may have found that the answer cannot be passed on.
    if (!this.isOver) super.onResponseEnd(controller);
  }

  override onClose(): void {
    this.#cancelTimer();
    super.onClose();
  }

  protected override fail(error: unknown): void {
    if (this.#held === null || isOfBody(error)) super.fail(error);
    else this.#fallBack(failureOf(error, this.status >= 200));
  }

  #letGo(controller: Dispatcher.DispatchController): void {
    const held = this.#held;
    if (held === null) return;
    this.open(controller, this.#statusText);
    // An answer that cannot be passed on has been replaced by legacy's.
    if (this.isOver) return;
    this.#cancelTimer();
    this.#held = null;
    for (const chunk of held) this.write(controller, chunk);
  }

  /** Gives the candidate up and asks legacy. */
  #fallBack(failure: SideFailure): void {
    if (this.isOver) return;
    this.isOver = true;
    this.#cancelTimer();
    this.#held = null;
    const { route, record } = this.visit;
    this.countServed(failure);
    route.counts.fallbacks += 1;
    record?.fellBack(failure, this.tookMs());
    const visit: Visit = { ...this.visit, side: 'legacy' };
    new Exchange(visit).send();
    this.controller?.abort(REPLACED);
  }
}
