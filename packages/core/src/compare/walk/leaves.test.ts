import { describe, expect, it } from 'vitest';
import { createComparator } from '../create-comparator.ts';
import { instant, pattern, tolerance } from '../rules/builders.ts';
import type { Rule } from '../rules/rule.ts';

function kindOf(
  legacy: unknown,
  candidate: unknown,
  rules: readonly Rule[] = [],
  strictNumbers = false,
): string {
  const { values } = createComparatorMethods(rules, strictNumbers);
  const forward = values(legacy, candidate);
  const backward = values(candidate, legacy);
  expect(backward.result).toBe(forward.result);
  expect(backward.differences[0]?.kind).toBe(forward.differences[0]?.kind);
  return forward.differences[0]?.kind ?? forward.result;
}

function jsonKindOf(
  legacy: string,
  candidate: string,
  rules: readonly Rule[] = [],
  strictNumbers = false,
): string {
  const { json } = createComparatorMethods(rules, strictNumbers);
  const forward = json(legacy, candidate);
  expect(json(candidate, legacy).result).toBe(forward.result);
  return forward.differences[0]?.kind ?? forward.result;
}

function createComparatorMethods(rules: readonly Rule[], strictNumbers: boolean) {
  const comparator = createComparator({ rules, strictNumbers });
  return {
    values: (a: unknown, b: unknown) => comparator.values(a, b),
    json: (a: string, b: string) => comparator.json(a, b),
  };
}

describe('numbers of JavaScript', () => {
  it.each([
    [1, 1, 'equal', 'equal'],
    [1, 2, 'number', 'number'],
    [0, -0, 'equal', 'number'],
    [Number.NaN, Number.NaN, 'equal', 'equal'],
    [Number.NaN, 0, 'number', 'number'],
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 'number', 'number'],
    [5, 5n, 'equal', 'type'],
    [5, 6n, 'type', 'type'],
    [0, '0', 'type', 'type'],
    [0, false, 'type', 'type'],
    [0, null, 'type', 'type'],
    [1n, 2n, 'bigint', 'bigint'],
    [0.1 + 0.2, 0.3, 'number', 'number'],
  ])('%d and %o: %s, strictly %s', (legacy, candidate, kind, strictKind) => {
    expect(kindOf(legacy, candidate)).toBe(kind);
    expect(kindOf(legacy, candidate, [], true)).toBe(strictKind);
  });
});

describe('numbers of JSON text', () => {
  it.each([
    ['9007199254740993', '9007199254740992', 'number', 'number'],
    ['1.0', '1.00', 'equal', 'number'],
    ['1', '1e0', 'equal', 'number'],
    ['-0', '0', 'equal', 'number'],
    ['1e400', '1e400 ', 'equal', 'equal'],
    ['1e400', '10e399', 'equal', 'number'],
    ['1e400', '1e401', 'number', 'number'],
    ['1e99999999999999999999', '1e99999999999999999998', 'number', 'number'],
    ['0.1', '0.1000000000000000055511151231257827', 'number', 'number'],
    ['1', '"1"', 'type', 'type'],
  ])('%s and %s: %s, strictly %s', (legacy, candidate, kind, strictKind) => {
    expect(jsonKindOf(legacy, candidate)).toBe(kind);
    expect(jsonKindOf(legacy, candidate, [], true)).toBe(strictKind);
  });
});

describe('tolerance', () => {
  it.each([
    [10.005, 10, { abs: 0.005 }, 'equal'],
    [10.006, 10, { abs: 0.005 }, 'number'],
    [0.1 + 0.2, 0.3, { abs: 0.005 }, 'equal'],
    [0.3, 0.1, { abs: 0.2 }, 'equal'],
    [1.1, 1.15, { abs: 0.05 }, 'equal'],
    [-0.0025, 0.0025, { abs: 0.005 }, 'equal'],
    [100, 101, { rel: 0.01 }, 'equal'],
    [100, 102, { rel: 0.01 }, 'number'],
    [0, 0.004, { rel: 0.01 }, 'number'],
    [0, 0.004, { rel: 0.01, abs: 0.005 }, 'equal'],
    [1e308, -1e308, { rel: 2 }, 'equal'],
    [Number.NaN, 0, { abs: 1e300 }, 'number'],
    [Number.POSITIVE_INFINITY, 1, { abs: 1e300 }, 'number'],
    ['1', '2', { abs: 5 }, 'string'],
    [5n, 6, { abs: 1 }, 'type'],
  ])('%o and %o under %j: %s', (legacy, candidate, bounds, kind) => {
    expect(kindOf(legacy, candidate, [tolerance('$', bounds)])).toBe(kind);
  });

  it.each([
    ['10.005', '10.00', 'equal'],
    ['10.0050', '10', 'equal'],
    ['10.0050000000000000000001', '10', 'number'],
    ['9007199254740993.005', '9007199254740993', 'equal'],
    ['9007199254740993.006', '9007199254740993', 'number'],
    ['1e400', '1e400', 'equal'],
    ['1e400', '0', 'number'],
  ])('is exact on JSON text: %s and %s within 0.005: %s', (legacy, candidate, kind) => {
    const rules = [tolerance('$', { abs: 0.005 })];
    expect(jsonKindOf(legacy, candidate, rules)).toBe(kind);
    expect(jsonKindOf(legacy, candidate, rules, true)).toBe(kind);
  });
});

describe('strings', () => {
  const id = pattern('$', '^ord_[0-9]+$');

  it.each([
    ['ord_1', 'ord_2', [id], 'equal'],
    ['ord_1', 'ord_x', [id], 'pattern'],
    ['same', 'same', [id], 'equal'],
    ['a', 'b', [], 'string'],
    ['é', 'e\u0301', [], 'string'],
    ['x'.repeat(10_001), `${'x'.repeat(10_001)}y`, [pattern('$', 'x')], 'pattern'],
    ['2026-11-20T14:00:00Z', '2026-11-20T14:00:04Z', [instant('$', { within: '5s' })], 'equal'],
    ['2026-11-20T14:00:00Z', '2026-11-20T14:00:06Z', [instant('$', { within: '5s' })], 'instant'],
    ['2026-11-20', 'never', [instant('$', { within: '5s' })], 'instant'],
    ['ord_1', 'ord_2', [id, instant('$', { within: 5 })], 'equal'],
    ['2026-11-20', '2026-11-20', [id], 'equal'],
  ])('%.20s and %.20s under %j: %s', (legacy, candidate, rules, kind) => {
    expect(kindOf(legacy, candidate, rules)).toBe(kind);
  });
});

describe('dates and epochs', () => {
  const close = [instant('$', { within: 100 })];

  it.each([
    [new Date(5), new Date(5), [], 'equal'],
    [new Date(5), new Date(6), [], 'date'],
    [new Date(Number.NaN), new Date(Number.NaN), [], 'equal'],
    [new Date(Number.NaN), new Date(0), close, 'instant'],
    [new Date(5), new Date(105), close, 'equal'],
    [new Date(5), new Date(106), close, 'instant'],
    [1_763_647_200_000, 1_763_647_200_100, close, 'equal'],
    [1_763_647_200_000, 1_763_647_200_101, close, 'instant'],
    [new Date(0), '1970-01-01T00:00:00Z', close, 'type'],
  ])('%o and %o under %j: %s', (legacy, candidate, rules, kind) => {
    expect(kindOf(legacy, candidate, rules)).toBe(kind);
  });
});

describe('everything else without parts', () => {
  const fn = () => 1;
  const symbol = Symbol('s');

  it.each([
    [true, false, 'boolean'],
    [symbol, symbol, 'equal'],
    [symbol, Symbol('s'), 'symbol'],
    [Symbol.for('s'), Symbol.for('s'), 'equal'],
    [fn, fn, 'equal'],
    [fn, () => 1, 'function'],
    [/a/g, /a/g, 'equal'],
    [/a/g, /a/i, 'regexp'],
    [/a/, /b/, 'regexp'],
    [new Uint8Array([1, 2]), new Uint8Array([1, 2]), 'equal'],
    [new Uint8Array([1, 2]), new Uint8Array([1, 3]), 'bytes'],
    [new Uint8Array([1, 2]), new Uint8Array([1]), 'bytes'],
    [new Uint8Array(2), new Int8Array(2), 'type'],
    [new ArrayBuffer(2), new ArrayBuffer(2), 'equal'],
    [new Uint8Array([9, 1]).subarray(1), new Uint8Array([1]), 'equal'],
    [new DataView(new ArrayBuffer(2)), new DataView(new ArrayBuffer(3)), 'bytes'],
    [new Float64Array([0]), new Float64Array([-0]), 'bytes'],
    [Object(1), Object(1), 'equal'],
    [Object(1), Object(2), 'number'],
    [Object('a'), Object('b'), 'string'],
    [Object(true), Object(1), 'type'],
    [Object(1), 1, 'type'],
    [null, undefined, 'type'],
    [null, 'null', 'type'],
    [undefined, undefined, 'equal'],
  ])('%o and %o: %s', (legacy, candidate, kind) => {
    expect(kindOf(legacy, candidate)).toBe(kind);
  });

  it('reports a buffer that was transferred away as unreadable', () => {
    const buffer = new ArrayBuffer(8);
    const view = new DataView(buffer);
    structuredClone(buffer, { transfer: [buffer] });
    expect(kindOf(view, new DataView(new ArrayBuffer(8)))).toBe('unreadable');
  });

  it('pays for long buffers from the budget', () => {
    const comparator = createComparator({ limits: { nodesMax: 100 } });
    const { result, stop } = comparator.values(new Uint8Array(10_000), new Uint8Array(10_000));
    expect({ result, stop }).toEqual({ result: 'incomplete', stop: 'nodes' });
  });
});
