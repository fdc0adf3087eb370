import { describe, expect, it } from 'vitest';
import type { MigrationStatus, WireGateResult } from '../contract/index.ts';
import { healthOf, missingWords, provenInMs } from './outlook.ts';

const gate = (over: Partial<WireGateResult> = {}): WireGateResult => ({
  gate: 'mismatch',
  status: 'pass',
  title: 'differs on less than 0.01 %',
  detail: '0 of 41,200 differ',
  needs: null,
  ...over,
});
const status = (over: Partial<MigrationStatus> = {}): MigrationStatus =>
  ({
    stage: 'shadow',
    daysLeft: 60,
    hold: null,
    data: null,
    stepSince: 0,
    strata: [],
    next: {
      stage: 'shift',
      share: { percent: 1, cohorts: [] },
      isAutomatic: true,
      gates: [gate()],
    },
    ...over,
  }) as MigrationStatus;
const next = (gates: WireGateResult[]): MigrationStatus['next'] => {
  return { stage: 'shift', share: { percent: 1, cohorts: [] }, isAutomatic: true, gates };
};
const data = (rollbackUnsafe: string | null): MigrationStatus['data'] => {
  return { reportedAt: 0, authority: 'candidate', rollbackUnsafe };
};
const stratum = (stillNeeded: number, compared: number) =>
  ({ stillNeeded, step: { compared, differing: 0 } }) as MigrationStatus['strata'][number];

describe('how a migration is doing', () => {
  it.each([
    {
      title: 'an unsafe way back',
      over: { data: data('the feed is dead'), daysLeft: -3 },
      health: 'trouble',
    },
    {
      title: 'an overrun',
      over: { daysLeft: -3, next: next([gate({ status: 'fail' })]) },
      health: 'overdue',
    },
    {
      title: 'a failing gate',
      over: { next: next([gate({ status: 'fail' })]) },
      health: 'trouble',
    },
    {
      title: 'a gate without evidence',
      over: { next: next([gate({ status: 'invalid' })]) },
      health: 'trouble',
    },
    {
      title: 'a hold',
      over: {
        hold: { by: 'ada', reason: 'freeze', at: 0 },
        next: next([gate({ status: 'hold' })]),
      },
      health: 'held',
    },
    {
      title: 'a gate that waits',
      over: { next: next([gate({ status: 'hold' })]) },
      health: 'waiting',
    },
    { title: 'nothing that is missing', over: {}, health: 'well' },
    { title: 'its end', over: { stage: 'strike', daysLeft: -3, next: null }, health: 'well' },
  ] as const)('is $health with $title', ({ over, health }) => {
    expect(healthOf(status(over as Partial<MigrationStatus>)).health).toBe(health);
  });
});

describe('what is missing', () => {
  it('is the first gate that is open, with the time that it will take at this rate', () => {
    const needs = 'about 25,900 more comparisons';
    const open = status({
      next: next([gate(), gate({ status: 'hold', needs })]),
      strata: [stratum(25_900, 1_000), stratum(0, 5_000)],
    });
    expect(missingWords(open, 60_000)).toBe(
      'differs on less than 0.01 %: needs about 25,900 more comparisons, 25 min 54 s at this rate',
    );
    expect(missingWords(status(), 60_000)).toBeNull();
  });

  it('is not promised by waiting where a gate fails', () => {
    const failing = status({
      next: next([gate({ status: 'fail', needs: 'fewer that differ' })]),
      strata: [stratum(25_900, 1_000)],
    });
    expect(missingWords(failing, 60_000)).toBe(
      'differs on less than 0.01 %: needs fewer that differ',
    );
  });

  it('waits for the slowest stratum', () => {
    const strata = [stratum(100, 100), stratum(100, 10)];
    expect(provenInMs({ strata, stepSince: 0 }, 1_000)).toBe(10_000);
  });

  it('has no end in sight while nothing is compared', () => {
    expect(provenInMs({ strata: [stratum(100, 0)], stepSince: 0 }, 1_000)).toBeNull();
    expect(provenInMs({ strata: [], stepSince: 0 }, 1_000)).toBeNull();
  });
});
