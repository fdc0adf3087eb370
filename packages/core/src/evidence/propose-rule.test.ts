import { createComparator } from '@falsework/core/compare';
import { describe, expect, it } from 'vitest';
import { proposeRule } from './propose-rule.ts';
import type { SignatureRecord } from './signature-record.ts';

const record = (
  kind: string,
  examples: readonly (readonly [legacy: string, candidate: string])[],
  over: Partial<SignatureRecord> = {},
): SignatureRecord => ({
  seam: 'quote',
  epoch: 1,
  id: 'a'.repeat(16),
  template: '$.x',
  kind,
  isNoise: false,
  count: examples.length,
  firstAt: 0,
  lastAt: 0,
  samples: examples.map(([legacy, candidate]) => ({
    at: 0,
    path: '$.x',
    legacy,
    candidate,
    request: null,
  })),
  shapes: [],
  strata: [],
  hours: [],
  ...over,
});

const ruleFor = (...args: Parameters<typeof record>) => proposeRule(record(...args))?.rule ?? null;

describe('a proposed rule', () => {
  it.each([
    { kind: 'order', examples: [['[1,2]', '[2,1]']], rule: { rule: 'unordered', path: '$.x' } },
    {
      kind: 'null-absent',
      examples: [['null', 'absent']],
      rule: { rule: 'absent-is-null', path: '$.x' },
    },
    {
      kind: 'number',
      examples: [
        ['10.005', '10.00'],
        ['20.0049', '20.00'],
      ],
      rule: { rule: 'tolerance', path: '$.x', abs: 0.005 },
    },
    {
      kind: 'string',
      examples: [['"2026-11-20T08:00:00.000Z"', '"2026-11-20T08:00:02.100Z"']],
      rule: { rule: 'instant', path: '$.x', within: '3s' },
    },
    {
      kind: 'string',
      examples: [
        ['"0b7d0e7e-5b0a-4c3f-9b6e-1b2a3c4d5e6f"', '"1b7d0e7e-5b0a-4c3f-9b6e-1b2a3c4d5e6f"'],
      ],
      rule: { rule: 'same-type', path: '$.x' },
    },
  ] as const)(
    'for $kind is the narrowest that excuses every example',
    ({ kind, examples, rule }) => {
      expect(ruleFor(kind, examples)).toEqual(rule);
    },
  );

  it.each([
    {
      title: 'a time zone',
      kind: 'string',
      examples: [['"2026-11-20T08:00:00Z"', '"2026-11-20T09:00:00Z"']],
    },
    { title: 'a number that is far off', kind: 'number', examples: [['100', '105']] },
    { title: 'another word', kind: 'string', examples: [['"open"', '"paid"']] },
    { title: 'a missing field', kind: 'missing', examples: [['1', 'absent']] },
    { title: 'a cause without examples', kind: 'number', examples: [] },
  ] as const)('is not made for $title: that may well be a fault', ({ kind, examples }) => {
    expect(ruleFor(kind, examples)).toBeNull();
  });

  it('may be wide for what legacy shows against itself', () => {
    expect(ruleFor('string', [['"abc"', '"def"']], { isNoise: true })).toEqual({
      rule: 'ignore',
      path: '$.x',
    });
  });

  it('really excuses the examples that it was made from', () => {
    const rule = ruleFor('number', [
      ['10.005', '10.00'],
      ['7.3', '7.2951'],
    ]);
    const comparator = createComparator({ rules: rule ? [rule] : [] });
    expect(comparator.json('{"x":10.005}', '{"x":10.00}').result).toBe('equal');
    expect(comparator.json('{"x":7.3}', '{"x":7.2951}').result).toBe('equal');
    expect(comparator.json('{"x":7.3}', '{"x":7.2}').result).toBe('different');
  });
});
