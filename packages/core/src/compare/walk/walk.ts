import type { Budget } from '../budget.ts';
import type { DifferenceKind } from '../comparison.ts';
import type { RuleStates } from '../rules/rule-states.ts';
import type { Ruling } from '../rules/ruling.ts';
import type { Place } from './place.ts';

/** Two nodes to compare, where they stand, and what the rules there amount to. */
export interface Pair {
  readonly legacy: unknown;
  readonly candidate: unknown;
  readonly place: Place;
  readonly ruling: Ruling;
}

/** How two nodes of one family are compared. */
export type Compare = (walk: Walk, pair: Pair) => void;

/** Two lists of elements side by side, as read. */
export interface Elements {
  readonly legacy: readonly unknown[];
  readonly candidate: readonly unknown[];
}

/** Two positions to compare with each other; -1 where a side has none. */
export interface IndexPair {
  readonly legacy: number;
  readonly candidate: number;
}

/**
 * What the comparers of single shapes see of the walk they are part of. An interface, so that
 * arrays can ask the walk to compare elements without the files importing each other in a circle.
 */
export interface Walk {
  readonly areNumbersStrict: boolean;
  /** False where only what is needed for the answer is to be done, and nothing to get it sooner. */
  readonly isFast: boolean;
  /** Properties of plain objects may simply be read. */
  readonly isData: boolean;
  /** The work that may still be done. */
  readonly budget: Budget;
  /** True when nothing more need be looked at: out of budget, or enough differences. */
  readonly isStopped: boolean;
  /** True while only the question "equal or not" is asked: differences are not worth refining. */
  readonly isProbing: boolean;
  readonly differenceCount: number;

  /**
   * True when two children of the node at `place` are the same, whatever the rules say; then they
   * need no place of their own.
   */
  isSame(legacy: unknown, candidate: unknown, place: Place): boolean;
  /** Compares two nodes and all beneath, under the rules of their place. */
  compare(legacy: unknown, candidate: unknown, place: Place): void;
  /** The same once `ignore` and `custom` were dealt with. */
  compareContent(pair: Pair): void;
  /**
   * Goes into two containers by `compareInside`, unless they are too deep, or are met again inside
   * themselves.
   */
  enter(pair: Pair, compareInside: Compare): void;
  report(kind: DifferenceKind, place: Place, legacy: unknown, candidate: unknown): void;
  /** Forgets all differences after the first `count`. */
  forgetAfter(count: number): void;
  /** True when `look` reports nothing; what it reports is forgotten. */
  probe(look: () => void): boolean;
  /** Runs an optional refinement on an allowance of its own; false when that did not suffice. */
  refine(refinement: () => boolean): boolean;

  /** A node as a custom rule gets to see it. May throw. */
  userValue(node: unknown): unknown;
  rulingAt(place: Place): Ruling;
  memberPlace(place: Place, key: string | symbol, legacy: unknown, candidate: unknown): Place;
  itemPlace(place: Place, elements: Elements, pair: IndexPair): Place;
  /**
   * The place of content that stands for its holder, such as the primitive in a boxed one: same
   * path, no rules.
   */
  contentPlace(place: Place): Place;
  /**
   * The rules of every element of the arrays at `place`; null where they depend on index, value or
   * side.
   */
  commonItemRules(place: Place): RuleStates | null;
  /** The ruling of an object's member of this name, if it does not depend on the document. */
  fixedRulingOf(rules: RuleStates, name: string): Ruling | null;
  /** A hash that is equal wherever two values are equal under `rules`. */
  hashOf(value: unknown, rules: RuleStates): number;
}
