import type { EffectLog, NotedAnswer, NotedCall } from './effect-log.ts';

/** True when a call that is asked for is one that the authority made, under the seam's rules. */
export type IsSameCall = (noted: NotedCall, asked: NotedCall) => boolean;

/**
 * Answers for a run that must not do what it means to do: those that the authority got when it made
 * the same call. Each is handed out once, in order, so that a balance that was read before and
 * after a write is read as two values here as well.
 */
export class StandIns {
  readonly #left: NotedCall[];
  readonly #isSame: IsSameCall;

  constructor(authority: EffectLog, isSame: IsSameCall) {
    this.#left = [...authority.calls];
    this.#isSame = isSame;
  }

  /**
   * What the authority got for this call; `null` when it made no such call, or got no answer yet.
   */
  take(effect: string, args: readonly unknown[]): NotedAnswer | null {
    const asked: NotedCall = { effect, args, isWrite: true, answer: null };
    const at = this.#left.findIndex(
      (noted) => noted.effect === effect && this.#isSame(noted, asked),
    );
    return this.#left.splice(at, at === -1 ? 0 : 1)[0]?.answer ?? null;
  }
}
