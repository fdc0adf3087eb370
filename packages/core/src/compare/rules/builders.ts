import { parseRule } from './parse-rules.ts';
import type {
  AbsentIsNullRule,
  CustomRule,
  IgnoreRule,
  InstantRule,
  IsSame,
  KeyedRule,
  PatternRule,
  Rule,
  SameTypeRule,
  StrictRule,
  ToleranceRule,
  UnorderedRule,
} from './rule.ts';

/** Builders check at once, so that a mistyped path fails in the line that wrote it. */
function built<Built extends Rule>(rule: Built): Built {
  return parseRule(rule, `${rule.rule}(…)`) as Built;
}

/**
 * Does not look at the nodes the path selects, nor beneath them. Throws FW_PATH_SYNTAX.
 *
 * ```ts
 * createComparator({ rules: [ignore('$.quotedAt'), ignore('$..traceId')] });
 * ```
 */
export function ignore(path: string): IgnoreRule {
  return built({ rule: 'ignore', path });
}

/**
 * Lets two numbers differ by at most `abs`, or by at most the share `rel` of the larger. Bounds are
 * inclusive and the arithmetic is decimal: 10.005 and 10 are 0.005 apart. Throws FW_PATH_SYNTAX,
 * FW_RULE_OPTION_INVALID.
 */
export function tolerance(
  path: string,
  bounds: { readonly abs?: number; readonly rel?: number },
): ToleranceRule {
  return built({ ...bounds, rule: 'tolerance', path });
}

/**
 * Lets two instants lie `within` each other, inclusive: milliseconds or `5s`. Throws
 * FW_RULE_OPTION_INVALID.
 */
export function instant(path: string, options: { readonly within: number | string }): InstantRule {
  return built({ ...options, rule: 'instant', path });
}

/** Compares an array as a bag: order does not count, repetitions do. Throws FW_PATH_SYNTAX. */
export function unordered(path: string): UnorderedRule {
  return built({ rule: 'unordered', path });
}

/**
 * Compares an array as a map by the field `by` of its elements. Throws FW_PATH_SYNTAX,
 * FW_RULE_OPTION_INVALID.
 */
export function keyed(path: string, by: string): KeyedRule {
  return built({ rule: 'keyed', path, by });
}

/**
 * Lets two strings differ when `regex` is found in both. Throws FW_PATH_SYNTAX,
 * FW_RULE_OPTION_INVALID.
 */
export function pattern(path: string, regex: string): PatternRule {
  return built({ rule: 'pattern', path, regex });
}

/** Lets two values differ as long as their types are the same. Throws FW_PATH_SYNTAX. */
export function sameType(path: string): SameTypeRule {
  return built({ rule: 'same-type', path });
}

/** Takes null, undefined and a missing member for the same. Throws FW_PATH_SYNTAX. */
export function absentIsNull(path: string): AbsentIsNullRule {
  return built({ rule: 'absent-is-null', path });
}

/**
 * Asks `isSame` wherever the two sides differ at or beneath the path. It gets plain values, a
 * missing side as undefined; whole numbers of JSON text that a double would change as bigints.
 * Throwing, or returning anything but a boolean (a promise, say), is a difference of kind
 * `rule-failed`, never a match. Throws FW_PATH_SYNTAX.
 */
export function custom(path: string, isSame: IsSame): CustomRule {
  return built({ rule: 'custom', path, isSame });
}

/**
 * Forbids every rule that could excuse a difference at the nodes the path selects or beneath them;
 * without a path, anywhere. For amounts of money, permissions, balances. Rules that contradict it
 * are refused where they are loaded, with FW_RULE_STRICT. Throws FW_PATH_SYNTAX.
 *
 * ```ts
 * createComparator({ rules: [strict('$.amount'), ignore('$.quotedAt'), keyed('$.lines', 'sku')] });
 * ```
 */
export function strict(path = '$'): StrictRule {
  return built({ rule: 'strict', path });
}
