import { jsonOracle } from '@falsework/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { layOutJson, plainLines } from './lay-out-json.ts';

const textOf = (json: string): string | undefined =>
  layOutJson(json)
    ?.map(({ text }) => text)
    .join('\n');
const sameOf = (json: string): string | undefined => layOutJson(json)?.[0]?.same;

describe('JSON laid out', () => {
  it('stands on lines of its own, members in one order', () => {
    expect(textOf('{"b":[1,{"c":null}],"a":"x","e":{},"d":[]}')).toBe(`{
  "a": "x",
  "b": [
    1,
    {
      "c": null
    }
  ],
  "d": [],
  "e": {}
}`);
  });

  it('keeps numbers as they were written: a parser would hide what was lost', () => {
    const json = '[12345678901234567890, 10.00, 1e400, -0, 0.1000]';
    expect(textOf(json)).toBe('[\n  12345678901234567890,\n  10.00,\n  1e400,\n  -0,\n  0.1000\n]');
  });

  it.each([
    ['1.0', '1.00', true],
    ['100', '1e2', true],
    ['1.5e-3', '0.0015', true],
    ['0', '-0.0', true],
    ['120', '12', false],
    ['12345678901234567890', '12345678901234567891', false],
    ['0.1', '0.10000000000000001', false],
    ['1', '-1', false],
    ['1e400', '1e401', false],
  ])('takes %s and %s for the same: %s', (a, b, isSame) => {
    expect(sameOf(a) === sameOf(b)).toBe(isSame);
  });

  it('takes text for the same however it is escaped, and shows it one way', () => {
    expect(textOf('"\\u00e9\\/"')).toBe(textOf('"é/"'));
    expect(textOf('{"\\u0061":1}')).toBe(textOf('{"a":1}'));
  });

  it('keeps members of one name, each in its place', () => {
    expect(textOf('{"a":1,"a":2}')).toBe('{\n  "a": 1,\n  "a": 2\n}');
  });

  it('is not fooled by punctuation in text', () => {
    expect(textOf('{"a":"}],:\\"{ [","b":1}')).toBe('{\n  "a": "}],:\\"{ [",\n  "b": 1\n}');
  });

  it('shows a member named __proto__ like any other', () => {
    expect(textOf('{"__proto__":{"a":1}}')).toContain('"__proto__": {');
  });

  it.each(['', '{', 'not json', '{"a":1}x', '[1,]', '<html>'])('is nothing for %j', (text) => {
    expect(layOutJson(text)).toBeNull();
  });

  it('says the same as the document, whatever the document', () => {
    fc.assert(
      fc.property(fc.json(), (json) => {
        const laidOut = textOf(json);
        expect(jsonOracle(laidOut ?? '')).toEqual(jsonOracle(json));
        expect(textOf(laidOut ?? '')).toBe(laidOut);
      }),
    );
  });

  it('gives up on what is nested too deeply to be read, and never throws', () => {
    const deep = `${'['.repeat(16_000)}${']'.repeat(16_000)}`;
    expect(() => layOutJson(deep)).not.toThrow();
  });
});

describe('plain text', () => {
  it('is shown line by line, as it is', () => {
    expect(plainLines('a\n b\n').map(({ text }) => text)).toEqual(['a', ' b', '']);
  });
});
