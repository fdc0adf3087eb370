import type { EvidenceView } from '@falsework/core/evidence';
import { NO_EVIDENCE } from '@falsework/core/evidence';
import type { Policy } from '@falsework/core/policy';
import { strictForMoney } from '@falsework/core/policy';
import {
  countsOf,
  FixtureMigration,
  passingEvidence,
  provenStratum,
  QUICK_POLICY,
  START_AT,
} from '@falsework/testkit';
import { describe, expect, it } from 'vitest';
import type { GateInput, GateName, GateStatus } from '../gate.ts';
import type { Stage } from '../stages.ts';
import { evaluateGates } from './registry.ts';

const NOW = START_AT + 3_600_000;

const ask = (
  gate: GateName,
  over: Partial<EvidenceView> = {},
  { policy = QUICK_POLICY, stage = 'shadow' as Stage, target = 'shift' as Stage } = {},
) => {
  const base = new FixtureMigration(QUICK_POLICY).current;
  const state = {
    ...base,
    stage,
    stageSince: START_AT,
    stepSince: START_AT,
    rounds: { [stage]: 1 },
  };
  const evidence = passingEvidence(state, NOW, over);
  const input: GateInput = { state, target, evidence, policy, now: NOW };
  const [result] = evaluateGates([gate], input);
  if (!result) throw new Error(`${gate} did not answer.`);
  return result;
};

const strata = (...counts: ReturnType<typeof countsOf>[]) => ({
  strata: counts.map((c, i) => provenStratum(NOW, { seam: `seam-${i}`, epoch: c, step: c })),
});

describe('the mismatch gate', () => {
  it('says how many comparisons are missing, in words a person can plan by', () => {
    const result = ask('mismatch', strata(countsOf({ match: 10_000 })));
    expect(result.status).toBe('hold');
    expect(result.detail).toContain('seam-0: 0 of 10,000 differ, at most 0.04 %');
    expect(result.needs).toMatch(/^about [0-9,]+ more comparisons on seam-0 for 0\.01 %$/);
  });

  it('fails rather than waits when the rate is beyond doubt too high', () => {
    const result = ask('mismatch', strata(countsOf({ match: 12_377, mismatch: 31 })));
    expect(result.status).toBe('fail');
  });

  it('asks every stratum: a large clean one does not vouch for a small one', () => {
    const result = ask(
      'mismatch',
      strata(countsOf({ match: 10_000_000 }), countsOf({ match: 50 })),
    );
    expect(result.status).toBe('hold');
    expect(result.needs).toContain('seam-1');
  });

  it.each(['mismatch', 'candidate_error', 'legacy_error'] as const)(
    'counts %s as a difference',
    (verdict) => {
      const enough = countsOf({ match: 60_000 });
      expect(ask('mismatch', strata(enough)).status).toBe('pass');
      const spoiled = countsOf({ match: 60_000, [verdict]: 20 });
      expect(ask('mismatch', strata(spoiled)).status).not.toBe('pass');
    },
  );

  it.each(['shed', 'timeout', 'both_error'] as const)(
    'takes no number of %s for comparisons',
    (verdict) => {
      expect(ask('mismatch', strata(countsOf({ [verdict]: 1e9 }))).status).not.toBe('pass');
    },
  );

  it('asks for more on every further round, because trying again buys chances', () => {
    const counts = strata(countsOf({ match: 45_000 }));
    const state = new FixtureMigration(QUICK_POLICY).current;
    const inRound = (round: number): GateStatus | undefined => {
      const input = {
        state: { ...state, stage: 'shadow' as const, rounds: { shadow: round } },
        target: 'shift' as const,
        evidence: passingEvidence(state, NOW, counts),
        policy: QUICK_POLICY,
        now: NOW,
      };
      return evaluateGates(['mismatch'], input)[0]?.status;
    };
    expect(inRound(1)).toBe('pass');
    expect(inRound(2)).toBe('hold');
  });

  it('follows a stratum’s own rule, and leaves a waived one out', () => {
    const rule = (rateMax: number | null): Policy => ({
      ...QUICK_POLICY,
      strata: [{ seam: 'seam-1', stratum: '', rateMax, reason: 'ada: once a quarter' }],
    });
    const counts = strata(countsOf({ match: 1e6 }), countsOf({ match: 1_000 }));
    expect(ask('mismatch', counts).status).toBe('hold');
    expect(ask('mismatch', counts, { policy: rule(1e-2) }).status).toBe('pass');
    expect(ask('mismatch', counts, { policy: rule(null) }).status).toBe('pass');
  });
});

describe('money', () => {
  const policy = strictForMoney(QUICK_POLICY);

  it('does not tolerate one mismatch in ten million', () => {
    const counts = strata(countsOf({ match: 10_000_000, mismatch: 1 }));
    expect(ask('mismatch', counts, { policy }).status).toBe('pass');
    expect(ask('critical', counts, { policy }).status).toBe('fail');
    expect(ask('critical', counts).status).toBe('pass');
  });

  it('needs two names at turnover and seal, and knows no waiver', () => {
    expect(policy.approvals).toMatchObject({ turnover: 2, seal: 2 });
    const waiver = { seam: 's', stratum: '', rateMax: null, reason: 'ada' };
    expect(strictForMoney({ ...QUICK_POLICY, strata: [waiver] }).strata).toEqual([]);
  });
});

describe('gates on what was compared', () => {
  it.each([
    { gate: 'coverage', bad: countsOf({ match: 10_000, shed: 500 }), status: 'fail' },
    { gate: 'coverage', bad: countsOf({ match: 10_000, timeout: 90 }), status: 'hold' },
    { gate: 'transient', bad: countsOf({ match: 10_000, transient: 800 }), status: 'fail' },
    {
      gate: 'latency',
      bad: countsOf({ match: 10_000 }, { latency: { pairs: 10_000, slow: 900 } }),
      status: 'fail',
    },
    { gate: 'latency', bad: countsOf({ match: 9 }), status: 'hold' },
    { gate: 'critical', bad: countsOf({ match: 1e7 }, { critical: 1 }), status: 'fail' },
    { gate: 'errors', bad: countsOf({ match: 1e7, candidate_error: 9 }), status: 'fail' },
    {
      gate: 'errors',
      bad: countsOf({ match: 9, candidate_error: 9, legacy_error: 9 }),
      status: 'pass',
    },
  ] as const)('$gate answers $status', ({ gate, bad, status }) => {
    expect(ask(gate, strata(bad)).status).toBe(status);
    expect(ask(gate, strata(countsOf({ match: 1e6 }))).status).toBe('pass');
  });

  it.each([
    'strata-seen',
    'mismatch',
    'critical',
    'coverage',
    'worst-window',
    'trend',
    'alarm-quiet',
    'transient',
    'errors',
    'latency',
  ] as const)('%s is invalid on no evidence', (gate) => {
    const result = ask(gate, NO_EVIDENCE);
    expect(result.status).toBe('invalid');
    expect(result.needs).not.toBeNull();
  });

  it('the worst window holds while a bad one is in the cycle, however good the mean', () => {
    const bad = { fromAt: NOW - 60_000, toAt: NOW - 30_000, trials: 10_000, hits: 40 };
    const view = provenStratum(NOW, { worstWindow: bad });
    const result = ask('worst-window', { strata: [view] });
    expect(result.status).toBe('hold');
    expect(result.detail).toContain('40 of 10,000 differ');
    const none = provenStratum(NOW, { worstWindow: null });
    expect(ask('worst-window', { strata: [none] }).status).toBe('hold');
  });

  it('a rising rate holds although every limit is kept', () => {
    expect(ask('trend', { strata: [provenStratum(NOW, { isRising: true })] }).status).toBe('hold');
  });

  it('errors look at what the candidate served, too: writes have no pair', () => {
    const seam = (failures: number, lastHour = 0) => ({
      seams: [
        {
          seam: 'POST /orders',
          step: {
            legacy: { requests: 1_000, failures: 1 },
            candidate: { requests: 1_000, failures },
          },
          candidateFailuresLastHour: lastHour,
          alarm: [1, 1, 1, 1],
        },
      ],
    });
    expect(ask('errors', seam(3)).status).toBe('pass');
    expect(ask('errors', seam(30)).status).toBe('fail');
    expect(ask('errors', seam(3, 51)).status).toBe('hold');
  });
});

describe('gates on presence', () => {
  it('a counter of legacy calls that nothing proves alive is no counter', () => {
    const traffic = { lastHitAt: null, countingSince: 0, probes: 0, lastProbeAt: null };
    expect(ask('legacy-silent', { legacyTraffic: traffic }).status).toBe('invalid');
    const stale = { ...traffic, probes: 9, lastProbeAt: NOW - 3_600_000 };
    expect(ask('legacy-silent', { legacyTraffic: stale }).status).toBe('invalid');
    const called = { ...traffic, probes: 9, lastProbeAt: NOW, lastHitAt: NOW - 60_000 };
    expect(ask('legacy-silent', { legacyTraffic: called }).status).toBe('hold');
  });

  it('a scan from before the seal says nothing about the code now', () => {
    const scan = { files: 0, scannedAt: START_AT - 1 };
    expect(ask('legacy-code', { legacyCode: scan }).status).toBe('invalid');
    expect(ask('legacy-code', { legacyCode: { files: 3, scannedAt: NOW } }).status).toBe('hold');
    expect(ask('legacy-code', { legacyCode: { files: 0, scannedAt: NOW } }).status).toBe('pass');
  });

  it('an undo that was never tried is a hope', () => {
    expect(ask('rollback-rehearsed').status).toBe('hold');
  });
});
