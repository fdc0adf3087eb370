// Objects of up to this many members are searched one by one, which is faster than making an index.
const UNINDEXED_MAX = 16;

type Key = string | symbol;

/**
 * The members of an object by key, in their order. Two lists instead of a Map: nearly always both
 * sides have the same keys in the same order, and then no key is ever looked up.
 */
export class Members {
  readonly #keys: Key[];
  readonly #values: unknown[];
  #index: Map<Key, number> | null = null;

  /** Takes over both lists, which belong together by index. */
  constructor(keys: Key[] = [], values: unknown[] = []) {
    this.#keys = keys;
    this.#values = values;
  }

  get size(): number {
    return this.#keys.length;
  }

  get keys(): readonly Key[] {
    return this.#keys;
  }

  get values(): readonly unknown[] {
    return this.#values;
  }

  /** Where a key stands, or -1. `hint` is where it is likely to stand. */
  indexOf(key: Key, hint = 0): number {
    if (this.#keys[hint] === key) return hint;
    if (this.#keys.length <= UNINDEXED_MAX) return this.#keys.indexOf(key);
    this.#index ??= new Map(this.#keys.map((known, at) => [known, at]));
    return this.#index.get(key) ?? -1;
  }

  has(key: Key): boolean {
    return this.indexOf(key) >= 0;
  }

  /** The value under a key; undefined where there is none. */
  get(key: Key): unknown {
    return this.#values[this.indexOf(key)];
  }

  /** Adds a member, or gives a key that is there already another value. */
  set(key: Key, value: unknown): void {
    const at = this.indexOf(key);
    if (at >= 0) this.#values[at] = value;
    else this.add(key, value);
  }

  /** Adds a member whose key is not there yet. */
  add(key: Key, value: unknown): void {
    this.#index?.set(key, this.#keys.length);
    this.#keys.push(key);
    this.#values.push(value);
  }

  *[Symbol.iterator](): Iterator<[key: Key, value: unknown]> {
    for (const [at, key] of this.#keys.entries()) yield [key, this.#values[at]];
  }
}
