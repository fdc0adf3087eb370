import type { Clock } from '@falsework/core/ports';

/** The machine's clock. Its timers never keep a process alive: Falsework is a guest in it. */
export const systemClock: Clock = Object.freeze({
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  after: (delayMs: number, run: () => void) => {
    const timer = setTimeout(run, delayMs).unref();
    return () => clearTimeout(timer);
  },
});
