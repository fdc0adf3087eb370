import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import type { ConfigProblem } from '../problems.ts';
import { Opaque } from './opaque.ts';
import { copyTree, isSettings, valueAt } from './tree.ts';

/** An instance, which is no data even where its fields are. */
class Point {
  readonly x = 1;
}

function copied(value: unknown): { tree: unknown; problems: ConfigProblem[] } {
  const problems: ConfigProblem[] = [];
  return { tree: copyTree(value, problems), problems };
}

describe('copyTree', () => {
  it('copies data deeply, so that nobody can change it under the validation', () => {
    const written = { a: [{ b: 1 }], c: 'text' };
    const { tree } = copied(written);
    expect(tree).toEqual(written);
    written.a[0] = { b: 2 };
    expect(tree).toEqual({ a: [{ b: 1 }], c: 'text' });
  });

  it('takes a setting that is undefined for one that was left out', () => {
    expect(copied({ a: undefined, b: null }).tree).toEqual({ b: null });
    expect(Object.keys(copied({ a: undefined }).tree as object)).toEqual([]);
  });

  it('hands functions on, because a custom rule is one', () => {
    const isSame = (): boolean => true;
    expect(copied({ isSame }).tree).toEqual({ isSame });
  });

  it.each([
    [new Date(0), 'Date'],
    [new Map([['a', 1]]), 'Map'],
    [/x/, 'RegExp'],
    [new Point(), 'Object'],
  ])('makes %o an object without settings', (value, what) => {
    expect(copied({ value }).tree).toEqual({ value: new Opaque(what) });
  });

  it('copies what modules export and what parsers make without a prototype', () => {
    const bare = Object.assign(Object.create(null), { a: 1 }) as object;
    expect(copied(bare).tree).toEqual({ a: 1 });
  });

  it('refuses a key that would reach the prototype', () => {
    const { tree, problems } = copied(JSON.parse('{"a": {"__proto__": {"polluted": true}}}'));
    expect(problems).toMatchObject([{ code: 'FW_CONFIG_KEY_UNKNOWN', path: 'a.__proto__' }]);
    expect(Object.getPrototypeOf((tree as { a: object }).a)).toBe(Object.prototype);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  it('reports a cycle once and comes back', () => {
    const loop: Record<string, unknown> = { b: 1 };
    loop.self = loop;
    loop.again = [loop, loop];
    const { problems } = copied({ loop });
    expect(problems).toHaveLength(1);
    expect(problems[0]?.found).toBe('too deep or too large');
  });

  it('stops at half a million values, which is where a document that multiplies itself would not', () => {
    const shared = Array.from({ length: 1_000 }, () => 1);
    const { problems } = copied(Array.from({ length: 1_000 }, () => shared));
    expect(problems).toHaveLength(1);
  });

  it('keeps holes of a list as missing items, so that indices stay right', () => {
    const holed: unknown[] = [1];
    holed[2] = 3;
    expect(copied(holed).tree).toEqual([1, undefined, 3]);
  });
});

describe('isSettings', () => {
  it('is false for lists, instances and objects of another realm that might not be data', () => {
    expect(isSettings([])).toBe(false);
    expect(isSettings(null)).toBe(false);
    expect(isSettings(new Map())).toBe(false);
    expect(isSettings(runInNewContext('({})'))).toBe(false);
    expect(isSettings({})).toBe(true);
  });
});

describe('valueAt', () => {
  it('finds what is there and answers nothing from a prototype', () => {
    expect(valueAt({ a: [{ b: 1 }] }, ['a', 0, 'b'])).toBe(1);
    expect(valueAt({ a: {} }, ['a', 'constructor'])).toBeUndefined();
    expect(valueAt({ a: 'text' }, ['a', 'length'])).toBeUndefined();
    expect(valueAt(null, ['a'])).toBeUndefined();
    expect(valueAt(7, [])).toBe(7);
  });
});
