import type { Comparison, Outcome } from './comparison.ts';
import type { JsonInput } from './json/both.ts';
import type { Limits } from './limits.ts';
import type { Rule } from './rules/rule.ts';

export interface ComparatorOptions {
  /** What may differ. Of two rules on one node see {@link Rule} for which counts. */
  readonly rules?: readonly Rule[];
  /** Numbers must be written alike: 1.0 ≠ 1.00, 0 ≠ -0, 5 ≠ 5n. */
  readonly strictNumbers?: boolean;
  readonly limits?: Partial<Limits>;
}

export interface ValuesOptions {
  /**
   * The values are data, as JSON.parse and structuredClone make it: none of their objects is a
   * proxy or has a getter, a symbol for a key, or a property that is not enumerable. Then nobody
   * need ask, and comparing what is equal takes half the time. Where it is not true, what is hidden
   * like that may be read, or overlooked.
   */
  readonly isData?: boolean;
}

/**
 * Judges pairs of answers. None of its methods ever throws or changes what it is given, whatever
 * that is; a comparison costs at most `limits.nodesMax` visited values and `limits.depthMax` levels
 * of the call stack.
 */
export interface Comparator {
  /**
   * Sixteen hexadecimal digits that change whenever rules, options, limits or the comparator's
   * version do; not with `strict`, which changes no verdict.
   */
  readonly fingerprint: string;
  readonly rules: readonly Rule[];
  /** Compares two JavaScript values. Getters on own properties are not invoked. */
  values(legacy: unknown, candidate: unknown, options?: ValuesOptions): Comparison;
  /**
   * Compares JSON without loss: numbers as written, repeated names seen, blanks and BOM ignored.
   * Each side is bytes in UTF-8, as they came, or a text; bytes cost a third of what texts cost.
   * Where both sides are the same but for what rules excuse, neither is parsed.
   */
  json(legacy: JsonInput, candidate: JsonInput): Comparison;
  /**
   * Compares how two runs ended. Thrown values are compared at `$.error`, where rules may reach
   * them.
   */
  outcomes(legacy: Outcome, candidate: Outcome): Comparison;
}
