import { jsonOracle } from '@falsework/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Budget } from '../budget.ts';
import { plainJson } from '../values/plain.ts';
import { JsonInvalid, JsonNumber, JsonObject } from './json-nodes.ts';
import { parseJson } from './parse-json.ts';

const parse = (text: string) => parseJson(text, new Budget(1_000_000));

/**
 * Valid JSON with one character removed, replaced or inserted: mostly invalid, and near the edges
 * of the grammar.
 */
const nearlyJson = fc
  .tuple(
    fc.json({ maxDepth: 3 }),
    fc.nat(),
    fc.constantFrom(...'{}[]",:\\0123-+.eEtrufalsn \t\n\u0000\u007F\uFEFFx'),
    fc.constantFrom(0, 1),
  )
  .map(([text, at, character, cut]) => {
    const place = at % (text.length + 1);
    return text.slice(0, place) + character + text.slice(place + cut);
  });

function isAccepted(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

describe('parseJson', () => {
  it('accepts what JSON.parse accepts, refuses what it refuses, and reads the same', () => {
    fc.assert(
      fc.property(fc.oneof(nearlyJson, fc.json(), fc.string()), (text) => {
        const parsed = parse(text);
        // A byte order mark is the one thing we allow beyond JSON.parse.
        const bare = text.replace(/^\uFEFF/, '');
        expect(parsed instanceof JsonInvalid).toBe(!isAccepted(bare));
        if (parsed instanceof JsonInvalid || /[0-9]{17}/.test(text)) return;
        expect(plainJson(parsed)).toEqual(jsonOracle(bare));
      }),
      { numRuns: 3_000 },
    );
  });

  it('keeps numbers as they are written', () => {
    expect(parse('[1.00, -0, 1E+400, 9007199254740993]')).toEqual(
      ['1.00', '-0', '1E+400', '9007199254740993'].map((text) => new JsonNumber(text)),
    );
  });

  it('keeps every value of a repeated name, in order, and the last one as the member', () => {
    const node = parse('{"a":1,"b":2,"a":null,"a":[]}') as JsonObject;
    expect([...node.members]).toEqual([
      ['a', []],
      ['b', new JsonNumber('2')],
    ]);
    expect([...(node.repeated ?? [])]).toEqual([['a', [new JsonNumber('1'), null, []]]]);
    expect((parse('{"a":1,"b":1}') as JsonObject).repeated).toBeNull();
  });

  it.each([
    ['', 1, 'a value'],
    ['{"a" 1}', 6, '":"'],
    ['{"a":1,}', 8, 'a name in double quotes'],
    ['[1 2]', 4, '"," or "]"'],
    ['[1,2', 5, '"," or "]"'],
    ['{"a":1', 7, '"," or "}"'],
    ['1 2', 3, 'the end of the text'],
    ['"ab', 4, 'a closing quote'],
    ['"a\nb"', 3, 'no control character'],
    ['"\\x"', 3, 'an escape of JSON'],
    ['"\\u12g4"', 4, 'four hexadecimal digits'],
    ['[01]', 3, '"," or "]"'],
    ['nul', 1, 'a value'],
    ['[1]]', 4, 'the end of the text'],
  ])('refuses %j at character %i, expecting %s', (text, at, expected) => {
    expect(parse(text)).toEqual(new JsonInvalid(at, expected));
  });

  it('reads a hundred thousand levels without recursion', () => {
    const levels = 100_000;
    let node = parse('['.repeat(levels) + ']'.repeat(levels));
    let depth = 0;
    while (Array.isArray(node)) {
      node = node[0];
      depth += 1;
    }
    expect(depth).toBe(levels);
    const nested = parse(`${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`);
    expect(nested).toBeInstanceOf(JsonObject);
    expect(parse('['.repeat(levels))).toBeInstanceOf(JsonInvalid);
  });

  it('ignores a byte order mark and blanks around values, and nothing else', () => {
    expect(parse('\uFEFF \r\n\t[ 1 , 2 ] ')).toEqual([new JsonNumber('1'), new JsonNumber('2')]);
    expect(parse('\u00A01')).toBeInstanceOf(JsonInvalid);
    expect(parse(' \uFEFF1')).toBeInstanceOf(JsonInvalid);
  });

  it('gives up when the budget is gone', () => {
    const budget = new Budget(3);
    expect(parseJson('[1,2,3,4]', budget)).toBeInstanceOf(JsonInvalid);
    expect(budget.isSpent).toBe(true);
  });
});
