import { describe, expect, it } from 'vitest';
import { retryAfterMs } from './retry-after.ts';

const NOW = Date.UTC(2026, 0, 5, 9);
const read = (retryAfter: string | null, date: string | null = null): number | null =>
  retryAfterMs({ retryAfter, date, now: NOW });

describe('Retry-After', () => {
  it.each([
    ['0', 0],
    ['7', 7_000],
    [' 120 ', 120_000],
    ['999999999999999', 999_999_999_999_999_000],
  ])('%j is seconds', (header, ms) => {
    expect(read(header)).toBe(ms);
  });

  it('is a moment, by our clock when the answer names no other', () => {
    expect(read('Mon, 05 Jan 2026 09:00:30 GMT')).toBe(30_000);
  });

  it('is a moment by the server’s clock when the answer tells its time', () => {
    const tomorrow = 'Tue, 06 Jan 2026 09:00:00 GMT';
    expect(read('Tue, 06 Jan 2026 09:00:02 GMT', tomorrow)).toBe(2_000);
    expect(read('Mon, 05 Jan 2026 09:00:30 GMT', 'nonsense')).toBe(30_000);
  });

  it('that lies in the past asks for nothing', () => {
    expect(read('Mon, 05 Jan 2026 08:00:00 GMT')).toBe(0);
  });

  it.each([
    null,
    '',
    '-5',
    '1.5',
    '1e3',
    '9999999999999999',
    'soon',
    '2026-01-05T09:00:30Z',
    'Mon, 99 Jan 2026 09:00:30 GMT',
    '7, 8',
  ])('%j says nothing that can be read', (header) => {
    expect(read(header)).toBeNull();
  });
});
