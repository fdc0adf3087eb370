import type { Asked, Reply } from './caller.ts';

/** What callers noticed. */
export interface Counts {
  readonly reads: number;
  readonly writes: number;
  /** Answers that were not what legacy says, or what the caller knows it must be. */
  readonly answersChanged: number;
  readonly callerErrors: number;
  /** The first of either, in words. */
  readonly firstProblem: string | null;
}

const SHOWN_LENGTH = 200;

/** Counts what callers did, and what went wrong for them. */
export class Tally {
  #reads = 0;
  #writes = 0;
  #answersChanged = 0;
  #callerErrors = 0;
  #firstProblem: string | null = null;

  /** Judges one answer: `wanted` says what it had to be, `isWanted` whether it was. */
  note(asked: Asked, got: Reply, isWanted: boolean, wanted: string): void {
    if (asked.method === 'GET') this.#reads += 1;
    else this.#writes += 1;
    if (isWanted) return;
    if (got.status >= 500) this.#callerErrors += 1;
    else this.#answersChanged += 1;
    const found = `${got.status} ${got.headers} ${got.text.slice(0, SHOWN_LENGTH)}`;
    this.#firstProblem ??= `${asked.method} ${asked.path}: ${found}, and not ${wanted}`;
  }

  get counts(): Counts {
    return {
      reads: this.#reads,
      writes: this.#writes,
      answersChanged: this.#answersChanged,
      callerErrors: this.#callerErrors,
      firstProblem: this.#firstProblem,
    };
  }
}
