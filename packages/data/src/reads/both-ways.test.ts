import type { FenceMark, ReadFence } from '@falsework/core/routing';
import { describe, expect, it } from 'vitest';
import { fenceBothWays } from './both-ways.ts';

/** A fence that knows of one mark, and of keys that were written since. */
function fenceWith(mark: number | null, moved: readonly string[]): ReadFence {
  return {
    check: (key) => Promise.resolve(key === 'pending' ? 'pending' : null),
    mark: () => (mark === null ? null : { position: mark }),
    hasMoved: ({ position }: FenceMark, key) =>
      Promise.resolve(position === mark && moved.includes(key ?? '')),
  };
}

describe('a fence both ways', () => {
  it('lets the way there say who is served', async () => {
    const never: ReadFence = {
      ...fenceWith(2, []),
      check: () => Promise.reject(new Error('back')),
    };
    const both = fenceBothWays(fenceWith(1, []), never);
    expect(await both.check('pending')).toBe('pending');
    expect(await both.check('a')).toBeNull();
  });

  it.each([
    ['on the way there', 'a', true],
    ['on the way back', 'b', true],
    ['on neither', 'c', false],
  ])('knows of a key that was written %s', async (_, key, hasMoved) => {
    const both = fenceBothWays(fenceWith(1, ['a']), fenceWith(2, ['b']));
    expect(await both.hasMoved(both.mark() as FenceMark, key)).toBe(hasMoved);
  });

  it('excuses what was begun before a feed was, for then the stores changed places', async () => {
    let mark: number | null = null;
    const back: ReadFence = {
      ...fenceWith(2, []),
      mark: () => (mark === null ? null : { position: mark }),
    };
    const both = fenceBothWays(fenceWith(1, []), back);
    const before = both.mark() as FenceMark;
    expect(await both.hasMoved(before, 'a')).toBe(false);
    mark = 2;
    expect(await both.hasMoved(before, 'a')).toBe(true);
    expect(await both.hasMoved(both.mark() as FenceMark, 'a')).toBe(false);
  });

  it('does with the one that has a mark, and has none where neither has', async () => {
    const both = fenceBothWays(fenceWith(1, ['a']), fenceWith(null, ['b']));
    const mark = both.mark() as FenceMark;
    expect([await both.hasMoved(mark, 'a'), await both.hasMoved(mark, 'b')]).toEqual([true, false]);
    expect(fenceBothWays(fenceWith(null, []), fenceWith(null, [])).mark()).toBeNull();
  });
});
