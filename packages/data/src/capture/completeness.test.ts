import { describe, expect, it } from 'vitest';
import {
  BUSY_WINDOW_MS,
  type Counters,
  judgeCounters,
  SETTLE_MS,
  settledBaseline,
} from './completeness.ts';

const reading = (at: number, changes: number, events: number): Counters => ({
  at,
  changes,
  events,
});
const START = reading(0, 100, 40);

describe('the counters of a table and its outbox', () => {
  it('say nothing before there is a settled reading to start from', () => {
    expect(judgeCounters(null, [reading(0, 1, 1)])).toMatchObject({ state: 'unsettled' });
    expect(judgeCounters(START, [])).toMatchObject({ state: 'unsettled' });
  });

  it('prove capture complete once nothing has moved for as long as statistics may be late', () => {
    const readings = [reading(0, 163, 103), reading(SETTLE_MS, 163, 103)];
    expect(judgeCounters(START, readings)).toEqual({ state: 'complete', changes: 63 });
    expect(settledBaseline(readings)).toEqual(readings[1]);
  });

  it('count the writes that passed capture by', () => {
    const readings = [reading(0, 166, 103), reading(SETTLE_MS, 166, 103)];
    expect(judgeCounters(START, readings)).toEqual({ state: 'bypassed', missing: 3 });
  });

  it('say nothing while they move, however equal they look', () => {
    const readings = [reading(0, 150, 90), reading(SETTLE_MS, 151, 91)];
    expect(judgeCounters(START, readings)).toMatchObject({ state: 'unsettled' });
    expect(settledBaseline(readings)).toBeNull();
  });

  it('say nothing after a crash or a reset', () => {
    const readings = [reading(0, 2, 2), reading(SETTLE_MS, 2, 2)];
    expect(judgeCounters(START, readings)).toMatchObject({ because: 'the counters were reset' });
  });

  const busy = (ahead: (i: number) => number): Counters[] =>
    Array.from({ length: 13 }, (_, i) =>
      reading((i * BUSY_WINDOW_MS) / 12, 100 + i * 50 + ahead(i), 40 + i * 50),
    );

  it('forgive writers that never rest for being counted late', () => {
    expect(
      judgeCounters(
        START,
        busy((i) => (i % 4) * 7),
      ),
    ).toMatchObject({ state: 'complete' });
  });

  it('find a bypass among writers that never rest, by what is never made up for', () => {
    expect(
      judgeCounters(
        START,
        busy((i) => 3 + (i % 4) * 7),
      ),
    ).toEqual({
      state: 'bypassed',
      missing: 3,
    });
  });
});
