import { describe, expect, it } from 'vitest';
import { isFalseworkError } from '../errors/index.ts';
import type { Comparison, Outcome } from './comparison.ts';
import { createComparator } from './create-comparator.ts';
import { custom, ignore, keyed, pattern, tolerance } from './rules/builders.ts';
import type { Rule } from './rules/rule.ts';

const plain = createComparator();

const found = ({ result, differences }: Comparison): string[] =>
  differences.length === 0 ? [result] : differences.map(({ path, kind }) => `${path} ${kind}`);

const returned = (value: unknown): Outcome => ({ ok: true, value });
const threw = (error: unknown): Outcome => ({ ok: false, error });

const hostile = new Proxy(
  {},
  Object.fromEntries(
    ['get', 'has', 'ownKeys', 'getPrototypeOf', 'getOwnPropertyDescriptor', 'set'].map((trap) => [
      trap,
      () => {
        throw new Error(`The ${trap} trap.`);
      },
    ]),
  ),
);

describe('the example of the front page', () => {
  const comparator = createComparator({
    rules: [
      ignore('$.quotedAt'),
      keyed('$.lines', 'sku'),
      tolerance('$.lines[*].tax', { abs: 0.005 }),
    ],
  });
  const legacy = {
    quotedAt: 1,
    lines: [
      { sku: 'a', tax: 10.005 },
      { sku: 'b', tax: 1 },
    ],
  };

  it('excuses the clock, the order of lines and a rounding of half a cent', () => {
    const candidate = {
      quotedAt: 2,
      lines: [
        { sku: 'b', tax: 1 },
        { sku: 'a', tax: 10 },
      ],
    };
    expect(comparator.values(legacy, candidate).result).toBe('equal');
    expect(comparator.json(JSON.stringify(legacy), JSON.stringify(candidate)).result).toBe('equal');
  });

  it('excuses nothing else', () => {
    const candidate = {
      quotedAt: 2,
      lines: [
        { sku: 'b', tax: 1.006 },
        { sku: 'a', tax: 10 },
      ],
    };
    expect(comparator.values(legacy, candidate)).toEqual({
      result: 'different',
      differences: [
        { path: '$.lines[1].tax', kind: 'number', cause: 0, legacy: '1', candidate: '1.006' },
      ],
      differenceCount: 1,
      causes: [{ template: '$.lines[*].tax', kind: 'number', count: 1 }],
      isTruncated: false,
    });
  });
});

// The numbers are those of the list of what shadow libraries get wrong.
describe('the defects of others', () => {
  it('4: a throwing rule never rejects the caller; it is a difference', () => {
    const comparator = createComparator({
      rules: [
        custom('$.a', () => {
          throw new Error('boom');
        }),
      ],
    });
    expect(found(comparator.values({ a: 1 }, { a: 2 }))).toEqual(['$.a rule-failed']);
  });

  it('6: two different errors are a difference', () => {
    expect(found(plain.outcomes(threw(new Error('a')), threw(new Error('b'))))).toEqual([
      '$.error.message string',
    ]);
    expect(found(plain.outcomes(threw(new TypeError('a')), threw(new RangeError('a'))))).toEqual([
      '$.error error',
    ]);
  });

  it('6: success against error is a difference', () => {
    const error = new Error('a');
    expect(plain.outcomes(returned(error), threw(error))).toMatchObject({
      result: 'different',
      differences: [
        { path: '$', kind: 'outcome', legacy: 'returned Error: a', candidate: 'threw Error: a' },
      ],
    });
    expect(found(plain.outcomes(threw(undefined), returned(undefined)))).toEqual(['$ outcome']);
  });

  it('7: two equal objects are equal by default', () => {
    expect(found(plain.values({ a: { b: [1] } }, { a: { b: [1] } }))).toEqual(['equal']);
  });

  it('7: identical arrays are no ordering difference', () => {
    expect(found(plain.values([3, 1, 2], [3, 1, 2]))).toEqual(['equal']);
  });

  it('8: big integers and decimals do not collapse', () => {
    expect(found(plain.json('9007199254740993', '9007199254740992'))).toEqual(['$ number']);
    expect(found(plain.json('[0.1]', '[0.10000000000000000001]'))).toEqual(['$[0] number']);
    expect(found(plain.values(9007199254740993n, 9007199254740992n))).toEqual(['$ bigint']);
  });
});

describe('json', () => {
  it.each([
    ['{"a":1}', '\uFEFF {\n"a" : 1 }', ['equal']],
    ['{"a":1,"b":2}', '{"b":2,"a":1}', ['equal']],
    ['"\\u00e9\\/"', '"é/"', ['equal']],
    ['{"a":null}', '{}', ['$.a null-absent']],
    ['{"a"', '{"a"', ['equal']],
    ['{"a"', '{"a":1}', ['$ json-invalid']],
    ['{"a":1}', '', ['$ json-invalid']],
    ['{"a"', '{"b"', ['$ json-invalid']],
    ['<html>', ' ', ['$ json-invalid']],
    ['1', 'true', ['$ type']],
  ])('%s and %s: %j', (legacy, candidate, differences) => {
    expect(found(plain.json(legacy, candidate))).toEqual(differences);
  });

  it('says where and why a text is not JSON', () => {
    expect(plain.json('{"a":1', '{"a":1}').differences[0]).toMatchObject({
      legacy: 'not JSON from character 7: expected "," or "}"',
      candidate: '{"a":1}',
    });
  });

  it('cannot be made to excuse a text that is not JSON', () => {
    expect(found(createComparator({ rules: [ignore('$')] }).json('{', '{}'))).toEqual([
      '$ json-invalid',
    ]);
  });

  it('does not crash on a hundred thousand levels', () => {
    const deep = (inner: string) => '['.repeat(100_000) + inner + ']'.repeat(100_000);
    expect(plain.json(deep('1'), deep('1')).result).toBe('equal');
    expect(plain.json(deep('1'), deep('2'))).toMatchObject({ result: 'incomplete', stop: 'depth' });
    expect(found(plain.json(deep('1'), deep('1').slice(1)))).toEqual(['$ json-invalid']);
    expect(found(plain.json(`[${deep('1')},1]`, `[${deep('1')},2]`))).toEqual(['$[1] number']);
  });

  it('bounds huge numbers and huge texts', () => {
    const digits = '7'.repeat(1_000_000);
    expect(plain.json(`[${digits}]`, `[${digits}.0]`).result).toBe('equal');
    expect(found(plain.json(`[${digits}]`, `[${digits}.1]`))).toEqual(['$[0] number']);
    const many = `[${'0,'.repeat(2_000_000)}0]`;
    expect(plain.json(many, `${many} `)).toMatchObject({ result: 'incomplete', stop: 'nodes' });
  });
});

describe('outcomes', () => {
  it.each([
    [returned(1), returned(1), ['equal']],
    [returned(1), returned(2), ['$ number']],
    [returned({ a: 1 }), returned({ a: 2 }), ['$.a number']],
    [threw(undefined), threw(undefined), ['equal']],
    [threw(0), threw(0), ['equal']],
    [threw(0), threw(''), ['$.error type']],
    [threw(undefined), threw(null), ['$.error type']],
    [threw('a'), threw('b'), ['$.error string']],
    [threw({ code: 1 }), threw({ code: 2 }), ['$.error.code number']],
    [threw(new Error('a')), threw('a'), ['$.error type']],
  ])('%o and %o: %j', (legacy, candidate, differences) => {
    expect(found(plain.outcomes(legacy, candidate))).toEqual(differences);
  });

  it('lets rules reach errors at $.error, and never excuse a failure', () => {
    const comparator = createComparator({
      rules: [pattern('$.error.message', '^order \\d+ is gone$'), ignore('$')],
    });
    const gone = (id: number) => threw(new Error(`order ${id} is gone`));
    expect(found(comparator.outcomes(gone(1), gone(2)))).toEqual(['equal']);
    expect(found(comparator.outcomes(gone(1), threw(new Error('other'))))).toEqual([
      '$.error.message pattern',
    ]);
    expect(found(comparator.outcomes(gone(1), returned(1)))).toEqual(['$ outcome']);
  });

  it('does not let a rule for answers excuse errors', () => {
    const comparator = createComparator({ rules: [ignore('$.message'), ignore('$.code')] });
    expect(found(comparator.outcomes(threw(new Error('a')), threw(new Error('b'))))).toEqual([
      '$.error.message string',
    ]);
  });
});

describe('whatever it is given', () => {
  it('does not throw, and does not call it equal', () => {
    const comparator = createComparator({
      rules: [ignore('$..x'), keyed('$', 'id'), ignore('$.z[?@.a]')],
    });
    const values = [
      hostile,
      [hostile],
      { a: hostile },
      new Map([[hostile, hostile]]),
      new Set([hostile]),
    ];
    for (const value of values) {
      for (const other of [{}, [{}], { a: {} }, new Map([[{}, {}]]), new Set([{}]), null]) {
        expect(comparator.values(value, other).result).not.toBe('equal');
        expect(comparator.values(other, value).result).not.toBe('equal');
        expect(comparator.outcomes(threw(value), threw(other)).result).not.toBe('equal');
      }
    }
  });

  it('turns arguments that are no outcomes or texts into an incomplete comparison that says why', () => {
    const untyped = plain as unknown as Record<
      'json' | 'outcomes',
      (...sides: unknown[]) => Comparison
    >;
    expect(untyped.json(undefined, '{}')).toMatchObject({ result: 'incomplete', stop: 'failure' });
    expect(untyped.json({}, '{}')).toMatchObject({ result: 'incomplete', stop: 'failure' });
    expect(untyped.outcomes(null, returned(1)).failure).toMatch(/^TypeError: /);
    expect(untyped.outcomes(hostile, hostile)).toMatchObject({ failure: 'Error: The get trap.' });
  });

  it('survives a call stack that is nearly used up', () => {
    const results = new Set<string>();
    const deeper = (): void => {
      try {
        deeper();
      } catch {
        // Unwinding from the overflow, each level tries with a little more room.
      }
      if (results.size < 3) results.add(plain.values({ a: [1] }, { a: [2] }).result);
    };
    deeper();
    expect([...results]).not.toContain('equal');
    expect([...results]).toContain('different');
  });

  it('changes nothing it is given', () => {
    const freeze = (value: object): object => {
      for (const inner of Object.values(value))
        if (typeof inner === 'object') freeze(inner as object);
      return Object.freeze(value);
    };
    const legacy = freeze({ a: [3, 1, { b: 2 }], c: { d: [1] } });
    const candidate = freeze({ a: [1, 3, { b: 9 }], c: { d: [2, 1] } });
    expect(plain.values(legacy, candidate).result).toBe('different');
  });
});

describe('the fingerprint', () => {
  const of = (...rules: Rule[]) => createComparator({ rules }).fingerprint;

  it('is stable across processes and releases', () => {
    expect(plain.fingerprint).toMatchInlineSnapshot(`"3dfa2fda7c1f98fa"`);
    expect(of(ignore('$.a'))).toBe(of({ path: '$.a', rule: 'ignore' }));
  });

  it('changes with every rule, their order, the options and the limits', () => {
    const isSame = () => true;
    const all = [
      plain.fingerprint,
      of(ignore('$.a')),
      of(ignore('$.b')),
      of(ignore('$.a'), ignore('$.b')),
      of(ignore('$.b'), ignore('$.a')),
      of(tolerance('$.a', { abs: 1 })),
      of(tolerance('$.a', { rel: 1 })),
      of(custom('$.a', isSame)),
      of(custom('$.a', () => false)),
      createComparator({ strictNumbers: true }).fingerprint,
      createComparator({ limits: { depthMax: 20 } }).fingerprint,
    ];
    expect(new Set(all).size).toBe(all.length);
    expect(of(custom('$.a', isSame))).toBe(of(custom('$.a', isSame)));
  });
});

describe('options', () => {
  it.each([
    [{ rule: [] }, 'FW_RULE_OPTION_UNKNOWN', /has no "rule".*Did you mean "rules"/],
    [{ strictNumbers: 1 }, 'FW_RULE_OPTION_INVALID', /strictNumbers.*true or false, not 1/],
    [{ rules: {} }, 'FW_RULES_SHAPE', /rules must be a list/],
    [{ limits: 5 }, 'FW_RULES_SHAPE', /limits must be an object, not 5/],
    [{ limits: { depth: 5 } }, 'FW_RULE_OPTION_UNKNOWN', /depthMax, nodesMax, differencesMax/],
    [
      { limits: { depthMax: 251 } },
      'FW_RULE_OPTION_INVALID',
      /whole number from 1 to 250, not 251/,
    ],
    [{ limits: { nodesMax: 0.5 } }, 'FW_RULE_OPTION_INVALID', /nodesMax.*not 0\.5/],
    [null, 'FW_RULES_SHAPE', /must be an object, not null/],
  ])('%j are refused with %s', (options, code, message) => {
    try {
      createComparator(options as never);
      expect.unreachable();
    } catch (error) {
      if (!isFalseworkError(error)) throw error;
      expect(error.code).toBe(code);
      expect(error.message).toMatch(message);
    }
  });

  it('take undefined for not given', () => {
    const options = { limits: { depthMax: undefined }, strictNumbers: undefined, rules: undefined };
    expect(createComparator(options as never).fingerprint).toBe(plain.fingerprint);
  });
});
