import { describe, expect, it } from 'vitest';
import { type Found, foreignReason, type Remembered } from './place.ts';

const place = { systemId: '7', timeline: 1, database: 'shop', captureId: 'a' };
const remembered: Remembered = { place, mark: 5, xmax: 900n };
const found: Found = { place, mark: 5, xmax: 900n };

describe('a source that is met again', () => {
  it('is the same one when it has gone on from where it was', () => {
    expect(foreignReason(remembered, found)).toBeNull();
    expect(foreignReason(remembered, { place, mark: 8, xmax: 1_000n })).toBeNull();
  });

  it.each([
    ['another server', { ...found, place: { ...place, systemId: '8' } }],
    ['another database', { ...found, place: { ...place, database: 'test' } }],
    [
      'promoted or restored \\(timeline 1, now 2\\)',
      { ...found, place: { ...place, timeline: 2 } },
    ],
    ['capture was removed and installed again', { ...found, place: { ...place, captureId: 'b' } }],
    ['went back in time', { ...found, xmax: 899n }],
    ['went back in time', { ...found, mark: 4, xmax: 5_000n }],
  ])('is found out: %s', (reason, now) => {
    expect(foreignReason(remembered, now)).toMatch(new RegExp(reason));
  });
});
