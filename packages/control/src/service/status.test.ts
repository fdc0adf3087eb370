import type { Acceptance } from '@falsework/core/evidence';
import { describe, expect, it } from 'vitest';
import { acceptedDifferences } from './status.ts';

const DAY_MS = 86_400_000;
const NOW = Date.UTC(2026, 0, 5, 9);

const until = (days: number, id = 'a41f'): Acceptance => ({
  seam: 'GET /orders/{id}',
  id,
  template: '$.total',
  kind: 'number',
  shapes: ['number within 0.01 more'],
  owner: 'grace',
  reason: 'as the law says',
  acceptedBy: 'ada',
  acceptedAt: NOW - DAY_MS,
  expiresAt: NOW + days * DAY_MS,
});

describe('accepted differences in a status', () => {
  it('name owner, reason and days, the next to expire first', () => {
    const accepted = [until(30, 'later'), until(2, 'soon')];
    const shown = acceptedDifferences({ accepted }, NOW);
    expect(shown.map(({ id, daysLeft, owner }) => [id, daysLeft, owner])).toEqual([
      ['soon', 2, 'grace'],
      ['later', 30, 'grace'],
    ]);
    expect(accepted.map(({ id }) => id)).toEqual(['later', 'soon']);
  });

  it.each([
    { days: 7.01, daysLeft: 8, isExpiring: false },
    { days: 7, daysLeft: 7, isExpiring: true },
    { days: 0.1, daysLeft: 1, isExpiring: true },
    { days: -0.5, daysLeft: -0, isExpiring: true },
  ])('with $days days to go count $daysLeft, expiring: $isExpiring', ({ days, ...expected }) => {
    expect(acceptedDifferences({ accepted: [until(days)] }, NOW)[0]).toMatchObject(expected);
  });
});
