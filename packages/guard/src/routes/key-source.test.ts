import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileSource, type KeySource } from './key-source.ts';

const read = (source: KeySource, headers: string[], target = '/'): string | null =>
  compileSource(source, (name) => (name === 'id' ? 1 : null))(headers, target);

describe('the key of a request', () => {
  it.each<[KeySource, string[], string, string | null]>([
    [{ from: 'header', name: 'x-account-id' }, ['X-Account-Id', '42'], '/', '42'],
    [
      { from: 'header', name: 'X-Account-Id' },
      ['x-account-id', '42', 'x-account-id', '43'],
      '/',
      '42',
    ],
    [{ from: 'header', name: 'x-account-id' }, ['x-account-i', '42'], '/', null],
    [{ from: 'header', name: 'x-account-id' }, ['x-account-id', ''], '/', null],
    [{ from: 'cookie', name: 'sid' }, ['Cookie', 'a=1; sid=7; b=2'], '/', '7'],
    [{ from: 'cookie', name: 'sid' }, ['cookie', 'asid=1', 'Cookie', 'sid="7"'], '/', '7'],
    [{ from: 'cookie', name: 'sid' }, ['Cookie', 'sid; sid2=3'], '/', null],
    [{ from: 'query', name: 'user' }, [], '/a?x=1&user=ada', 'ada'],
    [{ from: 'query', name: 'user' }, [], '/a?user=ada&user=grace', 'ada'],
    [{ from: 'query', name: 'user' }, [], '/a?user=ada+l%C3%B6', 'ada lö'],
    [{ from: 'query', name: 'us er' }, [], '/a?us+er=1', '1'],
    [{ from: 'query', name: 'user' }, [], '/a?user', null],
    [{ from: 'query', name: 'user' }, [], '/user=1', null],
    [{ from: 'path', name: 'id' }, [], '/orders/4711?x=1', '4711'],
    [{ from: 'path', name: 'id' }, [], '/orders/a%2Fb/lines', 'a/b'],
    [{ from: 'path', name: 'id' }, [], '/orders', null],
    [{ from: 'path', name: 'other' }, [], '/orders/4711', null],
  ])('%j of %j and %j is %j', (source, headers, target, expected) => {
    expect(read(source, headers, target)).toBe(expected);
  });

  it('takes what cannot be decoded as it stands, so that it still names one entity', () => {
    expect(read({ from: 'query', name: 'user' }, [], '/?user=%zz')).toBe('%zz');
    expect(read({ from: 'path', name: 'id' }, [], '/orders/%c3')).toBe('%c3');
  });

  it('never throws, whatever the request', () => {
    const source = fc.record({
      from: fc.constantFrom('header', 'cookie', 'query', 'path'),
      name: fc.constantFrom('id', 'x', ''),
    });
    fc.assert(
      fc.property(source, fc.array(fc.string()), fc.string(), (from, headers, target) => {
        const even = headers.length % 2 === 0 ? headers : [...headers, ''];
        void read(from as KeySource, even, target);
      }),
    );
  });
});
