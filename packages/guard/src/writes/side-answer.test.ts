import { SeededRandom } from '@falsework/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backoffMs } from './backoff.ts';
import { followerVerdict, outcomeOf, replayOutcomeOf } from './side-answer.ts';

describe('a status', () => {
  it.each([
    [200, 'applied', 'applied', 'fed'],
    [303, 'applied', 'applied', 'fed'],
    [400, 'refused', 'refused', 'declined'],
    [404, 'refused', 'refused', 'declined'],
    [408, 'unknown', 'unknown', 'unavailable'],
    [409, 'refused', 'unknown', 'declined'],
    [422, 'refused', 'refused', 'declined'],
    [425, 'refused', 'unknown', 'unavailable'],
    [429, 'refused', 'unknown', 'unavailable'],
    [500, 'unknown', 'unknown', 'declined'],
    [501, 'unknown', 'unknown', 'declined'],
    [503, 'unknown', 'unknown', 'unavailable'],
    [504, 'unknown', 'unknown', 'unavailable'],
  ])('%i is %s at first, %s when repeated, and %s for the follower', (status, ...means) => {
    expect([outcomeOf(status), replayOutcomeOf(status), followerVerdict(status)]).toEqual(means);
  });

  it('that leaves the first answer open is never settled by the same answer to a repetition', () => {
    fc.assert(
      fc.property(fc.integer({ min: 200, max: 599 }), (status) => {
        if (outcomeOf(status) === 'unknown') expect(replayOutcomeOf(status)).toBe('unknown');
      }),
    );
  });
});

describe('the wait between attempts', () => {
  const backoff = { baseMs: 100, capMs: 5_000 };

  it('is anything up to a bound that doubles, and never more than its cap', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5_000 }), fc.nat(), (attempt, seed) => {
        const restMs = backoffMs(attempt, backoff, new SeededRandom(seed));
        expect(restMs).toBeGreaterThanOrEqual(0);
        expect(restMs).toBeLessThanOrEqual(Math.min(5_000, 100 * 2 ** (attempt - 1)));
      }),
    );
  });

  it('is spread over all of it, so that those who failed together come back apart', () => {
    const random = new SeededRandom(3);
    const rests = Array.from({ length: 2_000 }, () => backoffMs(5, backoff, random));
    for (let tenth = 0; tenth < 10; tenth += 1) {
      const inTenth = rests.filter((rest) => Math.floor(rest / 160) === tenth).length;
      expect(inTenth).toBeGreaterThan(140);
    }
  });
});
