import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonOracle } from './json-oracle.ts';

describe('the reading of JSON that tests go by', () => {
  it('takes an escape for what it is, whatever was read before', () => {
    for (const before of ['{"x":1,"U\\\\":2}', '{"\\\\":0}']) jsonOracle(before);
    expect(Object.keys(jsonOracle('{"x":1,"U\\"":3}') as object)).toEqual(['x', 'U"']);
    expect(Object.keys(jsonOracle('{"\\n":1}') as object)).toEqual(['\n']);
  });

  it('reads back what was written', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value);
        expect(JSON.stringify(jsonOracle(text))).toBe(text);
      }),
    );
  });

  it.each(['', '{', "{'a':1}", '{a:1}', '1;2', '(1)', '"\\x41"'])('refuses %j', (text) => {
    expect(() => jsonOracle(text)).toThrow(SyntaxError);
  });
});
