import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isFalseworkError } from '../../errors/index.ts';
import { JsonNumber } from '../json/json-nodes.ts';
import { parsePath } from './parse-path.ts';

function refusalOf(path: string): { at: unknown; expected: unknown } {
  try {
    parsePath(path);
  } catch (error) {
    if (isFalseworkError(error) && error.code === 'FW_PATH_SYNTAX') {
      return { at: error.facts.at, expected: error.facts.expected };
    }
    throw error;
  }
  throw new Error(`${path} was accepted`);
}

const selectorsOf = (path: string) => parsePath(path).segments.map((segment) => segment.selectors);

describe('parsePath', () => {
  it.each([
    ['$', []],
    ['$.a', [[{ kind: 'name', name: 'a' }]]],
    ['$.größe_1', [[{ kind: 'name', name: 'größe_1' }]]],
    ['$.😀', [[{ kind: 'name', name: '😀' }]]],
    ["$['a b']", [[{ kind: 'name', name: 'a b' }]]],
    ["$['it\\'s']", [[{ kind: 'name', name: "it's" }]]],
    ['$["it\'s"]', [[{ kind: 'name', name: "it's" }]]],
    ['$["\\uD83D\\ude00\\n\\/"]', [[{ kind: 'name', name: '😀\n/' }]]],
    ['$["\\u0000"]', [[{ kind: 'name', name: '\0' }]]],
    ['$.*', [[{ kind: 'wildcard' }]]],
    ['$[*]', [[{ kind: 'wildcard' }]]],
    ['$[-1]', [[{ kind: 'index', index: -1 }]]],
    ['$[:]', [[{ kind: 'slice', start: null, end: null, step: 1 }]]],
    ['$[1:-2:-3]', [[{ kind: 'slice', start: 1, end: -2, step: -3 }]]],
    ['$[ 1 : : 2 ]', [[{ kind: 'slice', start: 1, end: null, step: 2 }]]],
    [
      '$[0, "a" ,*]',
      [[{ kind: 'index', index: 0 }, { kind: 'name', name: 'a' }, { kind: 'wildcard' }]],
    ],
    ['$ .a\n["b"]', [[{ kind: 'name', name: 'a' }], [{ kind: 'name', name: 'b' }]]],
  ])('reads %s', (path, selectors) => {
    expect(selectorsOf(path)).toEqual(selectors);
  });

  it('tells descendants from children', () => {
    const { segments } = parsePath("$..a.b..*..['c',0]");
    expect(segments.map((segment) => segment.isDescendant)).toEqual([true, false, true, true]);
  });

  it('reads a filter with the precedence of RFC 9535: not, then and, then or', () => {
    const at = (name: string) => ({
      kind: 'exists',
      query: {
        kind: 'query',
        from: '@',
        segments: [{ isDescendant: false, selectors: [{ kind: 'name', name }] }],
      },
    });
    expect(selectorsOf('$[?@.a || !@.b && (@.c || @.d)]')).toEqual([
      [
        {
          kind: 'filter',
          condition: {
            kind: 'or',
            terms: [
              at('a'),
              {
                kind: 'and',
                terms: [
                  { kind: 'not', term: at('b') },
                  { kind: 'or', terms: [at('c'), at('d')] },
                ],
              },
            ],
          },
        },
      ],
    ]);
  });

  it('keeps numbers of a filter as they are written', () => {
    expect(selectorsOf('$[?@ == 9007199254740993]')[0]?.[0]).toMatchObject({
      condition: { right: { kind: 'literal', value: new JsonNumber('9007199254740993') } },
    });
  });

  it.each([
    '$[?@.a]',
    '$[?(@.a)]',
    '$[? @.a ]',
    '$[?!(@.a == 1)]',
    '$[?! @.a]',
    "$[?@['a','b']]",
    '$[?@..a]',
    '$[?$.limit > @]',
    '$[?@ == -0]',
    '$[?@ == -1.50E+3]',
    '$[?"a" != @.b]',
    '$[?@.a==null&&@.b==true||@.c==false]',
    '$[?length(@.a) >= 2]',
    "$[?length('abc') == 3]",
    '$[?count(@..*) < 3]',
    "$[?match(@.a, 'x.*')]",
    '$[?!search( @.a , $.pattern )]',
    "$[?value(@..a) == 'b']",
    '$[?length(value($..a)) == 1]',
    '$[?@[?@.b > 1]]',
    '$[?@.a, 0, ?@.b]',
  ])('accepts the filter %s', (path) => {
    expect(() => parsePath(path)).not.toThrow();
  });

  it.each([
    ['', 1, '"$", where every path starts'],
    ['a', 1, '"$", where every path starts'],
    [' $', 1, '"$", where every path starts'],
    ['$ ', 2, /end of the path/],
    ['$.', 3, /a name or "\*"/],
    ['$..', 4, 'a name, "*" or "["'],
    ['$. a', 3, /a name or "\*"/],
    ['$.1a', 3, /a name or "\*"/],
    ['$.a-b', 4, /\['like-this'\]/],
    ['$.\ud800', 3, /a name or "\*"/],
    ['$[', 3, /a quoted name/],
    ['$[]', 3, /a quoted name/],
    ['$[a]', 3, /a quoted name/],
    ['$[0', 4, '"," or "]"'],
    ['$[0,]', 5, /a quoted name/],
    ['$[01]', 3, 'a number without leading zeros'],
    ['$[-0]', 3, 'a whole number other than -0'],
    ['$[1:-0]', 5, 'a whole number other than -0'],
    ['$[9007199254740992]', 3, 'a number within ±(2^53 - 1)'],
    ['$[1:2:3:4]', 8, '"," or "]"'],
    ["$['a]", 3, "a closing '"],
    ['$["a\tb"]', 5, /no control character/],
    ['$["\ud800"]', 4, /not half a surrogate pair/],
    ['$["\\ud800"]', 10, /low surrogate/],
    ['$["\\ud800\\u0041"]', 6, /low surrogate after/],
    ['$["\\udc00"]', 6, /only after a high one/],
    ['$["\\u12"]', 6, 'four hexadecimal digits'],
    ["$['\\\"']", 5, /one of/],
    ['$["\\\'"]', 5, /one of/],
    ['$[?]', 4, /a literal, a path/],
    ['$[?1]', 4, /a comparison, a path/],
    ["$[?'a']", 4, /a comparison, a path/],
    ['$[?true]', 4, /a comparison, a path/],
    ['$[?@.a == ]', 11, /a literal, a path/],
    ['$[?@.a = 1]', 8, '"," or "]"'],
    ['$[?@.a === 1]', 10, /a literal, a path/],
    ['$[?@.a == 01]', 11, 'a number without leading zeros'],
    ['$[?@.a == 1.]', 12, '"," or "]"'],
    ['$[?@.a == .5]', 11, /a literal, a path/],
    ['$[?@.a == +1]', 11, /a literal, a path/],
    ['$[?!@.a == 1]', 9, '"," or "]"'],
    ['$[?(@.a == 1]', 13, '")"'],
    ['$[?@.a == 1 &&]', 15, /a literal, a path/],
    ['$[?@.a & @.b]', 8, '"," or "]"'],
    ['$[?@.* == 1]', 4, /selects one node/],
    ['$[?1 == @..a]', 9, /selects one node/],
    ['$[?@[0,1] == 1]', 4, /selects one node/],
    ['$[?@[0:1] == 1]', 4, /selects one node/],
    ["$[?match(@.a, 'b') == true]", 4, /which match\(\) does not give/],
    ['$[?length(@.a)]', 4, /a comparison, a path/],
    ['$[?count(1) == 1]', 10, 'a path starting with @ or $'],
    ['$[?length(@.*) == 1]', 11, /selects one node/],
    ["$[?length(match(@.a, 'b')) == 1]", 11, /which match\(\) does not give/],
    ['$[?match(@.a)]', 13, 'another argument of match()'],
    ["$[?match(@.a, 'b', 'c')]", 18, '")" after the arguments of match()'],
    ['$[?size(@.a) == 1]', 4, /length, count, match, search, value/],
    ['$[?length (@.a) == 1]', 4, /a literal, a path/],
    ['$[?@.a == TRUE]', 11, /a literal, a path/],
  ])('refuses %s at character %i', (path, at, expected) => {
    const refusal = refusalOf(path);
    expect(refusal.at).toBe(at);
    if (typeof expected === 'string') expect(refusal.expected).toBe(expected);
    else expect(refusal.expected).toMatch(expected);
  });

  it('bounds length and nesting instead of exhausting anything', () => {
    expect(refusalOf(`$${'.a'.repeat(500)}`)).toEqual({
      at: 1_001,
      expected: 'a path of at most 1000 characters',
    });
    expect(refusalOf(`$[?${'('.repeat(200)}@`).expected).toBe('at most 32 levels of nesting');
    expect(refusalOf(`$${'[?@'.repeat(100)}`).expected).toBe('at most 32 levels of nesting');
    const beside = Array.from({ length: 40 }, () => '(@.a)').join('||');
    expect(() => parsePath(`$[?${beside}]`)).not.toThrow();
    expect(() => parsePath(`$[?${'('.repeat(20)}@.a${')'.repeat(20)}]`)).not.toThrow();
  });

  it('either parses or refuses with a code and a character inside the text', () => {
    const fragments = [
      ['$', '.', '..', '[', ']', '?', '@', '*', "'a'", '"b"', 'a', '0', '-1', ':', ',', ' '],
      ['==', '<', '&&', '||', '!', '(', ')', 'length(', 'match(', 'null', '1e5', '\\', '\ud800'],
    ];
    const fragment = fc.constantFrom(...fragments.flat());
    fc.assert(
      fc.property(fc.array(fragment, { maxLength: 15 }), fc.boolean(), (list, isRooted) => {
        const path = (isRooted ? '$' : '') + list.join('');
        try {
          parsePath(path);
        } catch (error) {
          if (!isFalseworkError(error)) throw error;
          expect(error.code).toBe('FW_PATH_SYNTAX');
          expect(error.facts.at).toBeGreaterThanOrEqual(1);
          expect(error.facts.at).toBeLessThanOrEqual(path.length + 1);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
