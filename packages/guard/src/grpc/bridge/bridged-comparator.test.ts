import { createComparator, tolerance } from '@falsework/core/compare';
import { describe, expect, it } from 'vitest';
import { librarySet } from '../../../test/grpc-fixtures.ts';
import { compileRestTable } from '../rest/rest-table.ts';
import { bridgedComparator } from './bridged-comparator.ts';
import { bridgedRoutes } from './bridged-routes.ts';

const { registry } = librarySet();
const table = compileRestTable(librarySet());

function bindingOf(name: string) {
  return table.bindings.find((each) => each.method.name === name) ?? expect.fail(name);
}

function compare(
  name: string,
  legacy: unknown,
  candidate: unknown,
  rules = [] as never[],
): unknown {
  const inner = createComparator({ rules });
  const comparator = bridgedComparator(bindingOf(name), registry, inner);
  const text = (value: unknown): string =>
    typeof value === 'string' ? value : JSON.stringify(value);
  const { result, causes } = comparator.json(Buffer.from(text(legacy)), text(candidate));
  return result === 'different'
    ? causes.map(({ template, kind }) => `${template} ${kind}`)
    : result;
}

describe('an answer of legacy and a bridged one', () => {
  it.each<[string, unknown, unknown]>([
    [
      'a zero that is left out',
      { title: 'T' },
      { title: 'T', pages: 0, genre: 'GENRE_UNSPECIFIED' },
    ],
    [
      'names of the proto',
      { published_at: '2026-01-01T01:00:00+01:00' },
      { publishedAt: '2026-01-01T00:00:00Z' },
    ],
    ['an enum’s number', { genre: 1 }, { genre: 'NOVEL' }],
    ['an int64 as a number', '{"copies":9007199254740993}', { copies: '9007199254740993' }],
    ['null', { author: null, tags: null }, {}],
    ['another base64', { cover: '-_8' }, { cover: '+/8=' }],
  ])('are alike in spite of %s', (_what, legacy, candidate) => {
    expect(compare('GetBook', legacy, candidate)).toBe('equal');
  });

  it.each<[string, unknown, unknown, string[]]>([
    ['a number', { pages: 1 }, {}, ['$.pages number']],
    ['a digit', '{"copies":9007199254740993}', { copies: '9007199254740992' }, ['$.copies number']],
    ['a member that the message has no room for', { isbn: '1' }, {}, ['$.isbn missing']],
    ['a type', { pages: 'many' }, { pages: 0 }, ['$.pages type']],
    ['presence', { rating: 0 }, {}, ['$.rating missing']],
  ])('differ in %s', (_what, legacy, candidate, causes) => {
    expect(compare('GetBook', legacy, candidate)).toEqual(causes);
  });

  it('are compared as the field that is the body, and as lists where they are streams', () => {
    expect(compare('ListBooks', [{ title: 'T' }], [{ title: 'T', pages: 0 }])).toBe('equal');
    expect(compare('ListBooks', [{ title: 'T' }], [{ title: 'U' }])).toEqual(['$[*].title string']);
    expect(compare('StreamBooks', [{ title: 'T' }], [{ title: 'T', pages: 0 }])).toBe('equal');
  });

  it('heed rules on the canonical document, also where legacy left the field out', () => {
    const rules = [tolerance('$.price', { abs: 0.01 })] as never[];
    expect(compare('GetBook', {}, { price: 0.005 }, rules)).toBe('equal');
  });

  it('that are no JSON are left to be told so', () => {
    expect(compare('GetBook', '<html>', '{}')).toEqual(['$ json-invalid']);
  });
});

describe('an error of legacy and a bridged one', () => {
  const status = { code: 5, message: 'no book', details: [] };

  it('are compared by code and message where both are a google.rpc.Status', () => {
    expect(compare('GetBook', { code: 5, message: 'no book' }, status)).toBe('equal');
    expect(compare('GetBook', { code: 9, message: 'no book' }, status)).toEqual(['$.code number']);
  });

  it('are told apart by nothing but their status where legacy has its own kind', () => {
    expect(compare('GetBook', { error: 'no such book' }, status)).toBe('equal');
  });
});

describe('a comparator of a bridge', () => {
  it('has a fingerprint of its binding and its rules', () => {
    const prints = ['GetBook', 'ListBooks'].flatMap((name) =>
      [[], [tolerance('$.price', { abs: 1 })]].map(
        (rules) =>
          bridgedComparator(bindingOf(name), registry, createComparator({ rules })).fingerprint,
      ),
    );
    expect(new Set(prints).size).toBe(4);
    for (const print of prints) expect(print).toMatch(/^[0-9a-f]{16}$/);
  });
});

describe('the routes of a bridged service', () => {
  it('are those of its annotations that a guard can declare', () => {
    const routes = bridgedRoutes(table).map(({ method, segments, isRead }) => [
      method,
      segments
        .map((segment) => ('literal' in segment ? segment.literal : `{${segment.param}}`))
        .join('/'),
      isRead,
    ]);
    expect(routes).toContainEqual(['GET', 'v1/shelves/{shelves}/books/{books}', true]);
    expect(routes).toContainEqual(['DELETE', 'v1/shelves/{shelves}/books/{books}', false]);
    expect(routes).toHaveLength(7);
  });
});
