import type { FailureKind, SideFailure } from './side-failure.ts';

/** Failures of one kind and code. */
export interface FailureCount extends SideFailure {
  readonly count: number;
}

/** What happened to everything that was asked of one side, shadows included, health checks not. */
export interface SideCounts {
  readonly asked: number;
  readonly answered: number;
  /** Most frequent first. */
  readonly failures: readonly FailureCount[];
}

// Codes come from the system and from undici; more different ones than this would be a list that
// nobody reads.
const FAILURES_MAX = 50;

/** Counts how one side answered. Counting an answer is one addition. */
export class SideLog {
  readonly #failures = new Map<string, { kind: FailureKind; code: string; count: number }>();
  #answered = 0;
  #failed = 0;

  countAnswer(): void {
    this.#answered += 1;
  }

  countFailure({ kind, code }: SideFailure): void {
    this.#failed += 1;
    const key = `${kind} ${code}`;
    const known = this.#failures.get(key);
    if (known) known.count += 1;
    else if (this.#failures.size < FAILURES_MAX) this.#failures.set(key, { kind, code, count: 1 });
  }

  read(): SideCounts {
    const failures = [...this.#failures.values()].map((failure) => ({ ...failure }));
    return {
      asked: this.#answered + this.#failed,
      answered: this.#answered,
      failures: failures.sort((a, b) => b.count - a.count),
    };
  }
}
