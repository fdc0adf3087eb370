import { beforeEach, describe, expect, it } from 'vitest';
import { BlockWatch } from './block-watch.ts';

/** A clock on which a timer can come late, as it does when something holds the loop. */
class LateClock {
  ms = 0;
  timers: { dueMs: number; run: () => void }[] = [];

  now(): number {
    return this.ms;
  }

  monotonicMs(): number {
    return this.ms;
  }

  after(delayMs: number, run: () => void): () => void {
    const timer = { dueMs: this.ms + delayMs, run };
    this.timers.push(timer);
    return () => {
      this.timers = this.timers.filter((each) => each !== timer);
    };
  }

  /** Time passes with the loop held: whatever falls due runs at the end. */
  hold(forMs: number): void {
    this.ms += forMs;
    for (const timer of this.timers.filter(({ dueMs }) => dueMs <= this.ms)) {
      this.timers = this.timers.filter((each) => each !== timer);
      timer.run();
    }
  }

  /** Time passes with the loop free. */
  pass(forMs: number): void {
    for (let i = 0; i < forMs; i += 1) this.hold(1);
  }
}

let clock: LateClock;
let watch: BlockWatch;

beforeEach(() => {
  clock = new LateClock();
  watch = new BlockWatch(clock);
});

describe('a run that holds the event loop', () => {
  it('is nothing when it is short', () => {
    watch.held(49);
    expect(watch.isCooling).toBe(false);
    expect(watch.counts()).toEqual({ blocked: 0, stalled: 0, longestMs: 0 });
  });

  it('is measured, counted, and the last one for ten seconds', () => {
    watch.held(204);
    expect(watch.counts()).toEqual({ blocked: 1, stalled: 0, longestMs: 204 });
    clock.pass(9_999);
    expect(watch.isCooling).toBe(true);
    clock.pass(1);
    expect(watch.isCooling).toBe(false);
  });

  it('is given ever longer pauses when it does so each time, up to ten minutes', () => {
    const pauses = Array.from({ length: 8 }, () => {
      watch.held(60);
      const fromMs = clock.ms;
      while (watch.isCooling) clock.hold(1_000);
      return (clock.ms - fromMs) / 1_000;
    });
    expect(pauses).toEqual([10, 20, 40, 80, 160, 320, 600, 600]);
  });
});

describe('a standstill while a run is under way', () => {
  it('is noticed by a timer that comes late', () => {
    const cancel = watch.watch();
    clock.hold(220);
    expect(watch.counts()).toEqual({ blocked: 0, stalled: 1, longestMs: 200 });
    expect(watch.isCooling).toBe(true);
    cancel();
    expect(clock.timers).toEqual([]);
  });

  it('is noticed when the run ends in the same turn, before any timer could come', () => {
    const cancel = watch.watch();
    clock.ms += 220;
    cancel();
    expect(watch.counts()).toMatchObject({ stalled: 1, longestMs: 200 });
  });

  it('is nothing while the loop is free, nor where timers are merely a little late', () => {
    const cancel = watch.watch();
    clock.pass(1_000);
    clock.hold(110);
    clock.pass(50);
    cancel();
    expect(watch.counts()).toEqual({ blocked: 0, stalled: 0, longestMs: 0 });
  });

  it('rests the seam for ten seconds each time and no longer: it may be innocent', () => {
    for (let i = 0; i < 3; i += 1) {
      const cancel = watch.watch();
      clock.hold(220);
      cancel();
      clock.pass(10_000);
      expect(watch.isCooling).toBe(false);
    }
    expect(watch.counts()).toMatchObject({ stalled: 3 });
  });
});
