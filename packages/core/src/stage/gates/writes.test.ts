import { FixtureMigration, QUICK_POLICY } from '@falsework/testkit';
import { describe, expect, it } from 'vitest';
import { NO_EVIDENCE } from '../../evidence/view.ts';
import type { WritesStanding } from '../../evidence/writes-standing.ts';
import type { GateResult } from '../gate.ts';
import { evaluateGates } from './registry.ts';

const NOW = 1_000_000;

const standing = (over: Partial<WritesStanding> = {}): WritesStanding => ({
  journal: 'j1',
  at: NOW,
  ready: 0,
  lagMs: 0,
  inDoubt: 0,
  dead: 0,
  listed: 0,
  stopped: [],
  ...over,
});

function asked(...writes: WritesStanding[]): GateResult[] {
  const { current } = new FixtureMigration();
  const evidence = { ...NO_EVIDENCE, writes };
  const input = { state: current, target: 'shadow', evidence, policy: QUICK_POLICY, now: NOW };
  return evaluateGates([], input as never);
}

const stop = { route: 'POST /orders', at: NOW, because: 'no header' };

describe('the gate on writes', () => {
  it('is asked before every step where a guard keeps writes, and nowhere else', () => {
    expect(asked()).toEqual([]);
    expect(asked(standing())).toMatchObject([{ gate: 'writes-settled', status: 'pass' }]);
  });

  it.each([
    [{ dead: 1 }, '1 write that the follower did not take settled'],
    [{ listed: 2 }, '2 writes looked up of which nobody knows'],
    [{ stopped: [stop] }, 'the candidate to honour dry runs of POST /orders'],
  ])('fails with %j, and says what is to be done', (over, words) => {
    const [result] = asked(standing(), standing({ journal: 'j2', ...over }));
    expect(result).toMatchObject({ status: 'fail', needs: expect.stringContaining(words) });
    expect(result?.needs).toContain('`falsework writes`');
  });

  it('holds while the follower is far behind, and not for a moment', () => {
    expect(asked(standing({ ready: 9, lagMs: 5_000 }))).toMatchObject([{ status: 'pass' }]);
    expect(asked(standing({ ready: 9, lagMs: 5_001 }))).toMatchObject([{ status: 'hold' }]);
  });

  it('is invalid when a guard fell silent with writes open, and not with none', () => {
    const at = NOW - QUICK_POLICY.staleAfterMs - 1;
    expect(asked(standing({ at }))).toMatchObject([{ status: 'pass' }]);
    expect(asked(standing({ at, inDoubt: 1 }))).toMatchObject([
      { status: 'invalid', needs: 'the guard of journal j1 running' },
    ]);
  });

  it('still fails for a dead letter of a guard that is silent', () => {
    const at = NOW - QUICK_POLICY.staleAfterMs - 1;
    expect(asked(standing({ at, dead: 1 }))).toMatchObject([{ status: 'fail' }]);
  });
});
