import type { Cancel, Clock } from '@falsework/core/ports';

/** A body that is being received. */
export interface WatchedBody {
  /** True while more of it is waited for, and not held back by us. */
  readonly isAwaited: boolean;
  /** Bytes received so far. */
  readonly received: number;
  /** Called once, when nothing has come for too long. */
  tooSlow(): void;
}

interface Seen {
  received: number;
  atMs: number;
}

const LOOKS_PER_TIMEOUT = 10;

/**
 * Finds callers that stopped sending in the middle of a body. One timer for all of them, and none
 * while there are none: a timer for each piece of each upload would cost more than the piece.
 */
export class BodyWatch {
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #bodies = new Map<WatchedBody, Seen>();
  #cancel: Cancel | null = null;

  constructor(clock: Clock, timeoutMs: number) {
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
  }

  add(body: WatchedBody): void {
    this.#bodies.set(body, { received: -1, atMs: 0 });
    this.#cancel ??= this.#next();
  }

  remove(body: WatchedBody): void {
    this.#bodies.delete(body);
  }

  stop(): void {
    this.#cancel?.();
    this.#bodies.clear();
  }

  #next(): Cancel {
    return this.#clock.after(Math.ceil(this.#timeoutMs / LOOKS_PER_TIMEOUT), () => this.#look());
  }

  #look(): void {
    const nowMs = this.#clock.monotonicMs();
    for (const [body, seen] of this.#bodies) {
      // What a side does not take is not the caller's slowness.
      if (body.received !== seen.received || !body.isAwaited) {
        seen.received = body.received;
        seen.atMs = nowMs;
      } else if (nowMs - seen.atMs >= this.#timeoutMs) {
        this.#bodies.delete(body);
        body.tooSlow();
      }
    }
    this.#cancel = this.#bodies.size > 0 ? this.#next() : null;
  }
}
