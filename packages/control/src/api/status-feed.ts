import type { Cancel, Clock, Instant } from '@falsework/core/ports';

/** What is streamed to the consoles, and how often it is looked at. */
export interface StatusFeedOptions<Shown> {
  readonly clock: Clock;
  readonly everyMs: number;
  readonly read: () => Promise<Shown>;
  /** Told of a look that failed. The next comes all the same. */
  readonly onFailure: (error: unknown) => void;
}

/** What a look found. `text` is `null` when nothing has changed since the one before. */
export interface Look {
  readonly at: Instant;
  readonly text: string | null;
}

type Take = (look: Look) => void;

/**
 * Looks once for everybody who watches, and not at all while nobody does: a hundred open consoles
 * cost control as much as one. What it finds is read from the store, so that a replica shows what
 * another one decided. A look that fails tells nobody anything, and silence is what a console shows
 * as stale.
 */
export class StatusFeed<Shown> {
  readonly #options: StatusFeedOptions<Shown>;
  readonly #takers = new Set<Take>();
  #latest: string | null = null;
  #cancel: Cancel | null = null;
  #looks = 0;

  constructor(options: StatusFeedOptions<Shown>) {
    this.#options = options;
  }

  /** Hands out the present state at once, then every look, until cancelled. */
  subscribe(take: Take): Cancel {
    this.#takers.add(take);
    if (this.#latest === null) this.#lookNow();
    else take({ at: this.#options.clock.now(), text: this.#latest });
    return () => {
      this.#takers.delete(take);
      if (this.#takers.size > 0) return;
      this.#cancel?.();
      this.#cancel = null;
      this.#latest = null;
      this.#looks += 1;
    };
  }

  #lookNow(): void {
    if (this.#cancel !== null) return;
    // Until the look is over nothing is scheduled, so looks never overlap.
    this.#cancel = () => {};
    const { clock, everyMs, read, onFailure } = this.#options;
    const look = this.#looks;
    void read()
      .then((shown) => {
        if (look === this.#looks) this.#tell(JSON.stringify(shown));
      }, onFailure)
      .then(() => {
        if (look !== this.#looks) return;
        this.#cancel = clock.after(everyMs, () => {
          this.#cancel = null;
          this.#lookNow();
        });
      });
  }

  #tell(text: string): void {
    const isChanged = text !== this.#latest;
    this.#latest = text;
    const look = { at: this.#options.clock.now(), text: isChanged ? text : null };
    for (const take of this.#takers) take(look);
  }
}
