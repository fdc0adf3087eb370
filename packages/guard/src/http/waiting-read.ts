import type { FenceReason, Side } from '@falsework/core/routing';
import type { Route } from '../routes/route.ts';
import { TIMED_OUT } from '../sides/side-failure.ts';
import type { CallerAnswer, CallerRequest } from './caller.ts';
import type { Listening } from './caller-response.ts';
import { refuseForSide } from './refusal.ts';
import type { RequestHead } from './request-head.ts';
import type { AddedHeaders } from './response-head.ts';

/** What is found in the head of a request that decides how it goes on. */
export type TakenHead = Pick<RequestHead, 'headers' | 'hasBody' | 'isConditional'>;

/** A read that has come in, and that a fence has to let through. */
export interface ArrivedRead {
  readonly request: CallerRequest;
  readonly response: CallerAnswer;
  readonly route: Route;
  readonly key: string | null;
  /** The side on which its workflow began; `null` when it is of none. */
  readonly pin: Side | null;
  /** Whose answer it goes without when the stores take too long to say, and what goes with that. */
  readonly doubt: { readonly side: Side; readonly added: AddedHeaders };
}

/**
 * A read whose side is not known yet, because the stores are being asked. Its body, if it has one,
 * stays with the caller until then: nothing of it is read, so nothing of it is lost.
 */
export class WaitingRead implements TakenHead, Listening {
  readonly arrived: ArrivedRead;
  // Taken out of the head, which by the time of the answer is some other request's.
  readonly headers: string[];
  readonly hasBody: boolean;
  readonly isConditional: boolean;
  #isOver = false;

  constructor(arrived: ArrivedRead, { headers, hasBody, isConditional }: TakenHead) {
    this.arrived = arrived;
    this.headers = headers;
    this.hasBody = hasBody;
    this.isConditional = isConditional;
    arrived.response.listening = this;
  }

  /**
   * Goes on once the fence has spoken, unless the caller has left or the request has taken as long
   * as it may. `asked` never rejects, and nor does this; `failed` hears of what `goOn` throws.
   */
  async until(
    asked: Promise<FenceReason | null>,
    goOn: (waited: this, reason: FenceReason | null) => void,
    failed: () => void,
  ): Promise<void> {
    const reason = await asked;
    if (this.#isOver) return;
    // Whoever serves it listens from here on. One that cannot be served is refused, and has not
    // left.
    this.#isOver = true;
    try {
      goOn(this, reason);
    } catch {
      failed();
      this.arrived.response.destroy();
    }
  }

  onDrain(): void {
    // Nothing was written yet.
  }

  onClose(): void {
    this.#end();
  }

  expire(): void {
    if (!this.#end()) return;
    const { response, doubt } = this.arrived;
    refuseForSide(response, doubt.side, TIMED_OUT, doubt.added);
  }

  /** False when it had ended already. */
  #end(): boolean {
    if (this.#isOver) return false;
    this.#isOver = true;
    this.arrived.route.counts.abandoned += 1;
    return true;
  }
}
