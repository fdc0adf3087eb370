import { describe, expect, it } from 'vitest';
import { nearestName } from './nearest.ts';

const known = ['legacy', 'candidate', 'effects', 'sample'];

describe('nearestName', () => {
  it.each([
    ['legcay', 'legacy'],
    ['candidat', 'candidate'],
    ['Effects', 'effects'],
    ['smaple', 'sample'],
  ])('suggests the intended name for %s', (wrong, right) => {
    expect(nearestName(wrong, known)).toBe(right);
  });

  it('suggests nothing when nothing is near', () => {
    expect(nearestName('frobnicate', known)).toBeUndefined();
    expect(nearestName('', known)).toBeUndefined();
    expect(nearestName('x'.repeat(1_000_000), known)).toBeUndefined();
  });
});
