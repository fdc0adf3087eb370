import { STAGES, type Topology, walk } from '@falsework/core/stage';
import { describe, expect, it } from 'vitest';
import { isServedByLegacy, retreatOf } from './retreat.ts';

const standing = (stage: (typeof STAGES)[number]['stage'], topology: Topology) => {
  const rows = walk(topology).map((row) => row.stage);
  const undo = rows.slice(0, rows.indexOf(stage)).map((to) => ({ to, words: `to ${to}` }));
  return retreatOf({ stage, topology, undo });
};

describe('the retreat', () => {
  it.each(['shared', 'separate'] as const)(
    'over %s stores always leads to where legacy serves everybody',
    (topology) => {
      for (const { stage } of walk(topology)) {
        const retreat = standing(stage, topology);
        if (isServedByLegacy(stage, topology)) expect(retreat, stage).toBeNull();
        else expect(isServedByLegacy(retreat?.to ?? stage, topology), stage).toBe(true);
      }
    },
  );

  it('goes no further back than it must: the candidate is still watched', () => {
    expect(standing('shift', 'shared')).toEqual({ to: 'shadow', words: 'to shadow' });
    expect(standing('turnover', 'separate')?.to).toBe('shadow');
  });

  it('is not offered where none is left', () => {
    expect(retreatOf({ stage: 'strike', topology: 'shared', undo: [] })).toBeNull();
  });
});
