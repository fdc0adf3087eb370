import type { Comparator, ComparatorOptions } from './comparator.ts';
import { parseLimits } from './limits.ts';
import { RuleComparator } from './rule-comparator.ts';
import { checkOptions, requireObject } from './rules/check-options.ts';
import { parseRules } from './rules/parse-rules.ts';

/**
 * Compiles rules into a comparator. Throws what {@link parseRules} throws, and
 * FW_RULE_OPTION_UNKNOWN or FW_RULE_OPTION_INVALID for the other options.
 *
 * ```ts
 * const rules = [keyed('$.lines', 'sku'), tolerance('$.lines[*].tax', { abs: 0.005 })];
 * const comparator = createComparator({ rules });
 * const legacy = { lines: [{ sku: 'A', tax: 10.005 }] };
 * comparator.values(legacy, { lines: [{ sku: 'A', tax: 10 }] }).result; // equal
 * ```
 */
export function createComparator(options: ComparatorOptions = {}): Comparator {
  checkOptions(requireObject(options, 'the options of createComparator'), OPTION_SHAPES, {
    at: 'createComparator',
    of: 'the options',
  });
  return new RuleComparator({
    rules: parseRules(options.rules ?? []),
    areNumbersStrict: options.strictNumbers ?? false,
    limits: parseLimits(options.limits),
    isFast: true,
  });
}

const ANYTHING = { expected: 'given', isValid: () => true, isOptional: true };

const OPTION_SHAPES = {
  rules: ANYTHING,
  limits: ANYTHING,
  strictNumbers: {
    expected: 'true or false',
    isValid: (value: unknown) => typeof value === 'boolean',
    isOptional: true,
  },
};
