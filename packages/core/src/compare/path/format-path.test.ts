import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatNormalizedPath, formatPath } from './format-path.ts';
import { parsePath } from './parse-path.ts';

describe('formatNormalizedPath', () => {
  // The examples of RFC 9535 section 2.7.
  it.each([
    [['a'], "$['a']"],
    [[1], '$[1]'],
    [['a', 'b', 1], "$['a']['b'][1]"],
    [['\u000b'], "$['\\u000b']"],
    [["'", '\\', '\n'], "$['\\'']['\\\\']['\\n']"],
    [[], '$'],
  ])('writes %j as %s', (steps, text) => {
    expect(formatNormalizedPath(steps)).toBe(text);
  });

  it('shows a symbol, which no JSONPath reaches, by its name', () => {
    expect(formatNormalizedPath([Symbol('tag')])).toBe('$[Symbol(tag)]');
  });
});

describe('formatPath', () => {
  it.each([
    [['lines', 3, 'tax'], '$.lines[3].tax'],
    [['größe'], '$.größe'],
    [['first name'], "$['first name']"],
    [['0'], "$['0']"],
    [[''], "$['']"],
  ])('writes %j as %s', (steps, text) => {
    expect(formatPath(steps)).toBe(text);
  });
});

describe('both forms', () => {
  it('parse back to the very steps they were written from', () => {
    const step = fc.oneof(fc.string({ unit: 'binary' }), fc.nat());
    fc.assert(
      fc.property(fc.array(step, { maxLength: 5 }), (steps) => {
        for (const path of [formatNormalizedPath(steps), formatPath(steps)]) {
          const back = parsePath(path).segments.map(({ selectors: [selector] }) =>
            selector?.kind === 'name'
              ? selector.name
              : selector?.kind === 'index' && selector.index,
          );
          expect(back).toEqual(steps);
        }
      }),
    );
  });
});
