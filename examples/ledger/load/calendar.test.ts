import { expect, it } from 'vitest';
import { Calendar } from './calendar.ts';

it('turns the months, and the last of a year into the first of the next', () => {
  const calendar = new Calendar('2026-12-01');
  expect(calendar.now().toISOString()).toBe('2026-12-15T12:00:00.000Z');
  const { month, end } = calendar.turn();
  expect([month, end.toISOString()]).toEqual(['2026-12-01', '2026-12-31T23:59:59.999Z']);
  expect(calendar.now().toISOString()).toBe('2027-01-15T12:00:00.000Z');
});
