import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addToMinutes, lastHour, type Minutes } from './minutes.ts';
import { shortText, storedName } from './names.ts';
import { packSlices, unpackSlices } from './slices.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

describe('slices as they are stored', () => {
  const slice = fc.record({
    fromAt: fc.double({ noNaN: true, noDefaultInfinity: true }),
    toAt: fc.double({ noNaN: true, noDefaultInfinity: true }),
    trials: fc.nat(),
    hits: fc.nat(),
  });

  it('come back as they were', () => {
    fc.assert(
      fc.property(fc.array(slice), (slices) => {
        const stored = JSON.stringify(packSlices(slices));
        expect(unpackSlices(JSON.parse(stored) as number[])).toEqual(
          JSON.parse(JSON.stringify(slices)),
        );
      }),
      { seed: 2026 },
    );
  });

  it('are not taken for slices when a number is missing', () => {
    expect(unpackSlices([1, 2, 3])).toBeNull();
  });
});

describe('counts of the last hour', () => {
  const counted = fc.array(fc.record({ afterMs: fc.nat(20 * MINUTE_MS), count: fc.nat(5) }), {
    maxLength: 50,
  });

  it('miss nothing of the hour, count nothing from more than a minute before it, and stay small', () => {
    fc.assert(
      fc.property(counted, fc.nat(2 * HOUR_MS), (events, waitMs) => {
        let at = Date.UTC(2026, 0, 5);
        let minutes: Minutes = [];
        const seen: { at: number; count: number }[] = [];
        for (const { afterMs, count } of events) {
          at += afterMs;
          minutes = addToMinutes(minutes, count, at);
          seen.push({ at, count });
        }
        const now = at + waitMs;
        const since = (from: number): number =>
          seen.filter((one) => one.at >= from).reduce((sum, one) => sum + one.count, 0);
        const total = lastHour(minutes, now);
        expect(total).toBeGreaterThanOrEqual(since(now - HOUR_MS));
        expect(total).toBeLessThanOrEqual(since(now - HOUR_MS - MINUTE_MS));
        expect(minutes.length).toBeLessThanOrEqual(2 * 62);
      }),
      { seed: 2026 },
    );
  });

  it('add up in whatever order they come within an hour', () => {
    const [a, b] = [START, START + 30 * MINUTE_MS];
    const forth = addToMinutes(addToMinutes([], 3, a), 4, b);
    const back = addToMinutes(addToMinutes([], 4, b), 3, a);
    expect(lastHour(back, b)).toBe(lastHour(forth, b));
  });
});

const START = Date.UTC(2026, 0, 5);

describe('names as they are stored', () => {
  it('are those that were given, whatever the script, up to 256 characters', () => {
    for (const name of ['', 'GET /orders/{id}', 'ключ', '漢字', '👩‍👩‍👧', 'x'.repeat(256)]) {
      expect(storedName(name)).toBe(name);
    }
  });

  it('fit an index, hold no NUL and no half character, and do not change when stored again', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (name) => {
        const stored = storedName(name);
        expect(stored.length).toBeLessThanOrEqual(256);
        expect(stored.isWellFormed()).toBe(true);
        expect(stored).not.toContain('\0');
        expect(storedName(stored)).toBe(stored);
      }),
      { seed: 2026 },
    );
  });

  it('differ when long names differ in their last letter only', () => {
    const long = 'x'.repeat(10_000);
    expect(storedName(`${long}a`)).not.toBe(storedName(`${long}b`));
  });

  it('are cut in text for people with a mark that something is missing', () => {
    expect(shortText('short', 10)).toBe('short');
    expect(shortText('x'.repeat(11), 10)).toBe(`${'x'.repeat(9)}…`);
  });
});
