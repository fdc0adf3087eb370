import { EventEmitter } from 'node:events';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { thenable, zeros } from '../../test/fixtures.ts';
import { type IsolationUse, isolate } from './isolate.ts';

/** The copy of a value; fails when there is none. */
function copyOf<Value>(value: Value, use: IsolationUse = 'input'): Value {
  const copied = isolate(value, use);
  if (!copied.isCopied) throw new Error(`not copied: ${copied.because}`);
  return copied.value as Value;
}

/** Changes everything that can be reached and changed. */
function vandalise(value: unknown, seen = new Set<unknown>()): void {
  if (typeof value !== 'object' || value === null || seen.has(value)) return;
  seen.add(value);
  for (const inner of Object.values(value)) vandalise(inner, seen);
  for (const key of Object.keys(value)) Reflect.set(value, key, 'vandalised');
  if (Array.isArray(value)) value.push('vandalised');
  if (value instanceof Map) value.set('vandalised', 1);
  if (value instanceof Set) value.add('vandalised');
  if (value instanceof Date) value.setTime(0);
  Reflect.set(value, 'vandalised', true);
}

describe('a copy', () => {
  it('is equal to the original and shares nothing changeable with it, whatever it is made of', () => {
    const anything = fc.anything({
      withMap: true,
      withSet: true,
      withDate: true,
      withBigInt: true,
      withTypedArray: true,
      withSparseArray: true,
      withNullPrototype: true,
    });
    fc.assert(
      fc.property(anything, (value) => {
        const copy = copyOf(value);
        expect(copy).toStrictEqual(value);
        const before = structuredCloneish(value);
        vandalise(copy);
        expect(value).toStrictEqual(before);
      }),
    );
  });

  it('keeps cycles and shared parts', () => {
    const shared = { n: 1 };
    const original: Record<string, unknown> = { a: shared, b: shared, map: new Map() };
    original.self = original;
    (original.map as Map<unknown, unknown>).set(original, original);
    const copy = copyOf(original);
    expect(copy.self).toBe(copy);
    expect(copy.a).toBe(copy.b);
    expect(copy.a).not.toBe(shared);
    expect([...(copy.map as Map<unknown, unknown>)]).toEqual([[copy, copy]]);
  });

  it('keeps classes, with their own properties copied', () => {
    class Money {
      readonly amounts: number[];
      constructor(...amounts: number[]) {
        this.amounts = amounts;
      }
      total(): number {
        return this.amounts.reduce((sum, each) => sum + each, 0);
      }
    }
    const original = new Money(1, 2);
    const copy = copyOf(original);
    original.amounts.push(10);
    expect(copy).toBeInstanceOf(Money);
    expect(copy.total()).toBe(3);
  });

  it('keeps subclasses of built-in classes and what they carry', () => {
    class Labels extends Map<string, { n: number }> {
      source = { name: 'test' };
    }
    const original = new Labels([['a', { n: 1 }]]);
    const copy = copyOf(original);
    expect(copy).toBeInstanceOf(Labels);
    expect(copy.get('a')).toEqual({ n: 1 });
    expect(copy.get('a')).not.toBe(original.get('a'));
    expect(copy.source).toEqual({ name: 'test' });
    expect(copy.source).not.toBe(original.source);
  });

  it.each([
    ['a Date', new Date(7)],
    ['a RegExp with its position', Object.assign(/a/g, { lastIndex: 3 })],
    ['a URL', new URL('https://example.org/a?b=c')],
    ['a query', new URLSearchParams('a=1&b=2')],
    ['a boxed number', Object(7)],
    ['a boxed symbol', Object(Symbol.iterator)],
    ['an ArrayBuffer', new Uint8Array([1, 2]).buffer],
    ['a DataView', new DataView(new Uint8Array([1, 2, 3]).buffer, 1, 1)],
    ['a typed array', new Float64Array([1.5, -0])],
    ['a Buffer', Buffer.from('abc')],
    ['a match', /b(?<x>.)/.exec('abc')],
  ])('of %s is another one of the same class and content', (_, original) => {
    const copy = copyOf(original);
    expect(copy).toStrictEqual(original);
    expect(copy).not.toBe(original);
    expect(Object.getPrototypeOf(copy)).toBe(Object.getPrototypeOf(original));
  });

  it('of a Buffer does not drag its pool of eight kilobytes along', () => {
    expect(copyOf(Buffer.from('abc')).buffer.byteLength).toBe(3);
  });

  it('keeps holes, frozen state, attributes, symbol keys and a member named __proto__', () => {
    const key = Symbol('key');
    const list = [1, 2, 3];
    delete list[1];
    const original = Object.freeze({ list, [key]: 1, ['__proto__']: { x: 1 } });
    Object.defineProperty(original.list, 'raw', { value: ['r'], enumerable: false });
    const copy = copyOf(original);
    expect(1 in copy.list).toBe(false);
    expect(Object.isFrozen(copy)).toBe(true);
    expect(copy[key]).toBe(1);
    expect(Object.getOwnPropertyDescriptor(copy, '__proto__')?.value).toEqual({ x: 1 });
    expect(Object.getPrototypeOf(copy)).toBe(Object.prototype);
    expect(Object.getOwnPropertyDescriptor(copy.list, 'raw')).toMatchObject({ enumerable: false });
  });

  it('of an error is an error of its class, with code, cause and stack', () => {
    class NotFound extends Error {
      readonly code = 'E_NOT_FOUND';
    }
    const original = new NotFound('no', { cause: { id: 1 } });
    const copy = copyOf(original, 'answer');
    expect(copy).toBeInstanceOf(NotFound);
    expect(copy).toMatchObject({ message: 'no', code: 'E_NOT_FOUND', cause: { id: 1 } });
    expect(copy.cause).not.toBe(original.cause);
    expect(copy.stack).toBe(original.stack);
    expect(copyOf(copy).stack).toBe(original.stack);
  });

  it('does not call getters', () => {
    const get = vi.fn(() => 7);
    const original = Object.defineProperty({ a: 1 }, 'lazy', { get, enumerable: true });
    const copy = copyOf(original) as { lazy?: number };
    expect(get).not.toHaveBeenCalled();
    expect(copy.lazy).toBe(7);
  });
});

describe('what cannot be copied', () => {
  class Secretive {
    #amount = 7;
    amount(): number {
      return this.#amount;
    }
    static is(value: object): boolean {
      return #amount in value;
    }
  }
  class Child extends Secretive {}
  class Colourful {
    colour = '#ff0000';
    hash(): string {
      return `#${this.colour}`;
    }
  }

  it.each([
    ['a function', () => 1],
    ['a promise', Promise.resolve(1)],
    ['a WeakMap', new WeakMap()],
    ['a signal', new AbortController().signal],
    ['a stream', Readable.from(['a'])],
    ['an emitter', new EventEmitter()],
    ['an iterator', [1].values()],
    ['a generator', (function* () {})()],
    ['a class with private members', new Secretive()],
    ['a class that inherits private members', new Child()],
    ['a formatter', new Intl.NumberFormat('en')],
    ['an error whose message lies in a slot', new DOMException('no', 'AbortError')],
    ['an object with a method of its own', { limit: 1, log: () => {} }],
    ['a lazy query', thenable(() => {})],
    [
      'a proxy that throws',
      new Proxy(
        {},
        {
          getPrototypeOf: () => {
            throw new Error('no');
          },
        },
      ),
    ],
    ['a thing with the prototype but without the slot', Object.create(Map.prototype)],
  ])('is passed by reference as part of an input: %s', (_, thing) => {
    const copy = copyOf({ thing, data: { n: 1 } });
    expect(copy.thing).toBe(thing);
    expect(copy.data).toEqual({ n: 1 });
  });

  it('does not include classes that merely mention a hash sign, nor number classes', () => {
    expect(copyOf(new Colourful())).not.toBe(undefined);
    const original = new Colourful();
    expect(copyOf(original)).not.toBe(original);
    const number = { d: [1, 5], constructor: function Decimal() {} };
    expect(copyOf(number)).not.toBe(number);
  });

  it('is left out of an answer when it is a thing in use, and its class is kept', () => {
    const stream = Readable.from(['a']);
    const copy = copyOf({ stream, n: 1 }, 'answer');
    expect(copy.stream).not.toBe(stream);
    expect(copy.stream).toBeInstanceOf(Readable);
    expect(Reflect.ownKeys(copy.stream)).toEqual([]);
    stream.destroy();
  });

  it('lets the data of an answer be looked at although it has methods', () => {
    const answer = { n: { m: 1 }, close: () => {} };
    const copy = copyOf(answer, 'answer');
    expect(copy).toEqual(answer);
    expect(copy.n).not.toBe(answer.n);
  });

  it.each([
    ['a function', () => 1],
    ['a stream', Readable.from([])],
    ['an iterator', [1].values()],
  ])('is said of an answer that is nothing else: %s', (_, answer) => {
    expect(isolate(answer, 'answer')).toEqual({ isCopied: false, because: 'not-copyable' });
  });

  it('never throws, whatever a proxy does', () => {
    const traps = [
      'getPrototypeOf',
      'ownKeys',
      'getOwnPropertyDescriptor',
      'has',
      'get',
      'isExtensible',
    ];
    for (const trap of traps) {
      const thrower = {
        [trap]: () => {
          throw new Error('trap');
        },
      };
      for (const target of [{ a: 1 }, [1], new Date()]) {
        const proxy: unknown = new Proxy(target, thrower);
        expect(() => isolate(proxy, 'input')).not.toThrow();
        expect(() => isolate({ proxy }, 'answer')).not.toThrow();
      }
    }
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    expect(() => isolate(proxy, 'answer')).not.toThrow();
    expect(copyOf({ proxy }).proxy).toBe(proxy);
  });
});

describe('what is too large to copy', () => {
  const tooLarge = { isCopied: false, because: 'too-large' };

  it.each([
    ['too many objects', Array.from({ length: 5_001 }, () => ({}))],
    [
      'too many properties',
      Object.fromEntries(Array.from({ length: 10_001 }, (_, i) => [`k${i}`, i])),
    ],
    ['too many elements', zeros(10_001)],
    ['an endless array of holes', Object.assign([], { length: 4_000_000_000 })],
    ['too many bytes', Buffer.alloc(1_000_000)],
    ['too many entries', new Map(Array.from({ length: 10_001 }, (_, i) => [i, i]))],
  ])('is said of %s', (_, value) => {
    expect(isolate(value, 'input')).toEqual(tooLarge);
    expect(isolate({ value }, 'answer')).toEqual(tooLarge);
  });

  it('is said of nesting that would exhaust the stack, and not of what is merely deep', () => {
    const nested = (depth: number): object => {
      let value: object = {};
      for (let i = 0; i < depth; i += 1) value = { value };
      return value;
    };
    expect(isolate(nested(200), 'input').isCopied).toBe(true);
    expect(isolate(nested(300), 'input')).toEqual(tooLarge);
    expect(isolate(nested(1_000_000), 'input')).toEqual(tooLarge);
  });

  it('is said when the stack is all but used up already', () => {
    const value = { a: { b: { c: { d: 1 } } } };
    const results: unknown[] = [];
    const dive = (): void => {
      try {
        dive();
      } catch {
        // Unwinding from the very end of the stack: the copy gets more and more room.
      }
      if (results.length < 50) results.push(isolate(value, 'input'));
    };
    expect(dive).not.toThrow();
    for (const result of results) {
      expect([tooLarge, { isCopied: true, value, values: 8 }]).toContainEqual(result);
      // Equal is not enough: a copy that ran out of stack must not have shared the rest.
      const copy = (result as { value?: typeof value }).value;
      for (const [mine, theirs] of [
        [value, copy],
        [value.a, copy?.a],
        [value.a.b, copy?.a.b],
        [value.a.b.c, copy?.a.b.c],
      ]) {
        expect(theirs).not.toBe(mine);
      }
    }
  });
});

/** An independent deep copy for the property test: only of what the arbitrary makes. */
function structuredCloneish<Value>(value: Value): Value {
  const seen = new Map<object, object>();
  const clone = (inner: unknown): unknown => {
    if (typeof inner !== 'object' || inner === null) return inner;
    const known = seen.get(inner);
    if (known) return known;
    if (inner instanceof Date) return new Date(inner);
    if (ArrayBuffer.isView(inner)) return structuredClone(inner);
    if (inner instanceof Map) return new Map([...inner].map(([k, v]) => [clone(k), clone(v)]));
    if (inner instanceof Set) return new Set([...inner].map(clone));
    const copy = Array.isArray(inner) ? [] : Object.create(Object.getPrototypeOf(inner));
    seen.set(inner, copy);
    if (Array.isArray(inner)) copy.length = inner.length;
    for (const key of Reflect.ownKeys(inner)) {
      if (Array.isArray(inner) && key === 'length') continue;
      const property = Object.getOwnPropertyDescriptor(inner, key) as PropertyDescriptor;
      Object.defineProperty(copy, key, { ...property, value: clone(property.value) });
    }
    return copy;
  };
  return clone(value) as Value;
}
