import type { Identifier } from '../../journal/index.ts';

/** One thing under its two names. */
export interface IdentifierPair {
  readonly kind: string;
  readonly legacy: Identifier;
  readonly candidate: Identifier;
}

/** Where pairs are kept. */
export interface IdentifierStore {
  /** All pairs that were ever appended. */
  load(): Promise<readonly IdentifierPair[]>;
  /** Resolves when the pair is durable. */
  append(pair: IdentifierPair): Promise<void>;
}

/** What learning a pair came to: a reason when it was refused, and then nothing has changed. */
export type Learned = { readonly ok: true } | { readonly ok: false; readonly because: string };

// About 300 bytes of memory each.
const PAIRS_MAX = 1_000_000;

/**
 * Which identifier of the candidate stands for which of legacy's, per kind of thing. A pair is
 * never changed and never forgotten: a request that was translated once is translated in the same
 * way on every retry. What contradicts a pair is refused and reported.
 *
 * Identifiers are one when their texts are: `42` and `"42"` name one thing, because a path segment
 * does not say which of them it is.
 */
export class IdentifierTable {
  readonly #store: IdentifierStore;
  readonly #pairsMax: number;
  readonly #byLegacy = new Map<string, IdentifierPair>();
  readonly #byCandidate = new Map<string, IdentifierPair>();
  readonly #pending = new Map<string, Promise<void>>();

  private constructor(store: IdentifierStore, pairsMax: number) {
    this.#store = store;
    this.#pairsMax = pairsMax;
  }

  /** Rejects with what the store says. Default for `pairsMax`: 1,000,000. O(pairs). */
  static async load(
    store: IdentifierStore,
    { pairsMax = PAIRS_MAX }: { readonly pairsMax?: number } = {},
  ): Promise<IdentifierTable> {
    const table = new IdentifierTable(store, pairsMax);
    for (const pair of await store.load()) table.#put(pair);
    return table;
  }

  get size(): number {
    return this.#byLegacy.size;
  }

  toCandidate(kind: string, legacy: string): Identifier | null {
    return this.#byLegacy.get(nameOf(kind, legacy))?.candidate ?? null;
  }

  toLegacy(kind: string, candidate: string): Identifier | null {
    return this.#byCandidate.get(nameOf(kind, candidate))?.legacy ?? null;
  }

  /** Why this pair cannot be learned; `null` when it can, or is known. Never names identifiers. */
  refusal({ kind, legacy, candidate }: IdentifierPair): string | null {
    const known = this.#byLegacy.get(nameOf(kind, legacy.text));
    const other = this.#byCandidate.get(nameOf(kind, candidate.text));
    if (known !== undefined && known === other) return null;
    if (known !== undefined) {
      return `legacy’s ${kind} was already paired with another one of the candidate`;
    }
    if (other !== undefined) {
      return `the candidate’s ${kind} was already paired with another one of legacy`;
    }
    return this.size < this.#pairsMax
      ? null
      : `the table is full with ${this.#pairsMax} identifiers`;
  }

  /**
   * Learns a pair; resolves when it is durable. Rejects when the store fails, and the pair is not
   * known then. Also for importing what a backfill has paired.
   */
  async learn(pair: IdentifierPair): Promise<Learned> {
    const because = this.refusal(pair);
    if (because !== null) return { ok: false, because };
    const name = nameOf(pair.kind, pair.legacy.text);
    if (!this.#byLegacy.has(name)) {
      this.#put(pair);
      const appending = this.#store.append(pair).finally(() => this.#pending.delete(name));
      this.#pending.set(name, appending);
    }
    try {
      await this.#pending.get(name);
    } catch (error) {
      // A pair that a restart forgets must not be used: its requests could not be repeated.
      this.#byLegacy.delete(name);
      this.#byCandidate.delete(nameOf(pair.kind, pair.candidate.text));
      throw error;
    }
    return { ok: true };
  }

  #put(pair: IdentifierPair): void {
    this.#byLegacy.set(nameOf(pair.kind, pair.legacy.text), pair);
    this.#byCandidate.set(nameOf(pair.kind, pair.candidate.text), pair);
  }
}

function nameOf(kind: string, text: string): string {
  return `${kind}\0${text}`;
}
