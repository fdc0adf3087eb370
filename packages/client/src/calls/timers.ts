import type { Cancel, Clock } from '@falsework/core/ports';
import { systemClock } from '@falsework/system';

/** The clock, and its timers of two kinds. */
export interface Timers {
  readonly clock: Clock;
  /** A timer that keeps the process alive: somebody awaits what comes after it. */
  readonly hold: (delayMs: number, run: () => void) => Cancel;
}

/**
 * The timers of a client. While a call waits for its next try nothing else may be open, no socket
 * and no other timer; on a timer that holds nothing, a script would end there, without an answer.
 */
export function timersOf(clock: Clock | undefined): Timers {
  if (clock !== undefined) return { clock, hold: (delayMs, run) => clock.after(delayMs, run) };
  return {
    clock: systemClock,
    hold: (delayMs, run) => {
      const timer = setTimeout(run, delayMs);
      return () => clearTimeout(timer);
    },
  };
}
