import { describe, expect, it } from 'vitest';
import { failed, finding, ok } from '../../test/fixtures.ts';
import type { Judgement } from './job.ts';
import { afterSecondLook, judge, type Look, shedLook } from './judge.ts';

const equal: Judgement = { result: 'equal', findings: [] };
const accepted: Judgement = { result: 'accepted', findings: [] };
const different: Judgement = { result: 'different', findings: [finding('a')] };
const incomplete: Judgement = { result: 'incomplete', findings: [] };

describe('the verdict on a pair of outcomes', () => {
  it.each([
    { legacy: ok(1), candidate: ok(1), judgement: equal, verdict: 'match' },
    { legacy: ok(1), candidate: ok(2), judgement: different, verdict: 'mismatch' },
    { legacy: ok(1), candidate: ok(2), judgement: accepted, verdict: 'accepted' },
    { legacy: ok(1), candidate: ok(2), judgement: incomplete, verdict: 'shed' },
    { legacy: ok(1), candidate: failed(2), judgement: different, verdict: 'candidate_error' },
    { legacy: failed(1), candidate: ok(2), judgement: different, verdict: 'legacy_error' },
    { legacy: failed(1), candidate: failed(1), judgement: equal, verdict: 'both_error' },
    { legacy: failed(1), candidate: failed(2), judgement: accepted, verdict: 'both_error' },
    { legacy: failed(1), candidate: failed(2), judgement: different, verdict: 'mismatch' },
    { legacy: failed(1), candidate: failed(2), judgement: incomplete, verdict: 'shed' },
  ])(
    'is $verdict for $judgement.result answers, legacy ok: $legacy.ok, candidate ok: $candidate.ok',
    ({ legacy, candidate, judgement, verdict }) => {
      const look = judge(legacy, candidate, judgement);
      expect(look.verdict).toBe(verdict);
      expect(look.because === null).toBe(verdict !== 'shed');
    },
  );

  it('keeps the findings of whatever differs, and of nothing else', () => {
    expect(judge(ok(1), ok(2), different).findings).toEqual([finding('a')]);
    expect(judge(ok(1), failed(2), different).findings).toEqual([finding('a')]);
    expect(judge(ok(1), ok(1), { result: 'equal', findings: [finding('a')] }).findings).toEqual([]);
  });

  it('never takes a comparison that failed for a match', () => {
    expect(judge(ok(1), ok(1), null)).toEqual(shedLook('fault'));
    expect(judge(failed(1), failed(1), null)).toEqual(shedLook('fault'));
  });

  it('tells success from failure even where the comparison failed', () => {
    expect(judge(ok(1), failed(1), null).verdict).toBe('candidate_error');
    expect(judge(failed(1), ok(1), null).verdict).toBe('legacy_error');
  });

  it('sheds a result that is none of its own', () => {
    const nonsense = { result: 'maybe', findings: [] } as unknown as Judgement;
    expect(judge(ok(1), ok(1), nonsense)).toEqual(shedLook('fault'));
  });
});

describe('a second look at a mismatch', () => {
  const mismatch = (...ids: string[]): Look => ({
    verdict: 'mismatch',
    findings: ids.map(finding),
    because: null,
  });
  const look = (verdict: Look['verdict']): Look => ({ verdict, findings: [], because: null });

  it('confirms it when one cause is there again, and reports the causes that repeated', () => {
    expect(afterSecondLook(mismatch('a', 'b'), mismatch('b', 'c'))).toEqual(mismatch('b'));
  });

  it.each(['match', 'accepted', 'both_error'] as const)(
    'makes it transient when it sees %s',
    (verdict) => {
      expect(afterSecondLook(mismatch('a'), look(verdict))).toEqual(look('transient'));
    },
  );

  it('makes it transient when every time something else differs', () => {
    expect(afterSecondLook(mismatch('a'), mismatch('b'))).toEqual(look('transient'));
  });

  it.each(['candidate_error', 'legacy_error', 'timeout', 'shed'] as const)(
    'excuses nothing when it ends in %s',
    (verdict) => {
      expect(afterSecondLook(mismatch('a'), look(verdict))).toEqual(mismatch('a'));
    },
  );

  it('excuses nothing when no causes are named', () => {
    expect(afterSecondLook(mismatch(), mismatch())).toEqual(mismatch());
    expect(afterSecondLook(mismatch('a'), mismatch())).toEqual(mismatch('a'));
  });
});
