import { performance } from 'node:perf_hooks';
import type { Cancel, Clock, Random } from '@falsework/core/ports';
import { systemClock, systemRandom } from '@falsework/system';

/**
 * The process in which shadows are guests, as they see it. A test or a simulation hands out its
 * own.
 */
export interface Host {
  readonly clock: Clock;
  readonly random: Random;
  /** Calls `run` once, after everything that is already due in this turn of the event loop. */
  afterTurn(run: () => void): void;
  /**
   * Keeps the process alive until it is cancelled. Only for somebody who waits for the shadows on
   * purpose.
   */
  hold(): Cancel;
  /** How the event loop has spent its time so far; left out where it cannot be told. */
  loopTimes?(): LoopTimes;
  /** Says something once that a person ought to know, where people look who have no control. */
  warn?(words: string): void;
}

/** Milliseconds that an event loop has worked and waited since it began. */
export interface LoopTimes {
  readonly activeMs: number;
  readonly idleMs: number;
}

// Taken when the module loads: a test suite that fakes the global timers later must not freeze the
// shadows.
const { setImmediate, clearImmediate, setInterval, clearInterval, setTimeout, clearTimeout } =
  globalThis;
// The longest delay a timer can have; what matters is only that the timer exists.
const LONGEST_DELAY_MS = 2 ** 31 - 1;

/**
 * This process. Nothing that is set through it keeps the process alive, {@link Host.hold} excepted.
 */
export const systemHost: Host = Object.freeze({
  clock: systemClock,
  random: systemRandom,
  afterTurn: (run: () => void) => {
    const once = (): void => {
      clearImmediate(immediate);
      clearTimeout(timer);
      run();
    };
    const immediate = setImmediate(once).unref();
    // An immediate that is not to keep the process alive does not wake an idle event loop either; a
    // timer does.
    const timer = setTimeout(once, 1).unref();
  },
  hold: () => {
    const timer = setInterval(() => {}, LONGEST_DELAY_MS);
    return () => clearInterval(timer);
  },
  loopTimes: () => {
    const { active, idle } = performance.eventLoopUtilization();
    return { activeMs: active, idleMs: idle };
  },
  warn: (words: string) => process.emitWarning(words, 'FalseworkWarning'),
});
