import { describe, expect, it } from 'vitest';
import { isFalseworkError } from '../../errors/index.ts';
import { checkOptions, described, requireObject } from './check-options.ts';

const SHAPES = {
  name: { expected: 'a text', isValid: (value: unknown) => typeof value === 'string' },
  size: {
    expected: 'a number',
    isValid: (value: unknown) => typeof value === 'number',
    isOptional: true,
  },
};

const refusalOf = (action: () => unknown): string | undefined => {
  try {
    action();
    return undefined;
  } catch (error) {
    if (!isFalseworkError(error)) throw error;
    return `${error.code} ${error.message}`;
  }
};

const check = (input: Record<string, unknown>) =>
  refusalOf(() => checkOptions(input, SHAPES, { at: 'here', of: 'the thing' }));

describe('checkOptions', () => {
  it.each([
    [{ name: 'a' }, undefined],
    [{ name: 'a', size: 1 }, undefined],
    [{ name: 'a', size: undefined }, undefined],
    [{}, 'FW_RULE_OPTION_INVALID here: name of the thing must be a text, not missing.'],
    [{ name: 5 }, 'FW_RULE_OPTION_INVALID here: name of the thing must be a text, not 5.'],
    [
      { name: 'a', size: [] },
      'FW_RULE_OPTION_INVALID here: size of the thing must be a number, not array.',
    ],
    [
      { nmae: 'a' },
      'FW_RULE_OPTION_UNKNOWN here: the thing has no "nmae"; it takes name, size. Did you mean "name"?',
    ],
    [
      { name: 'a', colour: 1 },
      'FW_RULE_OPTION_UNKNOWN here: the thing has no "colour"; it takes name, size.',
    ],
  ])('judges %j', (input, refusal) => {
    expect(check(input)).toBe(refusal);
  });
});

describe('requireObject', () => {
  it.each([null, undefined, 5, 'a', [], () => 1])('refuses %o', (input) => {
    expect(refusalOf(() => requireObject(input, 'here'))).toMatch(
      /^FW_RULES_SHAPE here must be an object, not /,
    );
  });
});

describe('described', () => {
  it('shows short scalars and names everything else, so that no message carries data', () => {
    const values = ['a"b', 'x'.repeat(41), 5, Number.NaN, true, null, { a: 1 }, new Date(0)];
    expect(values.map(described)).toEqual([
      '"a\\"b"',
      'a long string',
      '5',
      'NaN',
      'true',
      'null',
      'object',
      'Date',
    ]);
  });
});
