import type { Clock } from '@falsework/core/ports';
import { pause } from '@falsework/system';
import { holdsOf } from '../backfill/health.ts';
import { DEFAULT_LIMITS } from '../backfill/limits.ts';
import { readHealth } from '../backfill/read-health.ts';
import type { Feed } from '../drain/feed.ts';

/** A reason to wait, for people, or `null`. */
export type HoldCheck = () => string | null | Promise<string | null>;

/** What keeps us from being a burden. */
export interface GuestParts {
  readonly feed: Feed;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Which part of the time may be spent working, above 0 up to 1. */
  readonly share: number;
  readonly hold: HoldCheck | undefined;
  readonly onHeld: (because: string) => void;
}

const LOOK_EVERY_MS = 500;
// We only read: an old transaction of others is none of our business, and neither are commits.
const LIMITS = { ...DEFAULT_LIMITS, transactionAgeMs: null, commitMs: null };

/**
 * Keeps reconciling the guest that it is: it stands back while replicas lag, while the stores are
 * busy, while anybody objects, and for a part of the time in any case.
 */
export class Guest {
  readonly #parts: GuestParts;
  #lookedAtMs = Number.NEGATIVE_INFINITY;

  constructor(parts: GuestParts) {
    this.#parts = parts;
  }

  /** Returns when it is time to go on, or to stop. */
  async pass(): Promise<void> {
    const { clock, signal, onHeld } = this.#parts;
    for (let told = ''; !signal.aborted; ) {
      if (clock.monotonicMs() - this.#lookedAtMs < LOOK_EVERY_MS) return;
      const because = await this.#reason();
      if (because === null) {
        this.#lookedAtMs = clock.monotonicMs();
        return;
      }
      if (because !== told) onHeld(because);
      told = because;
      await pause(clock, LOOK_EVERY_MS, signal);
    }
  }

  /** Rests after work, in proportion to it; one time more when it took far too long. */
  async rest(workedMs: number, wasFarTooSlow: boolean): Promise<void> {
    const { clock, signal, share } = this.#parts;
    const restMs = workedMs * (1 / share - 1) + (wasFarTooSlow ? workedMs : 0);
    if (restMs >= 1) await pause(clock, restMs, signal);
  }

  async #reason(): Promise<string | null> {
    const { feed, hold } = this.#parts;
    const asked = (await hold?.()) ?? null;
    if (asked !== null) return asked;
    const readings = await Promise.all([readHealth(feed.source), readHealth(feed.follower)]);
    return holdsOf(readings, LIMITS, null)[0]?.because ?? null;
  }
}
