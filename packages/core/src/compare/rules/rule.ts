/** The answer is not looked at, nor anything beneath it. */
export interface IgnoreRule {
  readonly rule: 'ignore';
  readonly path: string;
}

/** Two numbers are close enough when either bound holds; both bounds are inclusive. */
export interface ToleranceRule {
  readonly rule: 'tolerance';
  readonly path: string;
  /** The largest difference, in the number's own unit. */
  readonly abs?: number;
  /** The largest difference as a share of the larger magnitude: 0.01 is one per cent. */
  readonly rel?: number;
}

/**
 * Two instants are close enough: ISO 8601 strings, epoch numbers (s or ms) or Dates, both of one
 * type.
 */
export interface InstantRule {
  readonly rule: 'instant';
  readonly path: string;
  /** Milliseconds, or text such as `100ms`, `5s`, `1m`, `2h`, `1d`. The bound is inclusive. */
  readonly within: number | string;
}

/** The array is compared as a bag: order does not count, repetitions do. */
export interface UnorderedRule {
  readonly rule: 'unordered';
  readonly path: string;
}

/** The array is compared as a map by one field of its elements. */
export interface KeyedRule {
  readonly rule: 'keyed';
  readonly path: string;
  readonly by: string;
}

/** Two strings are alike when both match; for ids and tokens that each side makes for itself. */
export interface PatternRule {
  readonly rule: 'pattern';
  readonly path: string;
  /** The source of a JavaScript regular expression, run with the u flag. Anchor it with ^ and $. */
  readonly regex: string;
}

/** Two values are alike when their types are; what they hold is not looked at. */
export interface SameTypeRule {
  readonly rule: 'same-type';
  readonly path: string;
}

/** Null, undefined and a missing member are one and the same. */
export interface AbsentIsNullRule {
  readonly rule: 'absent-is-null';
  readonly path: string;
}

/**
 * Nothing may be excused at the nodes that the path selects, nor beneath: a rule that could is
 * refused where the rules are loaded. The one rule that excuses nothing.
 */
export interface StrictRule {
  readonly rule: 'strict';
  readonly path: string;
}

/**
 * Decides whether two answers that differ are nevertheless the same. Must return a boolean, at
 * once.
 */
export type IsSame = (legacy: unknown, candidate: unknown) => boolean;

/** A function decides. Code only: it cannot be written in YAML or JSON. */
export interface CustomRule {
  readonly rule: 'custom';
  readonly path: string;
  readonly isSame: IsSame;
}

/**
 * One exception to plain equality, at every node its JSONPath selects on either side. Rules only
 * excuse: none can make two equal answers differ. They are plain data but for `custom`, so a rule
 * set can live in YAML.
 *
 * Where several rules meet on one node: `ignore` wins over everything; then `custom` decides alone;
 * else any rule that excuses the difference suffices. Of two rules of one name (and of `keyed` and
 * `unordered`, which both say how to pair the elements) the later in the list stands, so a special
 * case follows the general one.
 */
export type Rule =
  | IgnoreRule
  | ToleranceRule
  | InstantRule
  | UnorderedRule
  | KeyedRule
  | PatternRule
  | SameTypeRule
  | AbsentIsNullRule
  | CustomRule
  | StrictRule;

export type RuleName = Rule['rule'];
