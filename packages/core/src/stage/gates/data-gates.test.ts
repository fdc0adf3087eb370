import type { DataEvidence } from '@falsework/core/evidence';
import {
  FixtureMigration,
  passingData,
  passingEvidence,
  QUICK_POLICY,
  START_AT,
} from '@falsework/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { GateName, GateResult } from '../gate.ts';
import { STAGES } from '../stages.ts';
import { evaluateGates, gatesBefore } from './registry.ts';

const NOW = START_AT + 24 * 3_600_000;

const DATA_GATES: readonly GateName[] = [
  'capture-proven',
  'capture-before-backfill',
  'drain-lag',
  'backfill-complete',
  'divergence-zero',
  'canaries-found',
  'dead-letters',
  'invariants-equal',
  'reverse-rehearsed',
  'reverse-drained',
  'workflows-ended',
  'authority-moved',
];

const ask = (gate: GateName, data: DataEvidence | null, now = NOW): GateResult => {
  const state = new FixtureMigration(QUICK_POLICY, 'separate').current;
  const evidence = passingEvidence(state, now, { data });
  const input = { state, target: 'turnover' as const, evidence, policy: QUICK_POLICY, now };
  const [result] = evaluateGates([gate], input);
  if (!result) throw new Error(`${gate} did not answer.`);
  return result;
};

const whole = passingData(NOW);
const { capture, drain, backfill, divergence, reverse, rehearsal, workflows, invariants } = whole;
if (
  !capture ||
  !drain ||
  !backfill ||
  !divergence ||
  !reverse ||
  !rehearsal ||
  !workflows ||
  !invariants
)
  throw new Error('The fixture has a part missing.');

describe('gates on the data side', () => {
  it.each([
    ['capture-proven', { capture: { ...capture, provenAt: null } }, 'invalid'],
    ['capture-proven', { capture: { ...capture, bypassed: 3 } }, 'fail'],
    ['capture-before-backfill', { backfill: { ...backfill, cutoffAt: 0 } }, 'hold'],
    ['capture-before-backfill', { capture: { ...capture, provenAt: null } }, 'invalid'],
    ['drain-lag', { drain: { ...drain, lagMs: 5_001 } }, 'hold'],
    ['backfill-complete', { backfill: { ...backfill, rowsCopied: 9, isComplete: false } }, 'hold'],
    ['backfill-complete', { backfill: { ...backfill, isComplete: false } }, 'hold'],
    ['backfill-complete', { backfill: { ...backfill, isDrainedPastCutoff: false } }, 'hold'],
    ['divergence-zero', { divergence: { ...divergence, rows: 1 } }, 'hold'],
    ['divergence-zero', { divergence: { ...divergence, zeroSince: null } }, 'hold'],
    ['divergence-zero', { divergence: { ...divergence, zeroSince: NOW - 1 } }, 'hold'],
    ['divergence-zero', { divergence: { ...divergence, verifiedThrough: null } }, 'invalid'],
    [
      'divergence-zero',
      { divergence: { ...divergence, verifiedThrough: NOW - 60_001 } },
      'invalid',
    ],
    ['canaries-found', { divergence: { ...divergence, canariesFound: 23 } }, 'fail'],
    ['canaries-found', { divergence: { ...divergence, canariesPlanted: 0 } }, 'invalid'],
    ['dead-letters', { drain: { ...drain, deadLetters: 1 } }, 'hold'],
    ['invariants-equal', { invariants: { ...invariants, unequal: ['balanced'] } }, 'fail'],
    ['invariants-equal', { invariants: { ...invariants, evaluatedAt: NOW - 60_001 } }, 'invalid'],
    ['reverse-rehearsed', { rehearsal: { ...rehearsal, expiresAt: NOW } }, 'hold'],
    ['reverse-rehearsed', { rehearsal: { ...rehearsal, voidBecause: 'other schema' } }, 'hold'],
    ['reverse-drained', { reverse: { ...reverse, lagRows: 2 } }, 'hold'],
    ['reverse-drained', { reverse: { ...reverse, deadBecause: 'slot gone' } }, 'fail'],
    ['workflows-ended', { workflows: { ...workflows, inFlight: 1 } }, 'hold'],
    ['workflows-ended', { workflows: { ...workflows, countedAt: NOW - 60_001 } }, 'invalid'],
    ['authority-moved', { authority: 'legacy' }, 'hold'],
    ['authority-moved', { authority: null }, 'hold'],
  ] as const)('%s on %j answers %s', (gate, over, status) => {
    expect(ask(gate, whole).status).toBe('pass');
    const result = ask(gate, passingData(NOW, over));
    expect(result.status).toBe(status);
    expect(result.needs).not.toBeNull();
  });

  it.each(DATA_GATES)(
    '%s is invalid while the data side is silent, and once it fell silent',
    (gate) => {
      expect(ask(gate, null)).toMatchObject({
        status: 'invalid',
        detail: 'the data side is silent',
      });
      const { staleAfterMs } = QUICK_POLICY;
      expect(ask(gate, whole, NOW + staleAfterMs).status).not.toBe('invalid');
      expect(ask(gate, whole, NOW + staleAfterMs + 1).status).toBe('invalid');
    },
  );

  it('a part that was never measured passes no gate that rests on it', () => {
    const parts = [
      'capture',
      'drain',
      'backfill',
      'divergence',
      'reverse',
      'rehearsal',
      'workflows',
      'invariants',
    ] as const;
    const gone = fc.subarray([...parts], { minLength: 1 });
    fc.assert(
      fc.property(gone, (missing) => {
        const over = Object.fromEntries(missing.map((part) => [part, null]));
        const data = passingData(NOW, over);
        const verdicts = DATA_GATES.map((gate) => ask(gate, data));
        expect(verdicts.filter((one) => one.status === 'invalid').length).toBeGreaterThan(0);
        expect(verdicts.every((one) => (one.status === 'pass') === (one.needs === null))).toBe(
          true,
        );
      }),
    );
  });

  it('says in words what is missing and which command brings it', () => {
    const data = passingData(NOW, { rehearsal: null });
    expect(ask('reverse-rehearsed', data)).toMatchObject({
      detail: 'not measured',
      needs: 'a rehearsal: `falsework data rehearse --execute`',
    });
  });

  it('names a declared lack of invariants for what it is', () => {
    const none = passingData(NOW, { invariants: { total: 0, unequal: [], evaluatedAt: 0 } });
    expect(ask('invariants-equal', none)).toMatchObject({
      status: 'pass',
      detail: 'none declared',
    });
  });

  it('are not asked of a shared store, which has nothing to copy', () => {
    for (const { stage } of STAGES) {
      const asked = gatesBefore(stage, 'shared');
      expect(asked.filter((gate) => DATA_GATES.includes(gate))).toEqual([]);
    }
    const asked = STAGES.flatMap(({ stage }) => gatesBefore(stage, 'separate'));
    expect(DATA_GATES.filter((gate) => !asked.includes(gate))).toEqual([]);
  });
});
