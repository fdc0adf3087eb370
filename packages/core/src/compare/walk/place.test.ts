import { describe, expect, it } from 'vitest';
import { RuleTrie } from '../rules/rule-trie.ts';
import { Place } from './place.ts';

const { dead } = new RuleTrie([]);

describe('Place', () => {
  it('knows its depth and its steps from the root', () => {
    const root = new Place(null, null, dead, dead);
    const lines = new Place(root, 'lines', dead, dead);
    const first = new Place(lines, 0, dead, dead);
    expect([root, lines, first].map((place) => place.depth)).toEqual([0, 1, 2]);
    expect([root, lines, first].map((place) => place.steps())).toEqual([
      [],
      ['lines'],
      ['lines', 0],
    ]);
  });

  it('adds depth but no step for content that stands for its holder', () => {
    const root = new Place(null, null, dead, dead);
    const holder = new Place(root, 'url', dead, dead);
    const content = new Place(holder, null, dead, dead);
    expect([content.depth, content.steps()]).toEqual([2, ['url']]);
    expect(new Place(content, 'host', dead, dead).steps()).toEqual(['url', 'host']);
  });
});
