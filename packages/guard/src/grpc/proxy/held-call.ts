import type { Capture } from '../../shadow/capture.ts';
import type { SideFailure } from '../../sides/side-failure.ts';

// Nine in ten answers of services are smaller. A longer one streams from here on, and can then no
// longer be replaced.
const HELD_BYTES_MAX = 256 * 1024;

/** Hands a call over to legacy: what its caller has sent so far goes with it. */
export type FallBack = (failure: SideFailure, tookMs: number, sent: Buffer) => void;

/**
 * What is kept of a call that the candidate serves while legacy still can: what the caller sent, to
 * send it again, and the answer, until it is known not to be a failure.
 */
export class HeldCall {
  readonly #request: Capture;
  readonly #fallBack: FallBack;
  #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(request: Capture, fallBack: FallBack) {
    this.#request = request;
    this.#fallBack = fallBack;
  }

  /** True when the answer is too long to be held any longer. */
  get isFull(): boolean {
    return this.#bytes > HELD_BYTES_MAX;
  }

  /** A piece of the request goes by. */
  sent(chunk: Buffer): void {
    this.#request.add(chunk);
  }

  /** A piece of the answer is held back. */
  hold(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
  }

  /** What was held back; nothing is from then on. */
  release(): readonly Buffer[] {
    const chunks = this.#chunks;
    this.#chunks = [];
    this.#request.release();
    return chunks;
  }

  /** Hands the call over; false when the request was too long to be kept. */
  replace(failure: SideFailure, tookMs: number): boolean {
    const sent = this.#request.read();
    if (sent === null) return false;
    this.release();
    this.#fallBack(failure, tookMs, sent);
    return true;
  }
}
