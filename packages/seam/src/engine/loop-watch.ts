import { AsyncLocalStorage } from 'node:async_hooks';
import type { Host, LoopTimes } from './host.ts';

const PERIOD_MS = 100;
// How much a period weighs. Loops are busy for some hundred milliseconds all the time, when modules
// load or a batch arrives; one that has had no rest for two seconds is overloaded.
const WEIGHT = 0.1;
// Looking costs a microsecond; a seam that is called once in a second is to find a measurement.
const PERIODS_UNASKED_MAX = 50;
const AT_REST: LoopTimes = Object.freeze({ activeMs: 0, idleMs: 0 });

const watches = new WeakMap<Host, LoopWatch>();

/** The one watch of a process: all seams share it, since they share the event loop. */
export function loopWatchOf(host: Host): LoopWatch {
  const known = watches.get(host);
  if (known !== undefined) return known;
  const watch = new LoopWatch(host);
  watches.set(host, watch);
  return watch;
}

/**
 * How busy the event loop has been of late, as a share of its time: what was a second ago counts
 * for a third of what is now. Looks by a timer while somebody asks, and rests when nobody has asked
 * for five seconds, so that a process without shadows pays nothing.
 */
export class LoopWatch {
  readonly #host: Host;
  // Asked within a request, it must not keep that request's context alive from tick to tick.
  readonly #detached = AsyncLocalStorage.snapshot();
  #times: LoopTimes = AT_REST;
  #share = 0;
  #periodsUnasked = 0;
  #isTicking = false;

  constructor(host: Host) {
    this.#host = host;
  }

  /** The busy share, 0 to 1; 0 until the first period has passed, and where it cannot be told. */
  get busyShare(): number {
    this.#periodsUnasked = 0;
    if (!this.#isTicking && this.#host.loopTimes !== undefined) this.#begin();
    return this.#share;
  }

  #begin(): void {
    this.#isTicking = true;
    this.#times = this.#read();
    this.#tickLater();
  }

  #tickLater(): void {
    this.#detached(() => this.#host.clock.after(PERIOD_MS, () => this.#tick()));
  }

  #tick(): void {
    const before = this.#times;
    this.#times = this.#read();
    const activeMs = this.#times.activeMs - before.activeMs;
    const allMs = activeMs + this.#times.idleMs - before.idleMs;
    const share = allMs > 0 ? activeMs / allMs : 0;
    this.#share += WEIGHT * (share - this.#share);
    this.#periodsUnasked += 1;
    if (this.#periodsUnasked < PERIODS_UNASKED_MAX) {
      this.#tickLater();
      return;
    }
    // What was measured says nothing about the time when somebody asks again.
    this.#isTicking = false;
    this.#share = 0;
  }

  #read(): LoopTimes {
    return this.#host.loopTimes?.() ?? AT_REST;
  }
}
