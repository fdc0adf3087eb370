import { fault } from '../../errors/index.ts';
import { nearestName } from '../../text/index.ts';
import { parsePath } from '../path/parse-path.ts';
import {
  checkOptions,
  described,
  type OptionShape,
  type OptionShapes,
  requireObject,
} from './check-options.ts';
import { parseDurationMs } from './duration.ts';
import { compilePattern } from './pattern.ts';
import type { Rule, RuleName } from './rule.ts';
import { type StrictConflict, strictConflict } from './strictness.ts';

// Two hundred rules is already a comparison that nobody can vouch for; the bound keeps generated
// ones in check.
const RULES_MAX = 1_000;

const TEXT: OptionShape = {
  expected: 'a text',
  isValid: (value) => typeof value === 'string' && value !== '',
};

const BOUND: OptionShape = {
  expected: 'a number of zero or more',
  isValid: (value) => typeof value === 'number' && Number.isFinite(value) && value >= 0,
  isOptional: true,
};

const DURATION: OptionShape = {
  expected: 'milliseconds or a duration such as 100ms, 5s, 1m',
  isValid: (value) =>
    (typeof value === 'string' || typeof value === 'number') &&
    parseDurationMs(value) !== undefined,
};

const REGEX: OptionShape = {
  expected: 'the source of a regular expression that compiles with the u flag',
  isValid: (value) => typeof value === 'string' && compilePattern(value) !== undefined,
};

const FUNCTION: OptionShape = {
  expected: 'a function, so a custom rule can only stand in code',
  isValid: (value) => typeof value === 'function',
};

const RULE_NAME: OptionShape = { expected: 'a rule name', isValid: () => true };

/**
 * The options of each rule besides `rule` and `path`. The one table that parsing, builders and
 * errors read.
 */
const OPTIONS: Readonly<Record<RuleName, OptionShapes>> = {
  ignore: {},
  tolerance: { abs: BOUND, rel: BOUND },
  instant: { within: DURATION },
  unordered: {},
  keyed: { by: TEXT },
  pattern: { regex: REGEX },
  'same-type': {},
  'absent-is-null': {},
  custom: { isSame: FUNCTION },
  strict: {},
};

const RULE_NAMES = Object.keys(OPTIONS) as readonly RuleName[];

/**
 * Validates rules from a file or any other untrusted source and returns them as frozen data. Throws
 * FW_RULES_SHAPE, FW_RULE_UNKNOWN, FW_RULE_OPTION_UNKNOWN, FW_RULE_OPTION_INVALID,
 * FW_RULE_STRICT or FW_PATH_SYNTAX, each naming the place.
 *
 * ```ts
 * parseRules([{ rule: 'tolerance', path: '$.lines[*].tax', abs: 0.005 }]);
 * ```
 */
export function parseRules(input: unknown): readonly Rule[] {
  if (!Array.isArray(input)) {
    throw fault('FW_RULES_SHAPE', { at: 'rules', expected: 'a list', got: described(input) });
  }
  if (input.length > RULES_MAX) {
    const expected = `a list of at most ${RULES_MAX}`;
    throw fault('FW_RULES_SHAPE', { at: 'rules', expected, got: `${input.length} rules` });
  }
  const rules = input.map((rule: unknown, i) => parseRule(rule, `rules[${i}]`));
  const conflict = strictConflict(rules);
  if (conflict !== null) throw fault('FW_RULE_STRICT', strictFacts(conflict));
  return Object.freeze(rules);
}

function strictFacts({ rule, ruleAt, strict, strictAt, how }: StrictConflict) {
  return {
    at: `rules[${ruleAt}]`,
    rule: rule.rule,
    path: rule.path,
    strictAt: `rules[${strictAt}]`,
    strictPath: strict.path,
    how,
  };
}

/** Validates one rule; `at` says in errors where it stands. */
export function parseRule(input: unknown, at: string): Rule {
  const data = requireObject(input, at);
  const name = data.rule;
  if (typeof name !== 'string' || !isRuleName(name)) {
    const wrong = typeof name === 'string' ? name : described(name);
    throw fault('FW_RULE_UNKNOWN', { at, name: wrong, nearest: nearestName(wrong, RULE_NAMES) });
  }
  const shapes = { rule: RULE_NAME, path: TEXT, ...OPTIONS[name] };
  checkOptions(data, shapes, { at, of: `the rule ${name}` });
  if (name === 'tolerance' && data.abs === undefined && data.rel === undefined) {
    const expected = 'given, or rel, or both';
    const of = 'the rule tolerance';
    throw fault('FW_RULE_OPTION_INVALID', { at, of, option: 'abs', expected, got: 'missing' });
  }
  parsePath(data.path as string);
  return Object.freeze(knownOnly(data, Object.keys(shapes))) as unknown as Rule;
}

function isRuleName(name: string): name is RuleName {
  return Object.hasOwn(OPTIONS, name);
}

/**
 * A fresh copy without undefined options, so that equal rule sets serialise alike and cannot change
 * afterwards.
 */
function knownOnly(
  data: Readonly<Record<string, unknown>>,
  keys: readonly string[],
): Record<string, unknown> {
  const given = keys.filter((key) => data[key] !== undefined);
  return Object.fromEntries(given.map((key) => [key, data[key]]));
}
