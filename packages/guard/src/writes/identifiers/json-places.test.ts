import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { placesIn } from './json-places.ts';
import { scalarPath } from './scalar-path.ts';

const codeOf = (run: () => unknown): unknown => {
  try {
    return run();
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
};
const found = (text: string, ...paths: string[]): unknown[] | null =>
  placesIn(text, paths.map(scalarPath))?.map(({ start, end, path }) => [
    path.text,
    text.slice(start, end),
  ]) ?? null;

describe('the place of an identifier', () => {
  it('is found in any layout, and given back as it is written', () => {
    const text =
      '\n{ "a" : [ {"id":9007199254740993 ,"x":"]}\\""} , {"id" :"b\\u00e9"} ] , "id":-1}';
    expect(found(text, '$.a[*].id', '$.id', '$.a[1].id')).toEqual([
      ['$.a[*].id', '9007199254740993'],
      ['$.a[*].id', '"b\\u00e9"'],
      ['$.a[1].id', '"b\\u00e9"'],
      ['$.id', '-1'],
    ]);
  });

  it('is each of two members of one name, so that nobody picks one', () => {
    expect(found('{"id":1,"id":2}', '$.id')).toHaveLength(2);
  });

  it('is found by the name that an escape spells', () => {
    expect(found('{"\\u0069d":1}', '$.id')).toEqual([['$.id', '1']]);
  });

  it.each(['{"id":1', '', 'id', '{"id":01}', '\uFEFF{}'])('is not looked for in %j', (text) => {
    expect(found(text, '$.id')).toBeNull();
  });

  it('holds what is no identifier, and says so', () => {
    const texts = ['{"a":1}', '[1]', 'true', 'null'];
    const places = texts.map((text) => placesIn(`{"id":${text}}`, [scalarPath('$.id')])?.[0]);
    expect(places.map((place) => place?.identifier)).toEqual([null, null, null, null]);
    expect(places.map((place) => place?.isNull)).toEqual([false, false, false, true]);
  });

  it('is reached through nesting of any depth around it', () => {
    const deep = '['.repeat(50_000) + ']'.repeat(50_000);
    expect(found(`{"a":${deep},"id":5}`, '$.id')).toEqual([['$.id', '5']]);
  });

  it('is where JSON.parse finds the value, in any document', () => {
    const scalar = fc.oneof(fc.string(), fc.integer());
    const line = fc.record({ id: scalar, more: fc.jsonValue() });
    const document = fc.record({ lines: fc.array(line), id: scalar, other: fc.jsonValue() });
    fc.assert(
      fc.property(document, fc.nat(3), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        const places = placesIn(text, [scalarPath('$.lines[*].id'), scalarPath('$.id')]) ?? [];
        const values = places.map(({ start, end }) => JSON.parse(text.slice(start, end)));
        const order = Object.keys(value).flatMap((name) => {
          if (name === 'lines') return value.lines.map(({ id }) => id);
          return name === 'id' ? [value.id] : [];
        });
        expect(values).toEqual(order);
      }),
    );
  });
});

describe('a declared path', () => {
  it.each(['$', '$..id', '$.a[?@.b]', '$.a[0:2]', '$.a[-1]', "$['a','b']"])(
    'that would have to be searched is refused: %s',
    (path) => {
      expect(codeOf(() => scalarPath(path))).toBe('FW_WRITE_IDENTIFIER');
    },
  );

  it('that is no JSONPath is refused', () => {
    expect(codeOf(() => scalarPath('$.['))).toBe('FW_PATH_SYNTAX');
  });
});
