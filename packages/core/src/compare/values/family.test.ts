import vm from 'node:vm';
import { describe, expect, it } from 'vitest';
import { JsonNumber, JsonObject } from '../json/json-nodes.ts';
import { ABSENT, AccessorProperty, familyOf, typeNameOf, unboxed } from './family.ts';

class Money {
  readonly cents = 5;
}

class Liar {
  get [Symbol.toStringTag](): string {
    return 'Date';
  }
}

describe('familyOf', () => {
  it.each([
    [null, 'null', 'null'],
    [undefined, 'undefined', 'undefined'],
    [ABSENT, 'absent', 'absent'],
    [true, 'boolean', 'boolean'],
    [0, 'number', 'number'],
    [new JsonNumber('1.0'), 'number', 'number'],
    [1n, 'bigint', 'bigint'],
    ['', 'string', 'string'],
    [Symbol.iterator, 'symbol', 'symbol'],
    [() => 1, 'function', 'function'],
    [[], 'array', 'array'],
    [{}, 'object', 'object'],
    [Object.create(null), 'object', 'object'],
    [new JsonObject(), 'object', 'object'],
    [new Money(), 'instance', 'Money'],
    [Promise.resolve(), 'instance', 'Promise'],
    [new Map(), 'map', 'Map'],
    [new Set(), 'set', 'Set'],
    [new Date(), 'date', 'Date'],
    [/a/, 'regexp', 'RegExp'],
    [new Uint8Array(1), 'bytes', 'Uint8Array'],
    [Buffer.from('a'), 'bytes', 'Buffer'],
    [new DataView(new ArrayBuffer(1)), 'bytes', 'DataView'],
    [new ArrayBuffer(1), 'bytes', 'ArrayBuffer'],
    [new SharedArrayBuffer(1), 'bytes', 'SharedArrayBuffer'],
    [Object(1), 'boxed', 'Number'],
    [Object('a'), 'boxed', 'String'],
    [Object(false), 'boxed', 'Boolean'],
    [Object(1n), 'boxed', 'BigInt'],
    [Object(Symbol.iterator), 'boxed', 'Symbol'],
    [new TypeError('x'), 'error', 'TypeError'],
    [new DOMException('x', 'AbortError'), 'error', 'DOMException'],
    [new AccessorProperty(), 'accessor', 'accessor'],
  ])('knows %o as %s, of type %s', (value, family, type) => {
    expect(familyOf(value)).toBe(family);
    expect(typeNameOf(value)).toBe(type);
  });

  it('calls a proxy that throws unreadable, and does not throw itself', () => {
    const revoked = Proxy.revocable({}, {});
    revoked.revoke();
    expect(familyOf(revoked.proxy)).toBe('unreadable');
    expect(typeNameOf(revoked.proxy)).toBe('unreadable');
  });

  it('believes slots, not tags', () => {
    expect(familyOf(new Liar())).toBe('instance');
    expect(familyOf(Object.create(Date.prototype))).toBe('instance');
    expect(familyOf(new Proxy(new Map(), {}))).toBe('instance');
    expect(familyOf({ [Symbol.toStringTag]: 'Map' })).toBe('object');
  });

  it('knows the values of another realm', () => {
    const foreign = vm.runInNewContext(
      '[{}, [], new Date(0), new Map(), new Set(), /a/, new TypeError("x"), new Uint8Array(1)]',
    ) as unknown[];
    expect(foreign.map((value) => familyOf(value))).toEqual([
      'object',
      'array',
      'date',
      'map',
      'set',
      'regexp',
      'error',
      'bytes',
    ]);
  });
});

describe('typeNameOf', () => {
  it('reads the class name without running anything of the class', () => {
    let calls = 0;
    class Sneaky {
      readonly content = 1;
      static get name(): string {
        calls += 1;
        return 'Sneaky';
      }
    }
    expect(typeNameOf(new Sneaky())).toBe('class');
    expect(calls).toBe(0);
    expect(
      typeNameOf(
        new (class {
          readonly content = 1;
        })(),
      ),
    ).toBe('class');
  });

  it('cuts a name that is out of all proportion', () => {
    const Long = {
      ['X'.repeat(1_000)]: class {
        readonly content = 1;
      },
    }['X'.repeat(1_000)] as new () => object;
    expect(typeNameOf(new Long())).toBe('X'.repeat(60));
  });
});

describe('unboxed', () => {
  it('gives the primitive, even when valueOf was overridden', () => {
    const boxed = Object.assign(Object(5) as object, { valueOf: () => 6 });
    expect(unboxed(boxed)).toBe(5);
    expect(unboxed({})).toBeUndefined();
  });
});
