import type { AcceptedDifference } from '@falsework/client/contract';
import { daysLeftWords } from '@falsework/client/words';
import { describe, expect, it } from 'vitest';
import { FakeTerminal } from '../../test/fake-context.ts';
import { painter } from '../terminal/terminal.ts';
import { acceptedLines } from './accepted.ts';

const plain = painter(new FakeTerminal());
const accepted = (over: Partial<AcceptedDifference> = {}): AcceptedDifference => ({
  seam: 'GET /quote',
  id: 'a41f000000000000',
  template: '$.tax',
  kind: 'number',
  owner: 'grace',
  reason: 'as the law says',
  acceptedBy: 'ada',
  acceptedAt: 1,
  expiresAt: Date.UTC(2027, 2, 31, 23, 59),
  daysLeft: 30,
  isExpiring: false,
  ...over,
});

describe('accepted differences in a report', () => {
  it('name owner, reason and the days that are left', () => {
    expect(acceptedLines([accepted()], plain)).toEqual([
      '  accepted #a41f GET /quote $.tax, 30 days left (until 2027-03-31), grace owns it: as the law says',
    ]);
  });

  it('are warned about in their last week, with what to do', () => {
    const lines = acceptedLines([accepted({ daysLeft: 3, isExpiring: true })], plain);
    expect(lines[0]).toMatch(/^! accepted #a41f .* 3 days left/);
    expect(lines[1]).toContain('falsework diffs accept a41f0000 --until');
  });

  it('take no room when there are none', () => {
    expect(acceptedLines([], plain)).toEqual([]);
  });

  it.each([
    [1, '1 day left'],
    [0, 'expired'],
    [-0, 'expired'],
  ])('with %d days say “%s”', (daysLeft, words) => {
    expect(daysLeftWords(daysLeft)).toBe(words);
  });
});
