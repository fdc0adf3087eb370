/**
 * Lets many callers share one look at something that changes, without anybody being told what was
 * seen before they asked. A look under way began too early for whoever comes now, so they wait for
 * the next one, which is the same for all of them: however many ask, one looks at a time, and
 * nobody waits for more than two.
 */
export class SharedLook<Seen> {
  readonly #look: () => Promise<Seen>;
  #present: Promise<unknown> | null = null;
  #next: Promise<Seen> | null = null;

  constructor(look: () => Promise<Seen>) {
    this.#look = look;
  }

  /** What a look sees that begins after this call. Rejects with what that look rejects with. */
  see(): Promise<Seen> {
    // Asked first: between the end of a look and the beginning of the next nothing is under way.
    if (this.#next !== null) return this.#next;
    if (this.#present === null) return this.#begin();
    const begin = (): Promise<Seen> => this.#begin();
    this.#next = this.#present.then(begin, begin);
    return this.#next;
  }

  #begin(): Promise<Seen> {
    this.#next = null;
    const look = this.#look();
    this.#present = look;
    const end = (): void => {
      this.#present = null;
    };
    look.then(end, end);
    return look;
  }
}
