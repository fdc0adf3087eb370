import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createComparator } from './create-comparator.ts';
import { absentIsNull, ignore, keyed, tolerance, unordered } from './rules/builders.ts';

const TRAPS = [
  'get',
  'getOwnPropertyDescriptor',
  'getPrototypeOf',
  'has',
  'isExtensible',
  'ownKeys',
] as const;
type Trap = (typeof TRAPS)[number];

/** What a proxy may stand in front of. */
const TARGETS: Readonly<Record<string, () => object>> = {
  object: () => ({ a: 1, b: { c: 2 } }),
  array: () => [1, [2], { id: 3 }],
  map: () => new Map([['a', 1]]),
  set: () => new Set([1]),
  date: () => new Date(0),
  error: () => new Error('a'),
  bytes: () => new Uint8Array(4),
  regexp: () => /a/,
  boxed: () => Object(1) as object,
  instance: () =>
    new (class Money {
      readonly cents = 1;
    })(),
};

/** A proxy whose trap throws from the `calm`th call on. */
function throwing(target: object, trap: Trap, calm = 0): object {
  let calls = 0;
  return new Proxy(target, {
    [trap]: (...args: unknown[]) => {
      calls += 1;
      if (calls > calm) throw new Error(`${trap} was asked once too often`);
      return Reflect.apply(Reflect[trap] as (...all: unknown[]) => unknown, Reflect, args);
    },
  });
}

const rules = [
  ignore('$..ignored'),
  unordered('$.list'),
  keyed('$.keyed', 'id'),
  tolerance('$..*', { abs: 1 }),
  absentIsNull('$..[?@.a == 1]'),
];

// Small limits: what never ends must end soon in a test as well.
const limits = { nodesMax: 20_000 };
const plain = createComparator({ limits });
const comparator = createComparator({ rules, limits });

describe('a proxy whose trap throws', () => {
  const cases = Object.keys(TARGETS).flatMap((name) => TRAPS.map((trap) => [name, trap] as const));

  it.each(cases)('in front of a %s, in %s, makes no comparison throw', (name, trap) => {
    const target = TARGETS[name] as () => object;
    for (const calm of [0, 1, 2, 5]) {
      const hostile = () => throwing(target(), trap, calm);
      for (const wrap of [
        (value: object) => value,
        (value: object) => [value],
        (value: object) => ({ a: value }),
        (value: object) => ({ list: [value, 1], keyed: [{ id: value }] }),
        (value: object) => new Map<unknown, unknown>([[value, value]]),
        (value: object) => new Set([value]),
      ]) {
        for (const judge of [plain, comparator]) {
          const sides = [wrap(hostile()), wrap(target())] as const;
          expect(judge.values(...sides).failure).toBeUndefined();
          expect(judge.values(wrap(target()), wrap(hostile())).failure).toBeUndefined();
          expect(
            judge.outcomes(
              { ok: false, error: wrap(hostile()) },
              { ok: false, error: wrap(target()) },
            ).failure,
          ).toBeUndefined();
        }
      }
    }
  });

  it('is never taken for equal when it refuses the first question', () => {
    for (const trap of ['getPrototypeOf', 'ownKeys'] as const) {
      const result = plain.values(throwing({ a: 1 }, trap), { a: 1 });
      expect(result.differences.map(({ kind }) => kind)).toEqual(['unreadable']);
    }
  });
});

describe('a value that never ends', () => {
  const endless = (): object =>
    new Proxy(
      {},
      {
        ownKeys: () => ['next', 'other'],
        getOwnPropertyDescriptor: () => ({
          value: endless(),
          enumerable: true,
          configurable: true,
        }),
      },
    );

  it('ends the comparison as incomplete', () => {
    expect(plain.values(endless(), endless())).toMatchObject({ result: 'incomplete' });
    expect(comparator.values({ list: [endless()] }, { list: [endless()] })).toMatchObject({
      result: 'incomplete',
    });
  });

  it('does not hide a difference that was found before', () => {
    const { result, differences } = plain.values(
      { a: 1, rest: endless() },
      { a: 2, rest: endless() },
    );
    expect([result, differences[0]?.path]).toEqual(['different', '$.a']);
  });
});

describe('values that lie', () => {
  it('are compared as what they are', () => {
    const liar = { [Symbol.toStringTag]: 'Date', constructor: 5, toJSON: () => 'x', length: 3 };
    expect(plain.values(liar, { ...liar }).result).toBe('equal');
    expect(plain.values(liar, { ...liar, length: 4 }).result).toBe('different');
  });

  it('do not run: neither valueOf, toString nor toJSON of what shows its members', () => {
    let calls = 0;
    const count = () => {
      calls += 1;
      return 'x';
    };
    class Chatty {
      readonly a: number;
      constructor(a: number) {
        this.a = a;
      }
      valueOf = count;
      override(): void {}
      toString(): string {
        return count();
      }
      toJSON(): string {
        return count();
      }
      [Symbol.toPrimitive](): string {
        return count();
      }
    }
    expect(plain.values(new Chatty(1), new Chatty(2)).result).toBe('different');
    expect(comparator.values(new Chatty(1), { a: 1 }).result).toBe('different');
    expect(calls).toBe(0);
  });

  it('may be of any shape at all, with members of any name', () => {
    const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'length', 'then', ''];
    const name = fc.constantFrom(...names);
    const value = fc.dictionary(name, fc.anything({ maxDepth: 1 }), { maxKeys: 4 });
    fc.assert(
      fc.property(fc.clone(value, 2), value, ([legacy, clone], other) => {
        expect(comparator.values(legacy, clone).result).toBe('equal');
        expect(comparator.values(legacy, other).failure).toBeUndefined();
        expect(Object.prototype).not.toHaveProperty('polluted');
      }),
    );
  });
});
