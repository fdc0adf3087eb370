import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import { decodeBody } from '../shadow/decode-body.ts';
import { failureOf } from '../sides/side-failure.ts';
import type { WriteTicket } from '../writes/index.ts';
import { Exchange, type Visit } from './exchange.ts';

// A longer answer goes on to its caller as it comes, and nothing is learned from it.
const HELD_BYTES_MAX = 1024 * 1024;

const UNDELIVERABLE = new Error('The answer cannot be passed on.');

/** How an exchange with a journal stands. */
type Phase =
  /** The authority has not said all that the journal needs. */
  | 'asking'
  /** It has; the journal is writing it down. */
  | 'noting'
  /** What the caller gets from here on changes nothing. */
  | 'noted';

/**
 * A write that is journaled: what the authority answers is noted before the caller hears of it. It
 * ends when the authority has answered, also where its caller has left: breaking it off would leave
 * a write of which nobody knows whether it took effect.
 */
export class WriteExchange extends Exchange {
  readonly #ticket: WriteTicket;
  /** New identifiers stand in the answer: it is waited for as a whole. */
  readonly #isLearning: boolean;
  #phase: Phase = 'asking';
  #statusText = '';
  #encoding: string | null = null;
  #held: Buffer[] = [];
  #heldBytes = 0;
  #hasEnded = false;
  #hasLeft = false;

  constructor(visit: Visit, ticket: WriteTicket, isLearning: boolean) {
    super(visit);
    this.#ticket = ticket;
    this.#isLearning = isLearning;
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
    this.#encoding = headers['content-encoding'] ?? null;
    this.noteStream(headers);
    if (!this.#isLearning || this.isStream) void this.#note(controller, null);
  }

  override onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.isOver) return;
    if (this.#phase === 'noted') {
      super.onResponseData(controller, chunk);
      return;
    }
    this.#held.push(chunk);
    this.#heldBytes += chunk.length;
    const isTooLong = this.#heldBytes > HELD_BYTES_MAX;
    if (this.#phase === 'asking' && isTooLong) void this.#note(controller, null);
  }

  override onResponseEnd(controller: Dispatcher.DispatchController): void {
    if (this.isOver) return;
    if (this.#phase === 'noted') {
      super.onResponseEnd(controller);
      return;
    }
    this.#hasEnded = true;
    if (this.#phase === 'asking') void this.#note(controller, Buffer.concat(this.#held));
  }

  override onResponseError(controller: Dispatcher.DispatchController | null, error: Error): void {
    if (this.isOver) return;
    if (this.#phase === 'asking') this.#noteFailure(error);
    this.#phase = 'noted';
    if (this.#hasLeft) super.onClose();
    else super.onResponseError(controller, error);
  }

  override onClose(): void {
    if (this.isOver) return;
    if (this.#phase === 'noted') super.onClose();
    else this.#hasLeft = true;
  }

  /** Tells the journal how the write ended, and then the caller. Never rejects. */
  async #note(controller: Dispatcher.DispatchController, answer: Buffer | null): Promise<void> {
    this.#phase = 'noting';
    if (!this.#hasEnded) controller.pause();
    await this.#ticket.answered(this.status, await this.#decoded(answer));
    if (this.isOver || this.#phase !== 'noting') return;
    this.#phase = 'noted';
    if (this.#hasLeft) {
      super.onClose();
      return;
    }
    this.#passOn(controller);
  }

  async #decoded(answer: Buffer | null): Promise<Uint8Array | null> {
    if (answer === null) return null;
    const body = await decodeBody(answer, this.#encoding, HELD_BYTES_MAX);
    return body.kind === 'whole' ? body.bytes : null;
  }

  #passOn(controller: Dispatcher.DispatchController): void {
    const { response } = this.visit;
    this.open(controller, this.#statusText);
    if (this.isOver) return;
    // undici tells nothing more of an answer that had ended already.
    if (!response.headersSent) {
      this.fail(UNDELIVERABLE);
      return;
    }
    let hasRoom = true;
    for (const chunk of this.#held) hasRoom = response.write(chunk);
    this.#held = [];
    if (this.#hasEnded) super.onResponseEnd(controller);
    // Last, because it hands over at once what has come meanwhile.
    else if (hasRoom) controller.resume();
  }

  #noteFailure(error: unknown): void {
    // By its status the write has ended, though the rest of the answer never came.
    if (this.status >= 200) void this.#ticket.answered(this.status, null);
    else void this.#ticket.failed({ isSent: !isUnsent(error) });
  }
}

/** True only where nothing can have reached the side. */
function isUnsent(error: unknown): boolean {
  const { kind, code } = failureOf(error, false);
  if (kind === 'refused' || kind === 'not-found') return true;
  return code === 'UND_ERR_CONNECT_TIMEOUT' || code === 'UND_ERR_INVALID_ARG';
}
