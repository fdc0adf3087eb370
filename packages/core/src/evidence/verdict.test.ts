import { describe, expect, it } from 'vitest';
import {
  addVerdicts,
  compared,
  completed,
  differing,
  NO_VERDICTS,
  sampled,
  VERDICTS,
} from './verdict.ts';

const one = (verdict: (typeof VERDICTS)[number]) => ({ ...NO_VERDICTS, [verdict]: 1 });

describe('what a verdict counts as', () => {
  // The whole contract in one table: never a match, and why.
  it.each([
    { verdict: 'match', isCompared: 1, isDiffering: 0, isCompleted: 1 },
    { verdict: 'accepted', isCompared: 1, isDiffering: 0, isCompleted: 1 },
    { verdict: 'transient', isCompared: 1, isDiffering: 0, isCompleted: 1 },
    { verdict: 'mismatch', isCompared: 1, isDiffering: 1, isCompleted: 1 },
    { verdict: 'candidate_error', isCompared: 1, isDiffering: 1, isCompleted: 1 },
    { verdict: 'legacy_error', isCompared: 1, isDiffering: 1, isCompleted: 1 },
    { verdict: 'both_error', isCompared: 0, isDiffering: 0, isCompleted: 1 },
    { verdict: 'timeout', isCompared: 0, isDiffering: 0, isCompleted: 0 },
    { verdict: 'shed', isCompared: 0, isDiffering: 0, isCompleted: 0 },
  ] as const)('$verdict', ({ verdict, isCompared, isDiffering, isCompleted }) => {
    const counts = one(verdict);
    expect(compared(counts)).toBe(isCompared);
    expect(differing(counts)).toBe(isDiffering);
    expect(completed(counts)).toBe(isCompleted);
    expect(sampled(counts)).toBe(1);
  });

  it('adds up verdict by verdict', () => {
    const all = VERDICTS.map(one).reduce(addVerdicts, NO_VERDICTS);
    expect(Object.values(all)).toEqual(VERDICTS.map(() => 1));
    expect(Object.keys(NO_VERDICTS)).toEqual([...VERDICTS]);
  });
});
