/**
 * A bounded amount of work, counted in visited nodes. Every part of one comparison spends from the
 * same budget, the filters of its rules included, so no document and no rule can make a comparison
 * run without end.
 */
export class Budget {
  #left: number;

  constructor(nodes: number) {
    this.#left = nodes;
  }

  /** Spends `nodes`; false once there is nothing left, and from then on always. */
  spend(nodes = 1): boolean {
    this.#left -= nodes;
    return this.#left >= 0;
  }

  /** True when work was refused: whatever was computed since is not to be relied on. */
  get isSpent(): boolean {
    return this.#left < 0;
  }
}
