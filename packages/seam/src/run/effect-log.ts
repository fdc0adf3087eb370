import type { Isolated } from '../isolate/isolate.ts';

/** How a call of a collaborator ended, with what it gave back copied. */
export type NotedAnswer =
  | { readonly ok: true; readonly value: unknown; readonly isPromise: boolean }
  | { readonly ok: false; readonly error: unknown; readonly isPromise: boolean };

/** One call of a collaborator, as it was made or as it was meant. */
export interface NotedCall {
  /** The collaborator's name and the method's: `ledger.insert`. */
  readonly effect: string;
  /** A copy of the arguments, made before the call could change them. */
  readonly args: readonly unknown[];
  /** True for what changes the world; false for a read whose answer is kept for the other side. */
  readonly isWrite: boolean;
  /** `null` while the call goes on, and for a call that was only recorded. */
  answer: NotedAnswer | null;
}

/** Why what was noted says too little to be compared. */
export type LogGap = 'too-large' | 'not-copyable';

// More than this is no transaction but a batch, and comparing two of them would block the loop.
const CALLS_MAX = 1_000;

/**
 * What one run did, or meant to do, beside answering: calls in the order in which they were begun.
 * Ends with the run's answer; what is begun later belongs to nobody's comparison.
 */
export class EffectLog {
  readonly #copy: (args: readonly unknown[]) => Isolated;
  readonly #calls: NotedCall[] = [];
  #gap: LogGap | null = null;
  #isClosed = false;

  constructor(copy: (args: readonly unknown[]) => Isolated) {
    this.#copy = copy;
  }

  /** What could not be noted; `null` when everything was. */
  get gap(): LogGap | null {
    return this.#gap;
  }

  get calls(): readonly NotedCall[] {
    return this.#calls;
  }

  /** The calls that change the world. */
  get writes(): readonly NotedCall[] {
    return this.#calls.filter((call) => call.isWrite);
  }

  close(): void {
    this.#isClosed = true;
  }

  /** Notes a call that begins now; `null` when there is no room, or when the run has ended. */
  note(effect: string, args: readonly unknown[], isWrite: boolean): NotedCall | null {
    if (this.#isClosed || this.#gap !== null) return null;
    if (this.#calls.length >= CALLS_MAX) return this.#giveUp('too-large');
    const copied = this.#copy(args);
    if (!copied.isCopied) return this.#giveUp(copied.because);
    const call: NotedCall = {
      effect,
      args: copied.value as readonly unknown[],
      isWrite,
      answer: null,
    };
    this.#calls.push(call);
    return call;
  }

  /** Keeps how a noted call ended, as far as it can be copied. */
  answered(call: NotedCall, answer: NotedAnswer): void {
    if (this.#isClosed) return;
    // As an input and not as an answer: whoever gets it in place of the real one will work with it.
    const copied = this.#copy([answer.ok ? answer.value : answer.error]);
    if (!copied.isCopied) return;
    const [kept] = copied.value as readonly unknown[];
    const { isPromise } = answer;
    call.answer = answer.ok
      ? { ok: true, value: kept, isPromise }
      : { ok: false, error: kept, isPromise };
  }

  #giveUp(gap: LogGap): null {
    this.#gap = gap;
    return null;
  }
}
