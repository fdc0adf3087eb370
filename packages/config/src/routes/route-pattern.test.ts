import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  isRefusal,
  METHODS,
  paramsOf,
  parseRoutePattern,
  type RoutePattern,
  shapeOf,
} from './route-pattern.ts';

function parsed(text: string): RoutePattern {
  const pattern = parseRoutePattern(text);
  if (isRefusal(pattern)) throw new Error(`${text} was refused: expected ${pattern.expected}`);
  return pattern;
}

describe('parseRoutePattern', () => {
  it('takes a route apart into its method, its texts and its parameters', () => {
    expect(parsed('GET /orders/{id}/lines')).toEqual({
      method: 'GET',
      segments: [{ literal: 'orders' }, { param: 'id' }, { literal: 'lines' }],
    });
  });

  it('reads the root as no segment at all', () => {
    expect(parsed('ANY /')).toEqual({ method: 'ANY', segments: [] });
  });

  it('keeps a trailing slash, because a server may answer it differently', () => {
    expect(parsed('GET /orders/').segments).toEqual([{ literal: 'orders' }, { literal: '' }]);
  });

  it.each([...METHODS, 'ANY'])('takes %s', (method) => {
    expect(parsed(`${method} /x`).method).toBe(method);
  });

  it('leaves percent-encoding as it stands', () => {
    expect(parsed('GET /a%20b/c:d@e').segments).toEqual([
      { literal: 'a%20b' },
      { literal: 'c:d@e' },
    ]);
  });

  it.each([
    ['GET', 'METHOD /path'],
    ['/orders', 'METHOD /path'],
    ['GET  /orders', 'one blank'],
    ['GET orders', 'METHOD /path'],
    ['GET http://x/orders', 'METHOD /path'],
    ['GET /orders?page=1', 'without query'],
    ['GET /orders#top', 'without query'],
    ['', 'METHOD /path'],
    ['get /orders', 'GET, HEAD'],
    ['CONNECT /orders', 'GET, HEAD'],
    ['TRACE /orders', 'GET, HEAD'],
    ['GET //orders', 'without empty segments'],
    ['GET /a//b', 'without empty segments'],
    ['GET /a/../b', 'without . and ..'],
    ['GET /./a', 'without . and ..'],
    ['GET /orders/{id', 'braces around a whole segment'],
    ['GET /orders/{}', 'braces around a whole segment'],
    ['GET /orders/x{id}', 'braces around a whole segment'],
    ['GET /orders/{id}{b}', 'braces around a whole segment'],
    ['GET /orders/{1}', 'braces around a whole segment'],
    ['GET /a/{id}/b/{id}', 'names {id} once'],
    ['GET /a%2', 'percent-encoded'],
    ['GET /ü', 'percent-encoded'],
    ['GET /a"b', 'percent-encoded'],
    [`GET /${'a'.repeat(2_000)}`, 'METHOD /path'],
  ])('refuses %j and says what it expects', (text, expected) => {
    const refused = parseRoutePattern(text);
    expect(isRefusal(refused) && refused.expected).toContain(expected);
  });

  it('takes back every pattern that it would print, and never throws', () => {
    const literal = fc.stringMatching(/^[a-z0-9-]{1,8}$/);
    const param = fc.stringMatching(/^[a-z]{1,8}$/).map((name) => `{${name}}`);
    const pieces = fc.uniqueArray(fc.oneof(literal, param), { maxLength: 6 });
    fc.assert(
      fc.property(fc.constantFrom(...METHODS), pieces, (method, path) => {
        const text = `${method} /${path.join('/')}`;
        const { segments } = parsed(text);
        const printed = segments.map((s) => ('param' in s ? `{${s.param}}` : s.literal));
        expect(`${method} /${printed.join('/')}`).toBe(text);
      }),
    );
    fc.assert(fc.property(fc.string(), (text) => void parseRoutePattern(text)));
  });
});

describe('shapeOf', () => {
  it('is the same for two patterns that take the same requests', () => {
    expect(shapeOf(parsed('GET /a/{id}'))).toBe(shapeOf(parsed('GET /a/{name}')));
    expect(shapeOf(parsed('GET /a/{id}'))).not.toBe(shapeOf(parsed('PUT /a/{id}')));
    expect(shapeOf(parsed('GET /a/{id}'))).not.toBe(shapeOf(parsed('GET /a/id')));
    expect(shapeOf(parsed('GET /a'))).not.toBe(shapeOf(parsed('GET /a/')));
  });
});

describe('paramsOf', () => {
  it('lists the parameters in the order of the path', () => {
    expect(paramsOf(parsed('GET /a/{x}/b/{y}'))).toEqual(['x', 'y']);
    expect(paramsOf(parsed('GET /a'))).toEqual([]);
  });
});
