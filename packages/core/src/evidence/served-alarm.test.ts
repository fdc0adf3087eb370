import { describe, expect, it } from 'vitest';
import { ALARM_AT_REST, isAlarming } from './alarm.ts';
import { observeServed } from './served-alarm.ts';

const SETTINGS = { rateOk: 1e-4, threshold: 1e9 };
const total = (legacyRequests: number, legacyFailures: number) => ({
  legacy: { requests: legacyRequests, failures: legacyFailures },
  candidate: { requests: 0, failures: 0 },
});

describe('the alarm on what callers of the candidate got', () => {
  it('sounds when the candidate starts failing where legacy never did', () => {
    const batch = { requests: 40, failures: 6 };
    const state = observeServed(ALARM_AT_REST, { total: total(10_000, 0), batch }, SETTINGS.rateOk);
    expect(isAlarming(state, SETTINGS)).toBe(true);
  });

  it('stays silent on a seam where legacy fails as often', () => {
    let state = ALARM_AT_REST;
    for (let i = 0; i < 1_000; i += 1) {
      const batch = { requests: 100, failures: 1 };
      state = observeServed(state, { total: total(100_000, 1_000), batch }, SETTINGS.rateOk);
    }
    expect(isAlarming(state, SETTINGS)).toBe(false);
  });
});
