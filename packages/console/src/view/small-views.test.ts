import type { PairRow } from '@falsework/client/words';
import { describe, expect, it } from 'vitest';
import { acceptRequest } from './accept-request.ts';
import { folded } from './folded.ts';
import { latencyColumns } from './latencies.ts';
import { frameOf } from './time-frame.ts';

describe('both answers side by side', () => {
  const rows = (differing: readonly number[], count: number): PairRow[] =>
    Array.from({ length: count }, (_, i) => {
      return { legacy: `${i}`, candidate: `${i}`, isDifferent: differing.includes(i) };
    });
  const shape = (differing: readonly number[], count: number): string =>
    folded(rows(differing, count))
      .map((row) => ('equal' in row ? `(${row.equal})` : row.isDifferent ? '≠' : '='))
      .join('');

  it.each([
    { differing: [10], count: 21, says: '(7)===≠===(7)' },
    { differing: [0], count: 5, says: '≠===(1)' },
    { differing: [4, 9], count: 14, says: '(1)===≠====≠===(1)' },
    { differing: [], count: 9, says: '(9)' },
  ])('with $differing of $count lines differing are $says', ({ differing, count, says }) => {
    expect(shape(differing, count)).toBe(says);
  });
});

describe('an acceptance', () => {
  const form = { owner: ' payments ', reason: 'the law', until: '2027-03-31' };

  it('lasts to the end of its day', () => {
    expect(acceptRequest('a41f', form)).toMatchObject({
      owner: 'payments',
      expiresAt: Date.parse('2027-04-01T00:00:00Z') - 1,
    });
  });

  it.each([{ owner: ' ' }, { reason: '' }, { until: '' }, { until: 'soon' }])(
    'is not asked for while it is incomplete: %j',
    (over) => {
      expect(acceptRequest('a41f', { ...form, ...over })).toBeNull();
    },
  );
});

describe('two distributions on one axis', () => {
  it('keep every point of both, in rising order', () => {
    const legacy: [number, number][] = [
      [2, 0.5],
      [8, 1],
    ];
    const candidate: [number, number][] = [
      [1, 0.5],
      [2, 1],
    ];
    expect(latencyColumns({ legacy, candidate })).toEqual([
      [1, 2, 8],
      [null, 50, 100],
      [50, 100, null],
    ]);
  });

  it('leave out what took no time: a logarithmic axis has no zero', () => {
    expect(latencyColumns({ legacy: [[0, 1]], candidate: [] })).toEqual([[], [], []]);
  });
});

describe('the stretch of time', () => {
  const epoch = { openedAt: 500_000 } as Parameters<typeof frameOf>[1]['status']['epoch'];
  const status = { startedAt: 100_000, epoch };

  it.each([
    { range: null, from: 500 },
    { range: 'all', from: 100 },
    { range: '10m', from: 400 },
    { range: '1d', from: 100 },
    { range: 'forever', from: 500 },
  ])('begins at $from s for $range', ({ range, from }) => {
    expect(frameOf(range, { status, now: 1_000_000 })).toEqual([from, 1_000]);
  });

  it('is never of no length', () => {
    const [from, to] = frameOf(null, { status, now: 500_001 });
    expect(to - from).toBeGreaterThan(5);
  });
});
