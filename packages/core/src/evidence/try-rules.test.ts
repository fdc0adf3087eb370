import { createComparator, ignore, signaturesOf } from '@falsework/core/compare';
import { describe, expect, it } from 'vitest';
import type { StoredPair } from './stored-pair.ts';
import { tryRules } from './try-rules.ts';

const pair = (legacy: unknown, candidate: unknown): StoredPair => {
  const texts = { legacy: JSON.stringify(legacy), candidate: JSON.stringify(candidate) };
  const comparison = createComparator({}).json(texts.legacy, texts.candidate);
  const ids = signaturesOf(comparison, 'quote').map((signature) => signature.id);
  return { seam: 'quote', epoch: 1, ids, at: 0, request: null, format: 'json', ...texts };
};

describe('trying a rule set on stored pairs', () => {
  const pairs = [
    pair({ at: 1, tax: 5 }, { at: 2, tax: 5 }),
    pair({ at: 1, tax: 5 }, { at: 2, tax: 6 }),
    pair({ at: 1, tax: 5 }, { at: 1, tax: 7 }),
  ];
  const [at] = pairs[0]?.ids ?? [];
  const [tax] = pairs[2]?.ids ?? [];

  it('counts how many samples of which cause it would excuse', () => {
    const trials = tryRules(pairs, createComparator({ rules: [ignore('$.at')] }));
    expect(trials).toContainEqual({ id: at, seam: 'quote', pairs: 2, excused: 2 });
    expect(trials).toContainEqual({ id: tax, seam: 'quote', pairs: 2, excused: 0 });
  });

  it('shows what a rule that is too wide would hide', () => {
    const trials = tryRules(pairs, createComparator({ rules: [ignore('$.*')] }));
    expect(trials.map(({ excused }) => excused)).toEqual([2, 2]);
  });

  it('excuses nothing without rules', () => {
    const trials = tryRules(pairs, createComparator({}));
    expect(trials.every(({ excused }) => excused === 0)).toBe(true);
  });
});
