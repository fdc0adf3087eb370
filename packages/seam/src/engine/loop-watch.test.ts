import { beforeEach, describe, expect, it } from 'vitest';
import { type SimHost, simHost } from '../../test/fixtures.ts';
import type { LoopTimes } from './host.ts';
import { LoopWatch, loopWatchOf } from './loop-watch.ts';

let host: SimHost;
let times: { activeMs: number; idleMs: number };

beforeEach(() => {
  host = simHost();
  times = { activeMs: 0, idleMs: 0 };
  host.loopTimes = (): LoopTimes => ({ ...times });
});

/** A tenth of a second in which the loop was busy for this share. */
async function pass(share: number): Promise<void> {
  await host.clock.advance(99);
  times.activeMs += share * 100;
  times.idleMs += (1 - share) * 100;
  await host.clock.advance(1);
}

describe('the watch on the event loop', () => {
  it('calls a loop busy that has had no rest for two seconds, and no sooner', async () => {
    const watch = new LoopWatch(host);
    expect(watch.busyShare).toBe(0);
    for (let i = 0; i < 20; i += 1) await pass(1);
    expect(watch.busyShare).toBeLessThan(0.9);
    for (let i = 0; i < 5; i += 1) await pass(1);
    expect(watch.busyShare).toBeGreaterThan(0.9);
  });

  it('no longer calls a loop busy a moment after its load is gone', async () => {
    const watch = new LoopWatch(host);
    expect(watch.busyShare).toBe(0);
    for (let i = 0; i < 100; i += 1) {
      await pass(1);
      expect(watch.busyShare).toBeLessThanOrEqual(1);
    }
    for (let i = 0; i < 3; i += 1) await pass(0.5);
    expect(watch.busyShare).toBeLessThan(0.9);
  });

  it('settles where the load does', async () => {
    const watch = new LoopWatch(host);
    for (let i = 0; i < 100; i += 1) {
      expect(watch.busyShare).toBeLessThanOrEqual(0.7);
      await pass(0.7);
    }
    expect(watch.busyShare).toBeCloseTo(0.7);
  });

  it('rests when nobody has asked for five seconds, and keeps no timer', async () => {
    const watch = new LoopWatch(host);
    expect(watch.busyShare).toBe(0);
    for (let i = 0; i < 49; i += 1) await pass(0.95);
    expect(host.clock.pending).toBe(1);
    await pass(0.95);
    expect(host.clock.pending).toBe(0);
  });

  it('does not call a loop busy for what was long ago', async () => {
    const watch = new LoopWatch(host);
    expect(watch.busyShare).toBe(0);
    await pass(1);
    expect(watch.busyShare).toBeGreaterThan(0);
    for (let i = 0; i < 50; i += 1) await pass(1);
    expect(watch.busyShare).toBe(0);
    await pass(0.5);
    expect(watch.busyShare).toBeCloseTo(0.05);
  });

  it('never calls a loop busy where it cannot be told', async () => {
    const { loopTimes: _, ...blind } = simHost();
    const watch = new LoopWatch(blind);
    expect(watch.busyShare).toBe(0);
    await blind.clock.advance(1_000);
    expect(watch.busyShare).toBe(0);
  });

  it('is one per process, however many seams there are', () => {
    expect(loopWatchOf(host)).toBe(loopWatchOf(host));
    expect(loopWatchOf(simHost())).not.toBe(loopWatchOf(host));
  });
});
