import type { Clock } from '@falsework/core/ports';
import type { AnswerHead, Attempt } from './call-request.ts';

/** What was decided at the head of an answer. */
export type Verdict = 'undecided' | 'final' | 'again' | 'other-version';

interface AttemptInput {
  readonly headers: Attempt['headers'];
  readonly version: string | null;
  readonly callerSignal: AbortSignal | null;
  readonly judge: (attempt: Attempting, head: AnswerHead) => void;
  readonly done: () => void;
}

/** One try under way: its signal, its time limit and what was decided of it. */
export class Attempting implements Attempt {
  readonly headers: Attempt['headers'];
  readonly version: string | null;
  readonly signal: AbortSignal;
  readonly done: () => void;
  verdict: Verdict = 'undecided';
  /** Which of our own limits ended it, if one did. */
  stoppedBy: 'deadline' | 'try-timeout' | null = null;
  readonly #own = new AbortController();
  readonly #judge: AttemptInput['judge'];
  #cancelTimeout: () => void = () => {};

  constructor({ headers, version, callerSignal, judge, done }: AttemptInput) {
    this.headers = headers;
    this.version = version;
    this.#judge = judge;
    this.done = done;
    // `any` holds its sources weakly: a signal that lives as long as the process does not collect a
    // listener for every call that was made under it.
    this.signal =
      callerSignal === null ? this.#own.signal : AbortSignal.any([callerSignal, this.#own.signal]);
  }

  readonly isFinal = (head: AnswerHead): boolean => {
    this.#judge(this, head);
    return this.verdict === 'final';
  };

  /** Ends it after this long, unless its answer has begun by then. */
  limit(clock: Clock, timeoutMs: number, reason: () => Error): void {
    this.#cancelTimeout = clock.after(timeoutMs, () => this.abort('try-timeout', reason()));
  }

  cancelTimeout(): void {
    this.#cancelTimeout();
  }

  abort(by: 'deadline' | 'try-timeout', reason: Error): void {
    this.stoppedBy ??= by;
    this.#own.abort(reason);
  }

  /**
   * What a failure was caused by: a transport words an abort as it likes, but the reason is ours,
   * or the caller's.
   */
  failure(thrown: unknown): unknown {
    return this.signal.aborted ? this.signal.reason : thrown;
  }
}
