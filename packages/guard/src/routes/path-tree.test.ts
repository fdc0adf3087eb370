import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PathTree } from './path-tree.ts';

interface Place {
  readonly template: string;
  readonly provenBy: number;
  isProven: boolean;
}

function treeOf(nodesMax = 2_000) {
  const dropped: string[] = [];
  const tree = new PathTree<Place>({
    newPlace: ({ template, provenBy }) => ({ template, provenBy, isProven: false }),
    isProven: (place) => place.isProven,
    dropped: (place) => dropped.push(place.template),
    nodesMax,
  });
  const learn = (path: string, isProven = true): string => {
    const place = tree.find(path);
    if (place === null) return '(none)';
    place.isProven ||= isProven;
    return place.template;
  };
  return { tree, learn, dropped };
}

describe('a path template', () => {
  it.each([
    ['/', '/'],
    ['/orders', '/orders'],
    ['/orders/', '/orders/'],
    ['/orders/4711', '/orders/{id}'],
    ['/orders/4711/lines', '/orders/{id}/lines'],
    ['/orders/4711/lines/12', '/orders/{id}/lines/{id2}'],
    ['/customers/550e8400-e29b-41d4-a716-446655440000', '/customers/{id}'],
    ['/api/v1/orders', '/api/v1/orders'],
    ['/4711', '/{id}'],
    ['//x', '//x'],
  ])('of %s is %s', (path, template) => {
    expect(treeOf().learn(path)).toBe(template);
  });

  it('is one place for all ids, and another for each name', () => {
    const { tree } = treeOf();
    expect(tree.find('/orders/1')).toBe(tree.find('/orders/2'));
    expect(tree.find('/orders/open')).not.toBe(tree.find('/orders/1'));
  });

  it('must be seen more often where a word may well be a value', () => {
    const { tree } = treeOf();
    expect(tree.find('/orders')?.provenBy).toBe(1);
    expect(tree.find('/orders/1')?.provenBy).toBe(1);
    expect(tree.find('/orders/1/lines')?.provenBy).toBe(1);
    expect(tree.find('/users/ada')?.provenBy).toBe(3);
    expect(tree.find('/users/ada/posts/7')?.provenBy).toBe(3);
  });
});

describe('names that are values', () => {
  const people = Array.from(
    { length: 40 },
    (_, i) => `/users/${'abcdefgh'[i % 8]}-${'pqrst'[i % 5]}`,
  );

  it('become one parameter when there are many of them and each is rare', () => {
    const { learn, dropped } = treeOf();
    const templates = people.map((path) => learn(path, false));
    expect(templates.at(-1)).toBe('/users/{id}');
    // The sixteenth gave them away; what hung at the fifteen before it is handed back.
    expect(dropped).toHaveLength(15);
    expect(learn('/users/a-p', false)).toBe('/users/{id}');
  });

  it('leave those names that were proven by then with their own template', () => {
    const { learn } = treeOf();
    for (let i = 0; i < 5; i += 1) learn('/users/me');
    for (const path of people) learn(path, false);
    expect(learn('/users/me')).toBe('/users/me');
    expect(learn('/users/somebody')).toBe('/users/{id}');
  });

  it('stay names while each of them comes again and again: those are kinds of things', () => {
    const { learn } = treeOf();
    const kinds = Array.from(
      { length: 30 },
      (_, i) => `/api/kind${'abcdefghijklmnopqrstuvwxyzABCD'[i]}`,
    );
    for (let round = 0; round < 3; round += 1) for (const path of kinds) learn(path);
    // Met three times before the next one comes, which is what a client does that works with them.
    const steady = treeOf();
    for (const path of kinds) for (let i = 0; i < 3; i += 1) steady.learn(path);
    expect(kinds.map((path) => steady.learn(path))).toEqual(kinds);
  });

  it('are bounded at the root too, where names are trusted longest', () => {
    const { learn } = treeOf();
    const word = (i: number): string =>
      `/w${String.fromCharCode(97 + (i % 26), 97 + Math.floor(i / 26))}`;
    for (let i = 0; i < 64; i += 1) expect(learn(word(i))).toBe(word(i));
    expect(learn(word(65))).toBe('/{id}');
    expect(learn(word(3))).toBe(word(3));
  });
});

describe('the tree', () => {
  it('never holds more nodes than it may, whatever paths come, and still finds the old ones', () => {
    const { tree, learn } = treeOf(50);
    learn('/orders/1');
    const path = fc
      .array(fc.string({ maxLength: 8 }), { maxLength: 30 })
      .map((parts) => `/${parts.join('/')}`);
    fc.assert(
      fc.property(path, (text) => {
        void tree.find(text.replaceAll('?', ''));
        expect(tree.size).toBeLessThanOrEqual(50);
      }),
      { numRuns: 2_000 },
    );
    expect(learn('/orders/2')).toBe('/orders/{id}');
    expect(tree.places().length).toBeLessThanOrEqual(50);
  });

  it('does not follow a path without end', () => {
    const { learn, tree } = treeOf();
    expect(learn(`/${'a/'.repeat(5_000)}`)).toBe('(none)');
    expect(tree.size).toBeLessThanOrEqual(20);
  });

  it('gives one path one place, however often and in whatever order paths come', () => {
    const segment = fc.oneof(fc.constantFrom('a', 'b', 'c'), fc.nat(9).map(String));
    const path = fc
      .array(segment, { minLength: 1, maxLength: 4 })
      .map((parts) => `/${parts.join('/')}`);
    fc.assert(
      fc.property(fc.array(path, { maxLength: 30 }), (paths) => {
        const { learn } = treeOf();
        const first = paths.map((each) => learn(each));
        expect(paths.map((each) => learn(each))).toEqual(first);
      }),
    );
  });
});
