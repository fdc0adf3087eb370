import type { CauseLine } from '@falsework/client/contract';
import { describe, expect, it } from 'vitest';
import { filtered, filterIn } from './cause-filter.ts';

const line = (id: string, over: Partial<CauseLine> = {}): CauseLine => ({
  seam: 'quote',
  id: id.padEnd(16, '0'),
  template: '$.total',
  kind: 'number',
  epoch: 1,
  isNoise: false,
  count: 1,
  state: 'open',
  firstAt: 1,
  lastAt: 1,
  trend: [],
  hasRule: false,
  owner: null,
  ...over,
});
const shown = (query: string, causes: CauseLine[]): string[] =>
  filtered(causes, filterIn(new URLSearchParams(query))).map(({ id }) => id.slice(0, 1));

describe('the list of differences', () => {
  const causes = [
    line('a', { count: 1, firstAt: 3, lastAt: 5 }),
    line('b', { count: 9, state: 'accepted', firstAt: 1, lastAt: 2 }),
    line('c', { count: 5, seam: 'orders', template: '$.lines[*].TAX', firstAt: 2, lastAt: 9 }),
    line('d', { count: 7, isNoise: true }),
  ];

  it.each([
    { query: '', ids: ['b', 'c', 'a'] },
    { query: 'order=latest', ids: ['c', 'a', 'b'] },
    { query: 'order=oldest', ids: ['b', 'c', 'a'] },
    { query: 'order=sideways', ids: ['b', 'c', 'a'] },
    { query: 'state=accepted', ids: ['b'] },
    { query: 'seam=orders', ids: ['c'] },
    { query: 'text=tax', ids: ['c'] },
    { query: 'text=%23a0', ids: ['a'] },
    { query: 'text=nothing', ids: [] },
    { query: 'noise=yes', ids: ['d'] },
    { query: 'state=accepted&seam=orders', ids: [] },
  ])('shows $ids for “$query”', ({ query, ids }) => {
    expect(shown(query, causes)).toEqual(ids);
  });

  it('leaves what it was given as it was', () => {
    const before = [...causes];
    shown('order=oldest', causes);
    expect(causes).toEqual(before);
  });
});
