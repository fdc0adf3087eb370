import { createComparator, ignore, keyed, type Rule, signaturesOf } from '@falsework/core/compare';
import { describe, expect, it } from 'vitest';
import type { StoredPair } from './stored-pair.ts';
import { tryRules } from './try-rules.ts';

const pair = (legacy: unknown, candidate: unknown): StoredPair => {
  const texts = { legacy: JSON.stringify(legacy), candidate: JSON.stringify(candidate) };
  const comparison = createComparator({}).json(texts.legacy, texts.candidate);
  const ids = signaturesOf(comparison, 'quote').map((signature) => signature.id);
  return { seam: 'quote', epoch: 1, ids, at: 0, request: null, format: 'json', ...texts };
};

const pairs = [
  pair({ at: 1, tax: 5 }, { at: 2, tax: 5 }),
  pair({ at: 1, tax: 5 }, { at: 2, tax: 6 }),
  pair({ at: 1, tax: 5 }, { at: 1, tax: 7 }),
];

const trial = (rules: readonly Rule[], of = pairs, present: readonly Rule[] = []) =>
  tryRules(of, {
    tried: createComparator({ rules }),
    present: createComparator({ rules: present }),
  });

describe('trying a rule set on stored pairs', () => {
  const [at] = pairs[0]?.ids ?? [];
  const [tax] = pairs[2]?.ids ?? [];

  it('counts how many samples of which cause it would excuse', () => {
    const trials = trial([ignore('$.at')]);
    expect(trials).toContainEqual({ id: at, seam: 'quote', pairs: 2, excused: 2, beyond: 0 });
    expect(trials).toContainEqual({ id: tax, seam: 'quote', pairs: 2, excused: 0, beyond: 0 });
  });

  it('shows what a rule that is too wide would hide', () => {
    const trials = trial([ignore('$.*')]);
    expect(trials.map(({ excused }) => excused)).toEqual([2, 2]);
  });

  it('excuses nothing without rules', () => {
    const trials = trial([]);
    expect(trials.every(({ excused }) => excused === 0)).toBe(true);
  });

  it('never excuses a cause that lies outside of the documents, such as another status', () => {
    const elsewhere = { ...pair({ at: 1 }, { at: 1 }), ids: ['5f5f5f5f5f5f5f5f'] };
    expect(trial([ignore('$')], [elsewhere])).toEqual([
      { id: '5f5f5f5f5f5f5f5f', seam: 'quote', pairs: 0, excused: 0, beyond: 1 },
    ]);
  });

  it('knows a cause by the name that the present rules gave it', () => {
    const rules = [keyed('$.lines', 'sku')];
    const texts = {
      legacy: '{"lines":[{"sku":"a","tax":1},{"sku":"b","tax":1}]}',
      candidate: '{"lines":[{"sku":"b","tax":1},{"sku":"a","tax":2}]}',
    };
    const seen = createComparator({ rules }).json(texts.legacy, texts.candidate);
    const ids = signaturesOf(seen, 'quote').map((signature) => signature.id);
    const kept = { ...pair(1, 1), ...texts, ids };
    expect(trial([...rules, ignore('$.lines[*].tax')], [kept], rules)).toMatchObject([
      { pairs: 1, excused: 1 },
    ]);
    expect(trial(rules, [kept], rules)).toMatchObject([{ pairs: 1, excused: 0 }]);
  });
});
