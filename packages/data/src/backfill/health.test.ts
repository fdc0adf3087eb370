import { describe, expect, it } from 'vitest';
import { CommitMeter, type HealthReading, holdsOf } from './health.ts';
import { type BackfillLimits, DEFAULT_LIMITS } from './limits.ts';

const WELL: HealthReading = {
  database: 'legacy',
  activeBackends: 3,
  transactionAgeMs: 20,
  replicaLagMs: 0,
  replicaLagBytes: 0,
  hidden: 0,
};

const words = (
  reading: HealthReading,
  limits: Partial<BackfillLimits> = {},
  commitMs = 1,
): string[] =>
  holdsOf([WELL, reading], { ...DEFAULT_LIMITS, ...limits }, commitMs).map(
    ({ because }) => because,
  );

describe('reasons to wait', () => {
  it('are none while both stores are well', () => {
    expect(words(WELL)).toEqual([]);
  });

  it.each([
    [{ replicaLagMs: 10_001 }, 'a replica of legacy is 10001 ms behind, above 10000'],
    [{ replicaLagBytes: 3e8 }, 'a replica of legacy is 300000000 bytes behind, above 268435456'],
    [{ activeBackends: 65 }, 'legacy runs 65 statements, above 64'],
    [{ transactionAgeMs: 4e6 }, 'a transaction on legacy is open for 4000000 ms, above 3600000'],
  ])('name the store, what was found and the limit: %o', (found, because) => {
    expect(words({ ...WELL, ...found })).toEqual([because]);
  });

  it('count slow commits', () => {
    expect(words(WELL, {}, 251)).toEqual(['commits take 251 ms, above 250']);
    expect(holdsOf([], DEFAULT_LIMITS, null)).toEqual([]);
  });

  it('stand at the limit and not below it', () => {
    expect(words({ ...WELL, activeBackends: 64, replicaLagMs: 10_000 })).toEqual([]);
  });

  it('are not looked for where there is no limit', () => {
    const none = {
      replicaLagMs: null,
      replicaLagBytes: null,
      activeBackends: null,
      transactionAgeMs: null,
      commitMs: null,
    };
    const bad = {
      ...WELL,
      replicaLagMs: 1e9,
      replicaLagBytes: 1e12,
      activeBackends: 1e9,
      transactionAgeMs: 1e9,
    };
    expect(words(bad, none, 1e9)).toEqual([]);
  });

  it('are not found in a store without replicas', () => {
    expect(words({ ...WELL, replicaLagMs: null, replicaLagBytes: null })).toEqual([]);
  });

  it('come all together, a person first', () => {
    const told = holdsOf(
      [{ ...WELL, activeBackends: 99 }],
      { ...DEFAULT_LIMITS, isPaused: true },
      999,
    );
    expect(told.map(({ limit }) => limit)).toEqual(['isPaused', 'activeBackends', 'commitMs']);
  });
});

describe('the time that commits take', () => {
  it('is unknown before the first', () => {
    expect(new CommitMeter().typicalMs).toBeNull();
  });

  it('is that of the ninth slowest of the last ten, so that one slow commit does not count', () => {
    const meter = new CommitMeter();
    for (let i = 0; i < 9; i += 1) meter.observe(2);
    meter.observe(500);
    expect(meter.typicalMs).toBe(2);
    meter.observe(400);
    expect(meter.typicalMs).toBe(400);
    for (let i = 0; i < 9; i += 1) meter.observe(3);
    expect(meter.typicalMs).toBe(3);
  });
});
