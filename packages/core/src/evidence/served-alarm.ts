import type { Side } from '../routing/side.ts';
import { type AlarmState, observeBatch } from './alarm.ts';
import type { ServedCounts } from './batch.ts';

// A candidate may fail this many times as often as legacy does on the same seam before its failures
// mean anything.
const FAILURE_RATIO_OK = 2;
// However bad legacy is, a candidate that fails every second call is worse than no answer.
const FAILURE_RATE_OK_MAX = 0.5;

/**
 * Lets the alarm see what callers of the candidate got. Served calls have no pair, so legacy's own
 * failure rate at the seam sets what is fine: a service that always failed one call in a hundred is
 * no regression.
 */
export function observeServed(
  state: AlarmState,
  served: {
    /** Everything served at the seam in this step, the batch included. */
    readonly total: Readonly<Record<Side, ServedCounts>>;
    /** What the candidate served since the last look. */
    readonly batch: ServedCounts;
  },
  rateOk: number,
): AlarmState {
  const { requests, failures } = served.total.legacy;
  const legacyRate = requests === 0 ? 0 : failures / requests;
  const fine = Math.min(Math.max(rateOk, FAILURE_RATIO_OK * legacyRate), FAILURE_RATE_OK_MAX);
  const { requests: trials, failures: hits } = served.batch;
  return observeBatch(state, { trials, hits }, fine);
}
