import { describe, expect, it } from 'vitest';
import { KILLS_PER_ROUND, killsOf, LEGS, randomFor, roundOf, TARGETS } from './schedule.ts';

describe('the kills of a seed', () => {
  it('are the same every time, whatever was asked for before', () => {
    const all = killsOf(7, 3, 100);
    expect(killsOf(7, 3, 100)).toEqual(all);
    expect(killsOf(7, 3, 24)).toEqual(all.slice(0, 4));
    expect(killsOf(8, 3, 100)).not.toEqual(all);
  });

  it('are numbered through, one in every leg of every round', () => {
    const rounds = Array.from({ length: 10 }, (_, i) => killsOf(1, i + 1, 100));
    expect(rounds.flat().map(({ number }) => number)).toEqual(
      Array.from({ length: 100 }, (_, i) => i + 1),
    );
    for (const round of rounds) expect(round.map(({ leg }) => leg)).toEqual([...LEGS]);
    for (const [i, round] of rounds.entries()) {
      expect(new Set(round.map(({ number }) => roundOf(number)))).toEqual(new Set([i + 1]));
    }
  });

  it.each([1, 2, 3, 99])(
    'meet everything and every step of a switch, of a hundred: seed %d',
    (seed) => {
      const all = Array.from({ length: 10 }, (_, i) => killsOf(seed, i + 1, 100)).flat();
      for (const target of TARGETS) {
        expect(all.filter((kill) => kill.target === target).length).toBeGreaterThan(10);
      }
      const steps = new Set(all.filter(({ event }) => event === 'step').map(({ nth }) => nth));
      expect(steps.size).toBe(12);
      expect(all.length).toBe(10 * KILLS_PER_ROUND);
    },
  );

  it('draw from sources that do not tell of each other', () => {
    const draws = new Set(Array.from({ length: 1_000 }, (_, i) => randomFor(5, i).next()));
    expect(draws.size).toBe(1_000);
  });
});
