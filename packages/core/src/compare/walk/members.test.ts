import { describe, expect, it } from 'vitest';
import type { Comparison } from '../comparison.ts';
import { createComparator } from '../create-comparator.ts';
import { absentIsNull, ignore, instant, pattern, sameType } from '../rules/builders.ts';
import type { Rule } from '../rules/rule.ts';

const found = ({ result, differences }: Comparison): string[] =>
  differences.length === 0 ? [result] : differences.map(({ path, kind }) => `${path} ${kind}`);

const compare = (legacy: unknown, candidate: unknown, ...rules: Rule[]) =>
  found(createComparator({ rules }).values(legacy, candidate));

class Money {
  readonly cents: number;
  constructor(cents: number) {
    this.cents = cents;
  }
}

class Secret {
  readonly #cents: number;
  constructor(cents: number) {
    this.#cents = cents;
  }
  matches(other: Secret): boolean {
    return this.#cents === other.#cents;
  }
}

class Stamp {
  readonly #text: string;
  constructor(text: string) {
    this.#text = text;
  }
  toJSON(): string {
    return this.#text;
  }
}

describe('objects', () => {
  it.each([
    [{ a: 1, b: 2 }, { b: 2, a: 1 }, ['equal']],
    [{ a: 1 }, Object.assign(Object.create(null), { a: 1 }), ['equal']],
    [{ a: 1 }, { a: 1, b: 2 }, ['$.b extra']],
    [{ a: 1, b: 2 }, { a: 1 }, ['$.b missing']],
    [{ a: null }, {}, ['$.a null-absent']],
    [{}, { a: null }, ['$.a null-absent']],
    [{ a: undefined }, {}, ['$.a undefined-absent']],
    [{ a: undefined }, { a: null }, ['$.a type']],
    [{ a: undefined }, { a: undefined }, ['equal']],
    [{ 'a b': { c: 1 } }, { 'a b': { c: 2 } }, ["$['a b'].c number"]],
    [JSON.parse('{"__proto__":1}'), JSON.parse('{"__proto__":2}'), ['$.__proto__ number']],
    [JSON.parse('{"__proto__":1}'), {}, ['$.__proto__ missing']],
  ])('%o and %o: %j', (legacy, candidate, differences) => {
    expect(compare(legacy, candidate)).toEqual(differences);
  });

  it('takes null, undefined and nothing for one thing where the rule says so', () => {
    const rule = absentIsNull('$.*');
    const nothings = [{ a: null }, { a: undefined }, {}];
    for (const legacy of nothings) {
      for (const candidate of nothings) expect(compare(legacy, candidate, rule)).toEqual(['equal']);
      expect(compare(legacy, { a: 0 }, rule)).not.toEqual(['equal']);
      expect(compare(legacy, { a: '' }, rule)).not.toEqual(['equal']);
    }
  });

  it('compares symbol keys', () => {
    const key = Symbol('key');
    expect(compare({ [key]: 1 }, { [key]: 2 })).toEqual(['$[Symbol(key)] number']);
  });

  it('does not invoke getters, and never takes two of them for equal', () => {
    let calls = 0;
    const lazy = () => ({
      get total() {
        calls += 1;
        return 5;
      },
    });
    expect(compare(lazy(), lazy())).toEqual(['$.total opaque']);
    expect(compare(lazy(), { total: 5 })).toEqual(['$.total type']);
    expect(compare(lazy(), lazy(), ignore('$.total'))).toEqual(['equal']);
    expect(calls).toBe(0);
  });
});

describe('class instances', () => {
  it.each([
    [new Money(5), new Money(5), ['equal']],
    [new Money(5), new Money(6), ['$.cents number']],
    [new Money(5), { cents: 5 }, ['$ type']],
    [
      new Money(5),
      new (class Money {
        readonly cents = 5;
      })(),
      ['$ type'],
    ],
    [new Stamp('a'), new Stamp('a'), ['equal']],
    [new Stamp('a'), new Stamp('b'), ['$ string']],
    [new URL('http://a/'), new URL('http://a/'), ['equal']],
    [new URL('http://a/'), new URL('http://b/'), ['$ string']],
  ])('%o and %o: %j', (legacy, candidate, differences) => {
    expect(compare(legacy, candidate)).toEqual(differences);
  });

  it('never takes two objects for equal that show nothing of themselves', () => {
    expect(new Secret(1).matches(new Secret(1))).toBe(true);
    expect(compare(new Secret(1), new Secret(2))).toEqual(['$ opaque']);
    expect(compare(new Secret(1), new Secret(1))).toEqual(['$ opaque']);
    expect(compare(Promise.resolve(1), Promise.resolve(1))).toEqual(['$ opaque']);
    expect(compare(new WeakMap(), new WeakMap())).toEqual(['$ opaque']);
    const secret = new Secret(1);
    expect(compare(secret, secret)).toEqual(['equal']);
    expect(compare(new Secret(1), new Secret(2), sameType('$'))).toEqual(['equal']);
  });

  it('lets the rules of the place reach what an instance is in JSON', () => {
    const [legacy, candidate] = [
      new Stamp('2026-11-20T14:00:00Z'),
      new Stamp('2026-11-20T14:00:01Z'),
    ];
    expect(compare(legacy, candidate, instant('$', { within: '5s' }))).toEqual(['equal']);
  });

  it('ends when toJSON never gets to the point', () => {
    class Onion {
      toJSON(): Onion {
        return new Onion();
      }
    }
    const { result, stop } = createComparator().values(new Onion(), new Onion());
    expect({ result, stop }).toEqual({ result: 'incomplete', stop: 'depth' });
  });
});

describe('errors', () => {
  class NotFound extends Error {
    readonly status = 404;
  }

  it.each([
    [new Error('a'), new Error('a'), ['equal']],
    [new Error('a'), new Error('b'), ['$.message string']],
    [new Error('a'), new TypeError('a'), ['$ error']],
    [new NotFound('a'), new NotFound('a'), ['equal']],
    [
      new NotFound('a'),
      new (class NotFound extends Error {
        readonly status = 410;
      })('a'),
      ['$.status number'],
    ],
    [
      Object.assign(new Error('a'), { code: 'E1' }),
      Object.assign(new Error('a'), { code: 'E2' }),
      ['$.code string'],
    ],
    [Object.assign(new Error('a'), { code: 'E1' }), new Error('a'), ['$.code missing']],
    [Object.assign(new Error('a'), { name: 'Timeout' }), new Error('a'), ['$ error']],
    [new Error('a', { cause: 1 }), new Error('a', { cause: 2 }), ['$.cause number']],
    [
      new Error('a', { cause: new Error('x') }),
      new Error('a', { cause: new Error('y') }),
      ['$.cause.message string'],
    ],
    [
      new AggregateError([new Error('x')]),
      new AggregateError([new Error('y')]),
      ['$.errors[0].message string'],
    ],
    [new DOMException('a', 'AbortError'), new DOMException('a', 'TimeoutError'), ['$ error']],
    [
      new DOMException('a', 'AbortError'),
      new DOMException('b', 'AbortError'),
      ['$.message string'],
    ],
    [new Error('a'), { message: 'a' }, ['$ type']],
  ])('%o and %o: %j', (legacy, candidate, differences) => {
    expect(compare(legacy, candidate)).toEqual(differences);
  });

  it('do not differ by their stacks', () => {
    const thrownHere = () => new Error('a');
    const thrownThere = () => new Error('a');
    expect(compare(thrownHere(), thrownThere())).toEqual(['equal']);
  });

  it('obey rules on their parts', () => {
    const [legacy, candidate] = [new Error('order 17 not found'), new Error('order 18 not found')];
    expect(compare(legacy, candidate, pattern('$.message', '^order \\d+ not found$'))).toEqual([
      'equal',
    ]);
  });

  it('may be each other’s cause in a circle', () => {
    const knot = (text: string) => {
      const error = new Error(text);
      error.cause = new Error('inner', { cause: error });
      return error;
    };
    expect(compare(knot('a'), knot('a'))).toEqual(['equal']);
    expect(compare(knot('a'), knot('b'))).toEqual(['$.message string']);
  });
});

describe('repeated names in JSON text', () => {
  const json = (legacy: string, candidate: string, ...rules: Rule[]) =>
    found(createComparator({ rules }).json(legacy, candidate));

  it.each([
    ['{"a":1,"a":2}', '{"a":1, "a":2}', ['equal']],
    ['{"a":1,"a":2}', '{"a":2,"a":1}', ['$.a number', '$.a number']],
    ['{"a":1,"a":2}', '{"a":2}', ['$.a duplicate-key']],
    ['{"a":2}', '{"a":2,"a":2}', ['$.a duplicate-key']],
    ['{"a":1,"a":2}', '{}', ['$.a missing']],
    ['{"a":1,"a":2,"b":1}', '{"a":1,"b":2,"a":2}', ['$.b number']],
  ])('%s and %s: %j', (legacy, candidate, differences) => {
    expect(json(legacy, candidate)).toEqual(differences);
  });

  it('can be ignored like anything else', () => {
    expect(json('{"a":1,"a":2}', '{"a":2}', ignore('$.a'))).toEqual(['equal']);
  });
});
