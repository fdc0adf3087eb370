import type { HealthReport } from '@falsework/core/evidence';
import type { Instant } from '@falsework/core/ports';
import type { Side } from '@falsework/core/routing';

// One lost packet, or one restart of one of several instances, is no outage; fifteen seconds at the
// default interval are.
const FAILURES_IN_A_ROW = 3;

/**
 * What the health checks of one side have shown. A side is unwell after three failures in a row,
 * and well after one success.
 */
export class SideHealth {
  readonly side: Side;
  #isHealthy: boolean | null = null;
  #failuresInARow = 0;
  #because: string | null = null;
  #build: string | null = null;
  #at: Instant = 0;

  constructor(side: Side) {
    this.side = side;
  }

  /** Takes the result of one check: `because` says why it failed, and is `null` when it did not. */
  note({ because, build }: { because: string | null; build: string | null }, at: Instant): void {
    this.#at = at;
    if (because === null) {
      this.#isHealthy = true;
      this.#failuresInARow = 0;
      this.#because = null;
      this.#build = build;
      return;
    }
    this.#failuresInARow += 1;
    this.#because = because;
    if (this.#failuresInARow >= FAILURES_IN_A_ROW) this.#isHealthy = false;
  }

  /** The last look; `null` before it is known whether the side is well. */
  report(): HealthReport | null {
    if (this.#isHealthy === null) return null;
    return {
      side: this.side,
      at: this.#at,
      isHealthy: this.#isHealthy,
      build: this.#build,
      because: this.#isHealthy ? null : this.#because,
    };
  }
}
