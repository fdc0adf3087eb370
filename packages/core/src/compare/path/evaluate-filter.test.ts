import { describe, expect, it } from 'vitest';
import { Budget } from '../budget.ts';
import { parseJson } from '../json/parse-json.ts';
import { isSelected } from './evaluate-filter.ts';
import { parsePath } from './parse-path.ts';

function holds(condition: string, node: unknown, root: unknown = node): boolean {
  const [segment] = parsePath(`$[?${condition}]`).segments;
  const [selector] = segment?.selectors ?? [];
  if (selector?.kind !== 'filter') throw new Error(`${condition} is no filter`);
  return isSelected(selector.condition, node, { root, budget: new Budget(100_000) });
}

describe('comparisons', () => {
  // RFC 9535 section 2.3.5.3, table 11: the document and its comparisons.
  const document = { obj: { x: 'y' }, arr: [2, 3] };

  it.each([
    ['$.absent1 == $.absent2', true],
    ['$.absent1 <= $.absent2', true],
    ["$.absent == 'g'", false],
    ['$.absent1 != $.absent2', false],
    ["$.absent != 'g'", true],
    ['1 <= 2', true],
    ['1 > 2', false],
    ["13 == '13'", false],
    ["'a' <= 'b'", true],
    ["'a' > 'b'", false],
    ['$.obj == $.arr', false],
    ['$.obj != $.arr', true],
    ['$.obj == $.obj', true],
    ['$.obj != $.obj', false],
    ['$.arr == $.arr', true],
    ['$.arr != $.arr', false],
    ['$.obj == 17', false],
    ['$.obj != 17', true],
    ['$.obj <= $.arr', false],
    ['$.obj < $.arr', false],
    ['$.obj <= $.obj', true],
    ['$.arr <= $.arr', true],
    ['1 <= $.arr', false],
    ['1 >= $.arr', false],
    ['1 > $.arr', false],
    ['1 < $.arr', false],
    ['true <= true', true],
    ['true > true', false],
  ])('%s is %s', (condition, expected) => {
    expect(holds(condition, document)).toBe(expected);
  });

  it.each([
    ['null == $.absent', {}, false],
    ['@.a == null', { a: null }, true],
    ['@.a == null', { a: undefined }, false],
    ['@.a', { a: null }, true],
    ['@.a', { a: undefined }, false],
    ['!@.a', {}, true],
    ['@.a == 1.0', { a: 1 }, true],
    ['@.a == 1', { a: 1n }, true],
    ['@.a == -0', { a: 0 }, true],
    ['@.a < 10', { a: Number.NaN }, false],
    ['@.a == @.b', { a: [{ x: 1 }], b: [{ x: 1 }] }, true],
    ['@.a == @.b', { a: [{ x: 1 }], b: [{ x: 1, y: 2 }] }, false],
    ['@.a == @.b', { a: [1], b: [1, 2] }, false],
    ['@.a == @.b', { a: new Date(0), b: new Date(0) }, false],
  ])('%s over %o is %s', (condition, node, expected) => {
    expect(holds(condition, node)).toBe(expected);
  });

  it('compares numbers of JSON text without loss', () => {
    const node = parseJson('{"id":9007199254740993,"price":1.10}', new Budget(100));
    expect(holds('@.id == 9007199254740993', node)).toBe(true);
    expect(holds('@.id == 9007199254740992', node)).toBe(false);
    expect(holds('@.id > 9007199254740992', node)).toBe(true);
    expect(holds('@.price == 1.1', node)).toBe(true);
  });

  it('orders strings by code point, not by UTF-16 unit', () => {
    expect(holds("'\\uFF61' < '\\uD83D\\uDE00'", null)).toBe(true);
    expect(holds("'a\\uD83D\\uDE00' < 'a\\uD83D\\uDE01'", null)).toBe(true);
    expect(holds("'\\uD83D\\uDE01' < '\\uD83E\\uDD00'", null)).toBe(true);
    expect(holds("'' < 'a'", null)).toBe(true);
    expect(holds("'a' < 'a'", null)).toBe(false);
  });
});

describe('logic', () => {
  it.each([
    ['@.a && @.b', { a: 1, b: 1 }, true],
    ['@.a && @.b', { a: 1 }, false],
    ['@.a || @.b', { b: 1 }, true],
    ['!(@.a || @.b)', {}, true],
    ['@[?@ > 2]', [1, 3], true],
    ['@[?@ > 3]', [1, 3], false],
    ['@.lines[?@.sku == $.wanted]', { lines: [{ sku: 'A' }], wanted: 'A' }, true],
  ])('%s over %j is %s', (condition, node, expected) => {
    expect(holds(condition, node)).toBe(expected);
  });
});

describe('functions', () => {
  it.each([
    ['length(@) == 3', [1, 2, 3], true],
    ['length(@) == 2', { a: 1, b: 2 }, true],
    ['length(@) == 2', '😀x', true],
    ['length(@) == 1', 5, false],
    ['length(@.absent) == length(@.missing)', {}, true],
    ['length(@.absent) == null', {}, false],
    ['count(@.*) == 2', { a: 1, b: 2 }, true],
    ["count(@['a','a']) == 2", { a: 1 }, true],
    ['count(@..*) == 3', [[1], 2], true],
    ['value(@..b) == 1', { a: { b: 1 } }, true],
    ['value(@..b) == 1', [{ b: 1 }, { b: 1 }], false],
    ["match(@, 'a.c')", 'abc', true],
    ["match(@, 'a.c')", 'xabc', false],
    ["search(@, 'b')", 'abc', true],
    ["match(@, '(')", 'abc', false],
    ["match(@, 'a')", ['a'], false],
    ["search(@, '[')", '[', false],
  ])('%s over %j is %s', (condition, node, expected) => {
    expect(holds(condition, node)).toBe(expected);
  });
});

describe('hostile documents', () => {
  it('are not selected, and do not make a filter throw', () => {
    const hostile = new Proxy(
      {},
      {
        get() {
          throw new Error('no');
        },
        ownKeys() {
          throw new Error('no');
        },
        getPrototypeOf() {
          throw new Error('no');
        },
      },
    );
    for (const condition of [
      '@.a == 1',
      '@..b',
      'count(@.*) > 0',
      '@ == $.other',
      'length(@) == 0',
    ]) {
      expect(holds(condition, hostile, { other: hostile })).toBe(condition === '@ == $.other');
      expect(holds('@.a == @.b', { a: hostile, b: {} })).toBe(false);
    }
  });
});
