import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isFalseworkError } from '../../errors/index.ts';
import {
  absentIsNull,
  custom,
  ignore,
  instant,
  keyed,
  pattern,
  sameType,
  tolerance,
  unordered,
} from './builders.ts';
import { parseRules } from './parse-rules.ts';
import type { Rule } from './rule.ts';

function refusalOf(action: () => unknown): { code: string; message: string } {
  try {
    action();
  } catch (error) {
    if (isFalseworkError(error)) return { code: error.code, message: error.message };
    throw error;
  }
  throw new Error('It was accepted.');
}

const isSame = () => true;

/** One of each, as its builder makes it and as a file would say it. */
const EACH: readonly [Rule, object][] = [
  [ignore('$.a'), { rule: 'ignore', path: '$.a' }],
  [tolerance('$.a', { abs: 0.005 }), { rule: 'tolerance', path: '$.a', abs: 0.005 }],
  [tolerance('$.a', { rel: 0.1 }), { rule: 'tolerance', path: '$.a', rel: 0.1 }],
  [instant('$.a', { within: '5s' }), { rule: 'instant', path: '$.a', within: '5s' }],
  [unordered('$.a'), { rule: 'unordered', path: '$.a' }],
  [keyed('$.a', 'sku'), { rule: 'keyed', path: '$.a', by: 'sku' }],
  [pattern('$.a', '^x'), { rule: 'pattern', path: '$.a', regex: '^x' }],
  [sameType('$.a'), { rule: 'same-type', path: '$.a' }],
  [absentIsNull('$.a'), { rule: 'absent-is-null', path: '$.a' }],
  [custom('$.a', isSame), { rule: 'custom', path: '$.a', isSame }],
];

describe('builders', () => {
  it.each(EACH)('build plain frozen data that parses as itself', (rule, data) => {
    expect(rule).toEqual(data);
    expect(Object.isFrozen(rule)).toBe(true);
    expect(parseRules([data])).toEqual([rule]);
  });

  it('survive a trip through JSON', () => {
    const rules = EACH.map(([rule]) => rule).filter(({ rule }) => rule !== 'custom');
    expect(parseRules(JSON.parse(JSON.stringify(rules)))).toEqual(rules);
  });

  it('refuse a mistake in the line that made it', () => {
    expect(refusalOf(() => ignore('$.[')).code).toBe('FW_PATH_SYNTAX');
    expect(refusalOf(() => keyed('$.a', '')).message).toBe(
      'keyed(…): by of the rule keyed must be a text, not "".',
    );
  });
});

describe('parseRules', () => {
  it.each([
    [{}, 'FW_RULES_SHAPE', 'rules must be a list, not object.'],
    [[5], 'FW_RULES_SHAPE', 'rules[0] must be an object, not 5.'],
    [[null], 'FW_RULES_SHAPE', 'rules[0] must be an object, not null.'],
    [[[]], 'FW_RULES_SHAPE', 'rules[0] must be an object, not array.'],
    [
      [{ rule: 'ignroe', path: '$' }],
      'FW_RULE_UNKNOWN',
      'rules[0] names the rule "ignroe", which does not exist. Did you mean "ignore"?',
    ],
    [
      [ignore('$'), { rule: 'sametype', path: '$' }],
      'FW_RULE_UNKNOWN',
      'rules[1] names the rule "sametype", which does not exist. Did you mean "same-type"?',
    ],
    [
      [{ rule: 'constructor', path: '$' }],
      'FW_RULE_UNKNOWN',
      'rules[0] names the rule "constructor", which does not exist.',
    ],
    [
      [{ path: '$' }],
      'FW_RULE_UNKNOWN',
      'rules[0] names the rule "undefined", which does not exist.',
    ],
    [
      [{ rule: 'keyed', path: '$', By: 'sku' }],
      'FW_RULE_OPTION_UNKNOWN',
      'rules[0]: the rule keyed has no "By"; it takes rule, path, by. Did you mean "by"?',
    ],
    [
      [{ rule: 'ignore' }],
      'FW_RULE_OPTION_INVALID',
      'rules[0]: path of the rule ignore must be a text, not missing.',
    ],
    [
      [{ rule: 'tolerance', path: '$' }],
      'FW_RULE_OPTION_INVALID',
      'rules[0]: abs of the rule tolerance must be given, or rel, or both, not missing.',
    ],
    [
      [{ rule: 'tolerance', path: '$', abs: -1 }],
      'FW_RULE_OPTION_INVALID',
      'rules[0]: abs of the rule tolerance must be a number of zero or more, not -1.',
    ],
    [
      [{ rule: 'tolerance', path: '$', rel: '5%' }],
      'FW_RULE_OPTION_INVALID',
      'rules[0]: rel of the rule tolerance must be a number of zero or more, not "5%".',
    ],
    [
      [{ rule: 'instant', path: '$', within: 'soon' }],
      'FW_RULE_OPTION_INVALID',
      'rules[0]: within of the rule instant must be milliseconds or a duration such as 100ms, 5s, 1m, not "soon".',
    ],
    [
      [{ rule: 'pattern', path: '$', regex: '(' }],
      'FW_RULE_OPTION_INVALID',
      'rules[0]: regex of the rule pattern must be the source of a regular expression that compiles with the u flag, not "(".',
    ],
    [
      [{ rule: 'custom', path: '$', isSame: 'yes' }],
      'FW_RULE_OPTION_INVALID',
      'rules[0]: isSame of the rule custom must be a function, so a custom rule can only stand in code, not "yes".',
    ],
    [
      [{ rule: 'ignore', path: '$.a-b' }],
      'FW_PATH_SYNTAX',
      'The path "$.a-b" does not parse at character 4: expected ".", "..", "[" or the end of the path; a name with other characters is written [\'like-this\'].',
    ],
  ])('refuses %j as %s', (input, code, message) => {
    expect(refusalOf(() => parseRules(input))).toEqual({ code, message });
  });

  it('refuses __proto__ as the unknown key that it is', () => {
    const input = JSON.parse('[{"rule":"ignore","path":"$","__proto__":{"abs":1}}]') as unknown;
    expect(refusalOf(() => parseRules(input)).code).toBe('FW_RULE_OPTION_UNKNOWN');
  });

  it('refuses more rules than anyone could vouch for', () => {
    const rules = Array.from({ length: 1_001 }, () => ({ rule: 'ignore', path: '$' }));
    expect(refusalOf(() => parseRules(rules)).message).toBe(
      'rules must be a list of at most 1000, not 1001 rules.',
    );
  });

  it('keeps a copy: changing the input afterwards changes nothing', () => {
    const input = [{ rule: 'ignore', path: '$.a', extra: undefined }];
    delete (input[0] as { extra?: unknown }).extra;
    const rules = parseRules(input);
    (input[0] as { path: string }).path = '$.b';
    expect(rules).toEqual([{ rule: 'ignore', path: '$.a' }]);
    expect(Object.isFrozen(rules)).toBe(true);
  });

  it('accepts or refuses with a code whatever it is given', () => {
    const option = fc.oneof(
      fc.string({ maxLength: 5 }),
      fc.double(),
      fc.constantFrom('$', '$.a', null),
    );
    const names = fc.constantFrom(...EACH.map(([{ rule }]) => rule), 'other', 5);
    const rule = fc
      .tuple(
        names,
        fc.dictionary(fc.constantFrom('path', 'abs', 'rel', 'by', 'within', 'regex', 'x'), option),
      )
      .map(([name, options]) => ({ rule: name, ...options }));
    fc.assert(
      fc.property(fc.oneof(fc.anything(), fc.array(rule, { maxLength: 3 })), (input) => {
        try {
          parseRules(input);
        } catch (error) {
          if (!isFalseworkError(error)) throw error;
          expect(error.code).toMatch(/^FW_(RULE|PATH)/);
        }
      }),
    );
  });
});
