import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchTemplate, type PathTemplate, parseTemplate } from './path-template.ts';

function template(text: string): PathTemplate {
  const parsed = parseTemplate(text);
  if (typeof parsed === 'string') throw new Error(parsed);
  return parsed;
}

const match = (text: string, path: string) => matchTemplate(template(text), path);

describe('a path template', () => {
  it.each<[string, string, string[] | null]>([
    ['/v1/books', '/v1/books', []],
    ['/v1/books', '/v1/books/', null],
    ['/v1/books', '/v1/Books', null],
    ['/v1/{id}', '/v1/7', ['7']],
    ['/v1/{id}', '/v1/', null],
    ['/v1/{id}', '/v1/7/8', null],
    ['/v1/{id}', '/v1/a%20b%2Fc', ['a b/c']],
    ['/v1/{a.b.c}/x/{d}', '/v1/1/x/2', ['1', '2']],
    ['/v1/*/x/{d}', '/v1/any/x/2', ['2']],
    ['/v1/{name=shelves/*/books/*}', '/v1/shelves/1/books/2', ['shelves/1/books/2']],
    ['/v1/{name=shelves/*/books/*}', '/v1/shelves/1/pens/2', null],
    ['/v1/{name=shelves/*/books/*}', '/v1/shelves/a%2Fb/books/c%20d', ['shelves/a%2Fb/books/c d']],
    ['/v1/{name=**}', '/v1/a/b/c', ['a/b/c']],
    ['/v1/{name=**}', '/v1/a%2Fb/%41', ['a%2Fb/A']],
    ['/v1/{name=**}', '/v1', ['']],
    ['/v1/{name=files/**}', '/v1/files/a/b', ['files/a/b']],
    ['/v1/**', '/v1/a/b', []],
    ['/v1/{name=books/*}:archive', '/v1/books/1:archive', ['books/1']],
    ['/v1/{name=books/*}:archive', '/v1/books/1', null],
    ['/v1/{name=**}:archive', '/v1/a/b:archive', ['a/b']],
    ['/v1/{id}', '/v1/1:archive', ['1:archive']],
    ['/v1/{id}', '/v1/%zz', null],
    ['/v1/a b', '/v1/a%20b', null],
  ])('%s meets %s: %j', (text, path, values) => {
    const parsed = parseTemplate(text);
    if (typeof parsed === 'string') expect(values).toBeNull();
    else expect(matchTemplate(parsed, path)).toEqual(values);
  });

  it.each([
    ['v1', 'begin with /'],
    ['/v1//x', 'empty'],
    ['/v1/', 'empty'],
    ['/v1/**/x', '** may only stand at the end'],
    ['/v1/{a=**}/{b}', '** may only stand at the end'],
    ['/v1/{}', 'names no field'],
    ['/v1/{a b}', 'names no field'],
    ['/v1/{a', 'names no field'],
    ['/v1/{a={b}}', 'is no segment'],
    ['/v1/{a}/{a}', 'occurs twice'],
    ['/v1/x:', ': is no verb'],
    ['/v1/a?b', 'is no segment'],
  ])('%s is refused', (text, because) => {
    const parsed = parseTemplate(text);
    expect(typeof parsed === 'string' ? parsed : 'taken').toMatch(
      because === 'is no segment' ? /is no segment|names no field/ : because,
    );
  });

  it('gives back every value that was put into a path', () => {
    const value = fc.string({ minLength: 1, unit: 'grapheme' });
    fc.assert(
      fc.property(value, value, (a, b) => {
        const path = `/v1/${encodeURIComponent(a)}/x/${encodeURIComponent(b)}`;
        expect(match('/v1/{a}/x/{b}', path)).toEqual([a, b]);
      }),
    );
  });

  it('never throws, whatever the path', () => {
    fc.assert(
      fc.property(fc.string(), (path) => {
        for (const text of ['/{a}', '/{a=**}', '/v1/{a=x/*}:y']) match(text, path);
      }),
    );
  });
});
