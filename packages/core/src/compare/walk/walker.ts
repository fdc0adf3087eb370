import { Budget } from '../budget.ts';
import type { DifferenceKind, StopReason } from '../comparison.ts';
import type { Limits } from '../limits.ts';
import type { FilterScope } from '../path/evaluate.ts';
import type { RuleStates } from '../rules/rule-states.ts';
import type { RuleTrie } from '../rules/rule-trie.ts';
import type { Ruling } from '../rules/ruling.ts';
import { ABSENT } from '../values/family.ts';
import { compareByFamily } from './by-family.ts';
import { applyCustomRule } from './custom-rule.ts';
import { Glance } from './glance.ts';
import { Place } from './place.ts';
import { StructuralHash } from './structural-hash.ts';
import type { Compare, Elements, IndexPair, Pair, Walk } from './walk.ts';

/** One difference as found: still holding the values themselves, and no path text yet. */
export interface Finding {
  readonly kind: DifferenceKind;
  readonly place: Place;
  readonly legacy: unknown;
  readonly candidate: unknown;
}

/** What does not change from one comparison to the next. */
export interface WalkSettings {
  readonly trie: RuleTrie;
  readonly limits: Limits;
  readonly areNumbersStrict: boolean;
  /**
   * False for a comparator that walks every pair of values, and parses every text: slow, and what
   * the others must agree with.
   */
  readonly isFast: boolean;
}

/** The two documents, and how to show one of their nodes to a custom rule. */
export interface Documents {
  readonly legacy: unknown;
  readonly candidate: unknown;
  readonly userValue: (node: unknown) => unknown;
  /** Properties of plain objects may simply be read. */
  readonly isData: boolean;
}

// A glance costs a tenth of a visit, so it may look at more.
const GLANCES_PER_NODE = 4;

// Beyond this many differences two answers have nothing to do with each other, and more examples
// teach nothing. The walk ends there, so that comparing two unlike documents costs no more than
// comparing two like ones.
const FINDINGS_MAX = 10_000;

/**
 * Walks two values together and collects where they differ. One walker serves one comparison.
 * Recursion is bounded by `limits.depthMax`, work by `limits.nodesMax`; what was not reached is
 * told by {@link stop}.
 */
export class Walker implements Walk {
  readonly areNumbersStrict: boolean;
  readonly isFast: boolean;
  readonly isData: boolean;
  readonly userValue: (node: unknown) => unknown;
  readonly #trie: RuleTrie;
  readonly #depthMax: number;
  readonly #hash: StructuralHash;
  readonly #legacy: FilterScope;
  readonly #candidate: FilterScope;
  /** The budget of the comparison itself. */
  readonly #work: Budget;
  /** The budget that all its refinements share: an optional nicety must not use up the work. */
  readonly #allowance: Budget;
  readonly #findings: Finding[] = [];
  // The containers that are being compared right now, outermost first: meeting one again means a
  // cycle. Lists, because they are short.
  readonly #legacyAncestors: unknown[] = [];
  readonly #candidateAncestors: unknown[] = [];
  readonly #glance: Glance | null;
  /** The one of the two budgets that is being spent now. */
  #budget: Budget;
  /** Lowered while probing, where the first difference settles the question. */
  #findingsMax = FINDINGS_MAX;
  #probes = 0;
  // Kept even when a probe's findings are forgotten: what was not seen stays unseen.
  #wasTooDeep = false;

  constructor(settings: WalkSettings, documents: Documents, work: Budget) {
    this.areNumbersStrict = settings.areNumbersStrict;
    this.#trie = settings.trie;
    this.#depthMax = settings.limits.depthMax;
    this.#hash = new StructuralHash(settings.trie, settings.areNumbersStrict, work);
    this.#legacy = { root: documents.legacy, budget: work };
    this.#candidate = { root: documents.candidate, budget: work };
    this.userValue = documents.userValue;
    this.isFast = settings.isFast;
    this.isData = documents.isData;
    this.#glance = settings.isFast ? this.#newGlance(settings.limits) : null;
    this.#work = work;
    this.#allowance = new Budget(settings.limits.nodesMax);
    this.#budget = work;
  }

  #newGlance({ depthMax, nodesMax }: Limits): Glance {
    const { areNumbersStrict, isData } = this;
    const valuesMax = nodesMax * GLANCES_PER_NODE;
    return new Glance({ depthMax, areNumbersStrict, isData, valuesMax });
  }

  get findings(): readonly Finding[] {
    return this.#findings;
  }

  /** Why the walk did not see everything; undefined when it did. */
  get stop(): StopReason | undefined {
    if (this.#work.isSpent) return 'nodes';
    if (this.#findings.length >= FINDINGS_MAX) return 'differences';
    return this.#wasTooDeep ? 'depth' : undefined;
  }

  get rootPlace(): Place {
    return new Place(null, null, this.#trie.root, this.#trie.root);
  }

  get budget(): Budget {
    return this.#budget;
  }

  get isStopped(): boolean {
    return this.#findings.length >= this.#findingsMax || this.#budget.isSpent || this.#work.isSpent;
  }

  get isProbing(): boolean {
    return this.#probes > 0;
  }

  get differenceCount(): number {
    return this.#findings.length;
  }

  compare(legacy: unknown, candidate: unknown, place: Place): void {
    if (this.isStopped || !this.#budget.spend()) return;
    // One and the same value is equal to itself whatever the rules say: rules only excuse.
    if (Object.is(legacy, candidate)) return;
    const ruling = this.rulingAt(place);
    if (ruling.isIgnored) return;
    const pair = { legacy, candidate, place, ruling };
    if (ruling.isSame === null) this.compareContent(pair);
    else applyCustomRule(this, pair, ruling.isSame);
  }

  compareContent(pair: Pair): void {
    compareByFamily(this, pair);
  }

  isSame(legacy: unknown, candidate: unknown, place: Place): boolean {
    if (this.#glance === null) return false;
    if (legacy === candidate && legacy !== 0) return true;
    try {
      return this.#glance.isSame(legacy, candidate, place.depth + 1);
    } catch {
      // A proxy that throws, or a stack that is used up: the walk itself will meet it and say so.
      return false;
    }
  }

  enter(pair: Pair, compareInside: Compare): void {
    const { legacy, candidate, place } = pair;
    const legacyLevel = this.#legacyAncestors.indexOf(legacy);
    const candidateLevel = this.#candidateAncestors.indexOf(candidate);
    if (legacyLevel >= 0 || candidateLevel >= 0) {
      // Both lead back to the same level: the same shape of cycle, and its content is being
      // compared already.
      if (legacyLevel !== candidateLevel) this.report('cycle', place, legacy, candidate);
      return;
    }
    if (place.depth >= this.#depthMax) {
      this.#wasTooDeep = true;
      return;
    }
    this.#legacyAncestors.push(legacy);
    this.#candidateAncestors.push(candidate);
    compareInside(this, pair);
    // No `finally`: whatever throws here is a failure of ours and ends the whole walk.
    this.#legacyAncestors.pop();
    this.#candidateAncestors.pop();
  }

  report(kind: DifferenceKind, place: Place, legacy: unknown, candidate: unknown): void {
    this.#findings.push({ kind, place, legacy, candidate });
  }

  forgetAfter(count: number): void {
    this.#findings.length = count;
  }

  probe(look: () => void): boolean {
    const before = this.#findings.length;
    const findingsMaxBefore = this.#findingsMax;
    this.#findingsMax = before + 1;
    this.#probes += 1;
    look();
    this.#probes -= 1;
    this.#findingsMax = findingsMaxBefore;
    const isEqual = this.#findings.length === before;
    this.forgetAfter(before);
    return isEqual;
  }

  refine(refinement: () => boolean): boolean {
    this.#budget = this.#allowance;
    const isRefined = refinement();
    this.#budget = this.#work;
    return isRefined && !this.#allowance.isSpent && !this.#work.isSpent;
  }

  rulingAt(place: Place): Ruling {
    return this.#trie.rulingAt(place.legacyRules, place.candidateRules);
  }

  memberPlace(place: Place, key: string | symbol, legacy: unknown, candidate: unknown): Place {
    return new Place(
      place,
      key,
      this.#nameRules(place.legacyRules, key, legacy, this.#legacy),
      this.#nameRules(place.candidateRules, key, candidate, this.#candidate),
    );
  }

  itemPlace(place: Place, elements: Elements, pair: IndexPair): Place {
    return new Place(
      place,
      pair.legacy >= 0 ? pair.legacy : pair.candidate,
      this.#indexRules(place.legacyRules, elements.legacy, pair.legacy, this.#legacy),
      this.#indexRules(place.candidateRules, elements.candidate, pair.candidate, this.#candidate),
    );
  }

  contentPlace(place: Place): Place {
    return new Place(place, null, this.#trie.dead, this.#trie.dead);
  }

  /** Any element stands for all of them, since neither its index nor its content matters. */
  commonItemRules({ legacyRules, candidateRules }: Place): RuleStates | null {
    if (legacyRules !== candidateRules) return null;
    if (legacyRules.hasFilters || legacyRules.hasPositions) return null;
    return this.#indexRules(legacyRules, [undefined], 0, this.#legacy);
  }

  fixedRulingOf(rules: RuleStates, name: string): Ruling | null {
    if (rules.hasFilters) return null;
    return this.#trie.stepToName(rules, name, undefined, this.#legacy).ruling;
  }

  hashOf(value: unknown, rules: RuleStates): number {
    return this.#hash.of(value, rules, this.#budget);
  }

  /** A path selects nothing where there is no node, so an absent side has no rules. */
  #nameRules(
    rules: RuleStates,
    key: string | symbol,
    child: unknown,
    scope: FilterScope,
  ): RuleStates {
    return child === ABSENT ? this.#trie.dead : this.#trie.stepToName(rules, key, child, scope);
  }

  #indexRules(
    rules: RuleStates,
    items: readonly unknown[],
    index: number,
    scope: FilterScope,
  ): RuleStates {
    if (index < 0) return this.#trie.dead;
    const step = { index, length: items.length, child: items[index] };
    return this.#trie.stepToIndex(rules, step, scope);
  }
}
