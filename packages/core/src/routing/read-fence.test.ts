import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canMove, fenceReason, type PendingKeys } from './read-fence.ts';

const keys = fc.constantFrom('a', 'b', 'c', 'd');
const pending = fc.record({
  keys: fc.uniqueArray(keys).map((each): ReadonlySet<string> => new Set(each)),
  concernsEvery: fc.boolean(),
  isCut: fc.boolean(),
});

describe('a fenced key', () => {
  it('is served by the follower only when everything is known and nothing of it is pending', () => {
    fc.assert(
      fc.property(fc.option(pending), fc.option(keys), (seen, key) => {
        const isServed = fenceReason(seen, key) === null;
        const isClear =
          seen !== null &&
          !seen.concernsEvery &&
          !seen.isCut &&
          (key === null ? seen.keys.size === 0 : !seen.keys.has(key));
        expect(isServed).toBe(isClear);
      }),
    );
  });

  it('stays fenced when more turns out to be pending', () => {
    fc.assert(
      fc.property(pending, pending, fc.option(keys), (one, two, key) => {
        const both: PendingKeys = {
          keys: new Set([...one.keys, ...two.keys]),
          concernsEvery: one.concernsEvery || two.concernsEvery,
          isCut: one.isCut || two.isCut,
        };
        if (fenceReason(one, key) !== null) expect(fenceReason(both, key)).not.toBeNull();
      }),
    );
  });

  it.each([
    ['unknown', null, 'a'],
    ['every-key', { keys: new Set('a'), concernsEvery: true, isCut: true }, 'a'],
    ['pending', { keys: new Set('a'), concernsEvery: false, isCut: true }, 'a'],
    ['pending', { keys: new Set('a'), concernsEvery: false, isCut: false }, null],
    ['too-many', { keys: new Set('a'), concernsEvery: false, isCut: true }, 'b'],
    [null, { keys: new Set('a'), concernsEvery: false, isCut: false }, 'b'],
  ] as const)('is told for the reason that says most: %s', (reason, seen, key) => {
    expect(fenceReason(seen, key)).toBe(reason);
  });

  it('excuses a difference only when it was seen to be written: not knowing is no excuse', () => {
    fc.assert(
      fc.property(fc.option(pending), fc.option(keys), (seen, key) => {
        const reason = fenceReason(seen, key);
        expect(canMove(seen, key)).toBe(reason === 'pending' || reason === 'every-key');
      }),
    );
    expect(canMove(null, 'a')).toBe(false);
    expect(canMove({ keys: new Set(), concernsEvery: false, isCut: true }, 'a')).toBe(false);
  });
});
