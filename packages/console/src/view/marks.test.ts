import type { DecisionLine } from '@falsework/client/contract';
import { describe, expect, it } from 'vitest';
import { marksOf, shareSteps } from './marks.ts';

const decision = (over: Partial<DecisionLine> & { percent?: number }): DecisionLine => {
  const { percent = 0, ...rest } = over;
  const to = { stage: 'shift' as const, share: { percent, cohorts: [] } };
  const nothing = { gates: [], from: null, comparisons: null, differing: null };
  return { sequence: 1, at: 0, by: 'ada', action: 'ramp', because: 'why', to, ...nothing, ...rest };
};

describe('decisions as marks', () => {
  it('tell ways back and new epochs from everything else', () => {
    const actions = ['retreat', 'rollback', 'epoch', 'ramp', 'hold'];
    const marks = marksOf(actions.map((action) => decision({ action })));
    expect(marks.map(({ kind }) => kind)).toEqual(['back', 'back', 'epoch', 'step', 'step']);
  });
});

describe('the share over time', () => {
  it('stays until it is changed, and up to now', () => {
    const log = [
      decision({ at: 1, percent: 0 }),
      decision({ at: 2, percent: 10 }),
      decision({ at: 3, percent: 10 }),
      decision({ at: 4, percent: 0 }),
    ];
    expect(shareSteps(log, 9)).toEqual([
      [1, 2, 4, 9],
      [0, 10, 0, 0],
    ]);
  });

  it('is everybody once the candidate serves alone', () => {
    const to = { stage: 'seal' as const, share: { percent: 0, cohorts: [] } };
    expect(shareSteps([decision({ at: 1, to })], 1)[1]).toEqual([100]);
  });

  it('of an empty log is nothing', () => {
    expect(shareSteps([], 9)).toEqual([[], []]);
  });
});
