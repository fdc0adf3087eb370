import { isFalseworkError } from '@falsework/core/errors';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseJson, parseYaml } from './parse-data.ts';

/** `line:column reason` of the syntax error that parsing raises. */
function refusal(parse: () => unknown): string {
  try {
    parse();
  } catch (error) {
    if (!isFalseworkError(error) || error.code !== 'FW_CONFIG_SYNTAX') throw error;
    const { line, column, reason } = error.facts;
    return `${line}:${column} ${reason}`;
  }
  return expect.unreachable('it parsed');
}

const yaml = (text: string): unknown => parseYaml(text, 'f.yaml');
const json = (text: string): unknown => parseJson(text, 'f.json');

describe('parseYaml', () => {
  it('reads what people write', () => {
    expect(yaml('a: 1\nb: [x, "y"]\nc:\n  d: ~\n')).toEqual({
      a: 1,
      b: ['x', 'y'],
      c: { d: null },
    });
  });

  it('keeps a date as text and yes as a word, as YAML 1.2 has it', () => {
    expect(yaml('d: 2027-03-31\ny: yes\no: 010')).toEqual({ d: '2027-03-31', y: 'yes', o: 10 });
  });

  it('takes keys for names, also those that look like numbers', () => {
    expect(yaml('1: a\ntrue: b')).toEqual({ '1': 'a', true: 'b' });
  });

  it('resolves anchors', () => {
    expect(yaml('a: &x [1, 2]\nb: *x')).toEqual({ a: [1, 2], b: [1, 2] });
  });

  it('reads an empty file as nothing', () => {
    expect(yaml('')).toBeNull();
    expect(yaml('# only a comment\n')).toBeNull();
  });

  it.each([
    ['a: 1\na: 2', '2:1 Map keys must be unique'],
    ['a: 1\nb: [1', '2:6 Flow sequence'],
    ['a: 1\n---\nb: 2', '2:1 Source contains multiple documents'],
    ['a: 1\nx: !!js/function "x"', '2:4 Unresolved tag'],
    ['a: 1\nb: *nope', '2:4 no anchor &nope'],
    ['? [a]\n: 2', '1:3 With stringKeys'],
    ['a:\n\t- b', '2:1 Tabs are not allowed'],
  ])('refuses %j at its place', (text, expected) => {
    expect(refusal(() => yaml(text)).startsWith(expected)).toBe(true);
  });

  it('refuses a document whose aliases multiply into a bomb, without building it', () => {
    const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
    for (let i = 1; i < 9; i += 1) {
      const items = Array.from({ length: 10 }, () => `*a${i - 1}`).join(', ');
      lines.push(`a${i}: &a${i} [${items}]`);
    }
    expect(refusal(() => yaml(lines.join('\n')))).toContain('aliases multiply');
  });

  it('does not quote the file, which may hold a secret', () => {
    const texts = [
      'token: hunter2: hunter2',
      '"hunter2" hunter2',
      'a: "hunter2\nb: c',
      '- hunter2\nhunter2: ]',
    ];
    for (const text of texts) expect(refusal(() => yaml(text))).not.toContain('hunter2');
  });

  it('survives nesting that is deeper than the stack', () => {
    expect(refusal(() => yaml(`a: ${'['.repeat(100_000)}`))).toMatch(/^1:\d+ /);
  });

  it('either reads a text or refuses it with a code', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), (text) => {
        try {
          yaml(text);
        } catch (error) {
          expect(isFalseworkError(error)).toBe(true);
        }
      }),
      { seed: 20_261_120, numRuns: 500 },
    );
  });
});

describe('parseJson', () => {
  it('reads what the standard parser reads, tabs included', () => {
    expect(json('{\n\t"a": [1, null, "x\\u0041"]\n}')).toEqual({ a: [1, null, 'xA'] });
  });

  it.each([
    ['{"a": 1,}', '1:9'],
    ['{\n  "a": 1\n  "b": 2\n}', '3:3'],
    ['{"a":', '1:6'],
    ['', '1:1'],
    ['{"a": 1\n, "b": x}', '2:8'],
    ['{"a": 1}\n// comment', '2:1'],
  ])('refuses %j at its place', (text, place) => {
    expect(refusal(() => json(text)).split(' ')[0]).toBe(place);
  });

  it('refuses a key that stands twice, of which the standard parser takes the last', () => {
    expect(refusal(() => json('{\n\t"a": 1,\n\t"b": {"c": 1, "c": 2}\n}'))).toBe(
      '3:16 a key stands twice',
    );
    expect(json('{"a": {"x": 1}, "b": {"x": 1}}')).toEqual({ a: { x: 1 }, b: { x: 1 } });
  });

  it('does not quote the file, which may hold a secret', () => {
    for (const text of [
      '{"token": "hunter2", x}',
      'hunter2',
      '{"t": "hunter2',
      '["hunter2" "hunter2"]',
    ]) {
      expect(refusal(() => json(text))).not.toContain('hunter2');
    }
  });

  it('survives nesting that is deeper than the stack', () => {
    expect(refusal(() => json('['.repeat(100_000)))).toContain('1:');
  });

  it('reads back whatever JSON.stringify writes', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value, null, '\t');
        expect(json(text)).toEqual(JSON.parse(text));
      }),
      { seed: 20_261_120, numRuns: 500 },
    );
  });
});
