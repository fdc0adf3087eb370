import { describe, expect, it } from 'vitest';
import { Patience } from './patience.ts';
import { STOPPED, TIMED_OUT } from './side-failure.ts';

const lose = (patience: Patience, times: number): void => {
  for (let i = 0; i < times; i += 1) patience.note({ kind: 'refused', code: 'ECONNREFUSED' });
};

describe('patience with a side', () => {
  it('lasts through a restart', () => {
    const patience = new Patience();
    lose(patience, 40);
    expect(patience.isSpent(0)).toBe(false);
  });

  it('ends when every run loses its connection, and then allows a few runs a second', () => {
    const patience = new Patience();
    expect(patience.isSpent(1_000)).toBe(false);
    lose(patience, 50);
    expect(patience.isSpent(1_000)).toBe(true);
    let runs = 0;
    for (let ms = 1_000; ms < 11_000; ms += 1) {
      if (patience.isSpent(ms)) continue;
      runs += 1;
      lose(patience, 1);
    }
    expect(runs).toBeGreaterThanOrEqual(49);
    expect(runs).toBeLessThanOrEqual(51);
  });

  it('costs nothing for answers, however bad, and for what we ended ourselves', () => {
    const patience = new Patience();
    for (let i = 0; i < 1_000; i += 1) {
      patience.note({ kind: 'status', code: '500' });
      patience.note(STOPPED);
    }
    expect(patience.isSpent(0)).toBe(false);
  });

  it('is spent by runs that hang, since each of them costs its connection', () => {
    const patience = new Patience();
    for (let i = 0; i < 50; i += 1) patience.note(TIMED_OUT);
    expect(patience.isSpent(0)).toBe(true);
  });

  it('comes back in full, and no further, when the side is back', () => {
    const patience = new Patience();
    lose(patience, 50);
    expect(patience.isSpent(3_600_000)).toBe(false);
    lose(patience, 50);
    expect(patience.isSpent(3_600_000)).toBe(true);
  });

  it('is back within some seconds, however much was lost at once', () => {
    const patience = new Patience();
    for (let i = 0; i < 1_024; i += 1) patience.note(TIMED_OUT);
    expect(patience.isSpent(0)).toBe(true);
    expect(patience.isSpent(9_000)).toBe(true);
    expect(patience.isSpent(11_000)).toBe(false);
  });
});
