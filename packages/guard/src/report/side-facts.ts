import type { HealthReport } from '@falsework/core/evidence';
import type { SideCounts } from '../sides/side-log.ts';

/** One side as it was seen. */
export interface SideFacts {
  readonly origin: string;
  readonly counts: SideCounts;
  /** What of these counts was asked only to compare; left out where that is not told apart. */
  readonly shadows?: SideCounts;
  /** `null` before it is known whether it lives. */
  readonly health: HealthReport | null;
}
