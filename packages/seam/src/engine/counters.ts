import type { VerdictCounts } from '@falsework/core/evidence';
import type { ShedCounts } from './shed.ts';

/** What one engine has done and is doing. */
export interface EngineCounters {
  readonly verdicts: VerdictCounts;
  readonly shed: ShedCounts;
  /** Failures of ours, or of functions given to us, that were kept from the caller. */
  readonly faults: number;
  readonly queued: number;
  readonly running: number;
  /** Differences that wait for their second look. */
  readonly pausing: number;
  /** Runs that were left behind when their time was up, and have not ended since. */
  readonly strays: number;
}
