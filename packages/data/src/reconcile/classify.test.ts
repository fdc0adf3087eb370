import { describe, expect, it } from 'vitest';
import { classify, type DivergenceFacts, type DivergenceKind } from './classify.ts';

// The feed began when transactions up to 100 had ended, but for 90, which was under way.
const started = { xmin: 90n, xmax: 100n, xip: [90n] };
const base: DivergenceFacts = {
  sourceMark: '120',
  isInFollower: true,
  seen: { gone: false, mark: '120' },
  isRogue: null,
  isDeadLetter: false,
  started,
};

const CASES: readonly [string, Partial<DivergenceFacts>, DivergenceKind][] = [
  ['the version that was carried over, and not what stands there', {}, 'corruption'],
  ['a later version of the source', { sourceMark: '130' }, 'lost-event'],
  ['an earlier version of the source', { sourceMark: '110' }, 'split-brain'],
  [
    'a copied row whose source has not changed since the feed began',
    { seen: null, sourceMark: '80' },
    'corruption',
  ],
  [
    'a copied row that a transaction changed which was open then',
    { seen: null, sourceMark: '90' },
    'lost-event',
  ],
  ['a copied row that was changed later', { seen: null, sourceMark: '105' }, 'lost-event'],
  [
    'no row on the follower, and none ever written',
    { isInFollower: false, seen: null },
    'missed-insert',
  ],
  [
    'no row on the follower, where the drain deleted it',
    { isInFollower: false, seen: { gone: true, mark: null } },
    'missed-insert',
  ],
  ['no row on the follower, where the drain wrote it', { isInFollower: false }, 'rogue-delete'],
  [
    'no row on the follower, and somebody was there',
    { isInFollower: false, seen: null, isRogue: true },
    'rogue-delete',
  ],
  [
    'a row that the drain deleted',
    { sourceMark: null, seen: { gone: true, mark: null } },
    'rogue-insert',
  ],
  ['a row that the drain wrote and the source has no more', { sourceMark: null }, 'missed-delete'],
  [
    'an unknown row, and somebody was there',
    { sourceMark: null, seen: null, isRogue: true },
    'rogue-insert',
  ],
  [
    'an unknown row, and nobody was there',
    { sourceMark: null, seen: null, isRogue: false },
    'missed-delete',
  ],
  ['an unknown row, and nobody watches', { sourceMark: null, seen: null }, 'extra-row'],
  [
    'a row in the dead letters, whatever else',
    { isDeadLetter: true, isInFollower: false },
    'poisoned',
  ],
];

describe('a divergence', () => {
  it.each(CASES)('%s', (_title, facts, kind) => {
    expect(classify({ ...base, ...facts })).toBe(kind);
  });

  it('is told by versions also where their 32 bits have run over', () => {
    const near = { xmin: 2n ** 32n - 5n, xmax: 2n ** 32n - 5n, xip: [] };
    const facts = { ...base, started: near, seen: { gone: false, mark: String(2 ** 32 - 1) } };
    expect(classify({ ...facts, sourceMark: '3' })).toBe('lost-event');
  });
});
