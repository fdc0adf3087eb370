import {
  ALARM_AT_REST,
  type AlarmSettings,
  type AlarmState,
  alarmStatistic,
  compared,
  differing,
  isAlarming,
  NO_VERDICTS,
  type Observation,
  observeBatch,
  observeServed,
  type ServedCounts,
} from '@falsework/core/evidence';
import type { Side } from '@falsework/core/routing';
import { formatCount } from '@falsework/core/text';

/**
 * Why one seam alarms: the stratum, or `''` when no single one is to blame, and words for people.
 */
export interface SeamAlarmed {
  readonly stratum: string;
  readonly because: string;
}

// A broken stratum function must not fill memory; strata beyond this are watched together.
const STRATA_MAX = 1_000;
const OVERFLOW_STRATUM = '(other strata)';

const NOTHING_SERVED: ServedCounts = Object.freeze({ requests: 0, failures: 0 });

/**
 * The regression alarm of one seam during one step: one per stratum on what was compared, and one
 * on the failures of what the candidate served. Starts at rest with every step, because what a step
 * saw says nothing of the next build.
 */
export class SeamAlarm {
  readonly #settings: AlarmSettings;
  readonly #strata = new Map<string, AlarmState>();
  readonly #total: Record<Side, ServedCounts> = {
    legacy: NOTHING_SERVED,
    candidate: NOTHING_SERVED,
  };
  #served: AlarmState = ALARM_AT_REST;
  /**
   * Successes of the candidate since its last failure: the statistic cannot rise before the next
   * one.
   */
  #successes = 0;

  constructor(settings: AlarmSettings) {
    this.#settings = settings;
  }

  /** Looks at one observation of the step. Answers when the seam alarms. */
  observe(observation: Observation): SeamAlarmed | null {
    const counts = { ...NO_VERDICTS, [observation.verdict]: 1 };
    if (compared(counts) === 0) return null;
    const { stratum } = observation;
    if (observation.isCritical) return { stratum, because: 'a critical mismatch' };
    const known = this.#strata.has(stratum) || this.#strata.size < STRATA_MAX;
    const watched = known ? stratum : OVERFLOW_STRATUM;
    const before = this.#strata.get(watched) ?? ALARM_AT_REST;
    const batch = { trials: 1, hits: differing(counts) };
    const state = observeBatch(before, batch, this.#settings.rateOk);
    this.#strata.set(watched, state);
    return this.#alarmed(state, watched, 'regression alarm');
  }

  /**
   * Looks at one call that was answered to a caller. O(1), and next to nothing while the candidate
   * succeeds.
   */
  observeServed(side: Side, hasFailed: boolean): SeamAlarmed | null {
    const { requests, failures } = this.#total[side];
    this.#total[side] = { requests: requests + 1, failures: failures + (hasFailed ? 1 : 0) };
    if (side === 'legacy') return null;
    if (!hasFailed) {
      this.#successes += 1;
      return null;
    }
    this.#look({ requests: this.#successes, failures: 0 });
    this.#look({ requests: 1, failures: 1 });
    this.#successes = 0;
    return this.#alarmed(this.#served, '', 'callers of the candidate get errors');
  }

  #look(batch: ServedCounts): void {
    this.#served = observeServed(
      this.#served,
      { total: this.#total, batch },
      this.#settings.rateOk,
    );
  }

  #alarmed(state: AlarmState, stratum: string, words: string): SeamAlarmed | null {
    if (!isAlarming(state, this.#settings)) return null;
    const [statistic, limit] = [alarmStatistic(state), this.#settings.threshold].map(formatCount);
    return { stratum, because: `${words} (statistic ${statistic}, limit ${limit})` };
  }
}
