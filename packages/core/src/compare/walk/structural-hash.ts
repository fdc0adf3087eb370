import { murmur3 } from '../../text/index.ts';
import type { Budget } from '../budget.ts';
import type { RuleStates } from '../rules/rule-states.ts';
import type { RuleTrie } from '../rules/rule-trie.ts';
import { isAbsenceExcusable, isContentExcusable } from '../rules/ruling.ts';
import { type Family, familyOf } from '../values/family.ts';
import { type AnyNumber, isAnyNumber, numberKey, numberText } from '../values/numbers.ts';
import {
  bytesOf,
  errorMembersOf,
  itemsOf,
  mapEntriesOf,
  membersOf,
  setItemsOf,
} from '../values/read.ts';

// Equal values are alike at every depth, so looking no deeper loses precision, never correctness.
const HASH_DEPTH_MAX = 32;

// What may be equal in spite of different content hashes to one constant: the comparison itself
// then decides.
const LOOSE = 0;

const ENTRIES: Partial<
  Readonly<Record<Family, (value: object) => Iterable<readonly [unknown, unknown]>>>
> = {
  object: membersOf,
  instance: membersOf,
  error: errorMembersOf,
  map: mapEntriesOf,
};

/** What distinguishes leaves; families that are not here hash by family alone. */
const TEXTS: Partial<Readonly<Record<Family, (value: object) => string>>> = {
  boolean: String,
  date: (date) => String(Reflect.apply(Date.prototype.getTime, date, [])),
  bytes: (bytes) => bytesOf(bytes).slice(0, 64).join(),
};

/**
 * Hashes values such that two which are equal under the rules have equal hashes; the converse need
 * not hold. It finds partners in unordered arrays and sets without comparing everything with
 * everything. O(size), paid from the budget.
 */
export class StructuralHash {
  readonly #trie: RuleTrie;
  readonly #areNumbersStrict: boolean;
  /** The containers on the way down to where the hash is now. */
  readonly #path = new Set<unknown>();
  #budget: Budget;

  constructor(trie: RuleTrie, areNumbersStrict: boolean, budget: Budget) {
    this.#trie = trie;
    this.#areNumbersStrict = areNumbersStrict;
    this.#budget = budget;
  }

  of(value: unknown, rules: RuleStates, budget: Budget): number {
    this.#budget = budget;
    return this.#node(value, rules, 0);
  }

  #node(value: unknown, rules: RuleStates, depth: number): number {
    if (!this.#budget.spend() || depth > HASH_DEPTH_MAX) return LOOSE;
    if (isContentExcusable(rules.ruling)) return LOOSE;
    if (typeof value !== 'object' || value === null) return this.#content(value, rules, depth);
    // Two cycles of one shape close at the same place, so both sides stop here alike.
    if (this.#path.has(value)) return LOOSE;
    this.#path.add(value);
    try {
      return this.#content(value, rules, depth + 1);
    } catch {
      // A proxy that throws: the comparison proper will meet it again and report it as unreadable.
      return LOOSE;
    } finally {
      this.#path.delete(value);
    }
  }

  #content(value: unknown, rules: RuleStates, depth: number): number {
    if (typeof value === 'string') return murmur3(value, 1);
    if (isAnyNumber(value)) return this.#number(value);
    const family = familyOf(value);
    if (family === 'array') return this.#items(itemsOf(value as unknown[]), rules, depth);
    if (family === 'set') return this.#items(setItemsOf(value as object), rules, depth, true);
    const entries = ENTRIES[family]?.(value as object);
    if (entries !== undefined) return this.#entries(entries, rules, depth);
    return murmur3(TEXTS[family]?.(value as object) ?? '', murmur3(family));
  }

  #number(value: AnyNumber): number {
    if (!this.#areNumbersStrict) return murmur3(numberKey(value), 6);
    return murmur3(Object.is(value, -0) ? '-0' : numberText(value), 6);
  }

  #items(
    items: readonly unknown[],
    rules: RuleStates,
    depth: number,
    isBag = rules.ruling.pairing !== null,
  ): number {
    if (rules.hasFilters || rules.hasPositions) return LOOSE;
    const step = { index: 0, length: 1, child: undefined };
    const itemRules = this.#trie.stepToIndex(rules, step, this.#scope());
    // Then not even the number of elements is certain to be the same.
    if (isAbsenceExcusable(itemRules.ruling)) return LOOSE;
    let hash = items.length;
    for (const item of items) {
      const itemHash = this.#node(item, itemRules, depth);
      // A sum forgets the order, which is what a bag asks for.
      hash = (Math.imul(hash, isBag ? 1 : 31) + itemHash) | 0;
    }
    return hash;
  }

  #entries(
    entries: Iterable<readonly [unknown, unknown]>,
    rules: RuleStates,
    depth: number,
  ): number {
    if (rules.hasFilters) return LOOSE;
    let hash = 0;
    for (const [key, value] of entries) {
      // Keys that are objects are matched by structure, symbols have no text of their own: both
      // count for nothing.
      if (typeof key === 'object' || typeof key === 'symbol') continue;
      const name = String(key);
      const valueRules = this.#trie.stepToName(rules, name, undefined, this.#scope());
      // An excused member may be missing on the other side, so it must count as if it were missing
      // here.
      if (isAbsenceExcusable(valueRules.ruling)) continue;
      hash = (hash + murmur3(name, this.#node(value, valueRules, depth))) | 0;
    }
    return hash;
  }

  #scope(): { root: unknown; budget: Budget } {
    return { root: undefined, budget: this.#budget };
  }
}
