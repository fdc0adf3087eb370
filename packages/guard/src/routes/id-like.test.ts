import { describe, expect, it } from 'vitest';
import { isIdLike } from './id-like.ts';

describe('a segment of a path', () => {
  it.each([
    '1',
    '4711',
    '550e8400-e29b-41d4-a716-446655440000',
    '507f1f77bcf86cd799439011',
    '01ARZ3NDEKTSV4RRFFQ69G5FAV',
    '2026-11-20',
    'order-10234',
    'cus_000017',
    'ada@example.org',
    'caf%C3%A9',
    'a-very-long-slug-that-nobody-would-call-a-resource',
    '0x1f2e3d4c5b6a7988',
    'TA-4900-LI',
    '2026.118.B',
    'A1_7',
  ])('%s is taken for an id', (segment) => {
    expect(isIdLike(segment)).toBe(true);
  });

  it.each([
    'orders',
    'v1',
    'v2',
    'line_2',
    '',
    'order-lines',
    'sha256',
    'oauth2',
    'index.html',
    'app.js',
    'GET',
    'READ-ME',
    'V2',
    'OAUTH2',
    'v1-beta2',
  ])('%j is taken for a name', (segment) => {
    expect(isIdLike(segment)).toBe(false);
  });
});
