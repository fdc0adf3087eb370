import { describe, expect, it, vi } from 'vitest';
import { systemClock, systemRandom } from './index.ts';

describe('the machine’s clock', () => {
  it('never goes back', () => {
    const before = systemClock.monotonicMs();
    const cancel = systemClock.after(60_000, () => {});
    expect(systemClock.monotonicMs()).toBeGreaterThanOrEqual(before);
    cancel();
  });

  it('runs a timer once, and not at all when it was cancelled', () => {
    vi.useFakeTimers();
    const run = vi.fn<() => void>();
    systemClock.after(10, run);
    systemClock.after(10, run)();
    vi.advanceTimersByTime(100);
    vi.useRealTimers();
    expect(run).toHaveBeenCalledTimes(1);
  });

  it('draws numbers from 0 up to 1', () => {
    for (let i = 0; i < 1_000; i += 1) {
      const drawn = systemRandom.next();
      expect(drawn).toBeGreaterThanOrEqual(0);
      expect(drawn).toBeLessThan(1);
    }
  });
});
