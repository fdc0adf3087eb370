export {
  type Comparator,
  type ComparatorOptions,
  type ValuesOptions,
} from './comparator.ts';
export {
  type Cause,
  type Comparison,
  DIFFERENCE_KINDS,
  type Difference,
  type DifferenceKind,
  type Outcome,
  type StopReason,
} from './comparison.ts';
export { createComparator } from './create-comparator.ts';
export type { JsonInput } from './json/both.ts';
export { DEFAULT_LIMITS, type Limits } from './limits.ts';
export { formatNormalizedPath, formatPath, type PathStep } from './path/format-path.ts';
export { type Overlap, overlapOf } from './path/overlap.ts';
export { parsePath } from './path/parse-path.ts';
export type { PathQuery, Segment, Selector } from './path/path-query.ts';
export { renderComparison } from './render.ts';
export {
  absentIsNull,
  custom,
  ignore,
  instant,
  keyed,
  pattern,
  sameType,
  strict,
  tolerance,
  unordered,
} from './rules/builders.ts';
export { parseRules } from './rules/parse-rules.ts';
export type {
  AbsentIsNullRule,
  CustomRule,
  IgnoreRule,
  InstantRule,
  IsSame,
  KeyedRule,
  PatternRule,
  Rule,
  RuleName,
  SameTypeRule,
  StrictRule,
  ToleranceRule,
  UnorderedRule,
} from './rules/rule.ts';
export { type StrictConflict, strictConflict } from './rules/strictness.ts';
export { type Signature, signaturesOf, templateOf } from './signature.ts';
