import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { routeWith } from '../../test/fixtures.ts';
import { shareOf } from './worker-share.ts';

const OPTIONS = { legacy: 'http://a', candidate: 'http://b', port: 0 };

describe('the share of one worker', () => {
  it('is a part of each bound, and all parts are the whole', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 32 }), fc.nat(1_000), (count, more) => {
        const max = count + more;
        const sides = { legacy: { requestsMax: max }, candidate: { shadowsMax: max } };
        const options = { ...OPTIONS, sides, limits: { connectionsMax: max } };
        const shares = Array.from({ length: count }, (_, index) =>
          shareOf({ ...options, captureBytesMax: max }, { index, count }),
        );
        const sum = (of: (share: (typeof shares)[0]) => number | null | undefined): number =>
          shares.reduce((total, share) => total + (of(share) ?? 0), 0);
        expect(sum(({ sides: each }) => each?.legacy?.requestsMax)).toBe(max);
        expect(sum(({ sides: each }) => each?.candidate?.shadowsMax)).toBe(max);
        expect(sum(({ limits }) => limits?.connectionsMax)).toBe(max);
        expect(sum(({ captureBytesMax }) => captureBytesMax)).toBe(max);
      }),
    );
  });

  it('is everything of the only one', () => {
    const options = { ...OPTIONS, limits: { connectionsMax: 1 } };
    expect(shareOf(options, { index: 0, count: 1 })).toBe(options);
  });

  it('leaves what nothing bounds without a bound', () => {
    const { limits, sides } = shareOf(OPTIONS, { index: 0, count: 4 });
    expect([limits, sides?.legacy?.requestsMax]).toEqual([undefined, undefined]);
    expect(sides?.legacy?.shadowsMax).toBe(32);
  });

  it.each(['follow', 'dry-run'] as const)(
    'is none of a guard with a route that is %s',
    (effects) => {
      const routes = [routeWith({ seam: 'POST /orders', effects })];
      expect(() => shareOf({ ...OPTIONS, routes }, { index: 0, count: 2 })).toThrow(
        expect.objectContaining({ code: 'FW_GUARD_OPTION' }),
      );
    },
  );
});
