import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tellingPieces } from './text-pieces.ts';

describe('two texts side by side', () => {
  it('are whole while they are short', () => {
    expect(tellingPieces('12.5', '12')).toEqual(['12.5', '12']);
  });

  it('begin a little before they differ when they are long', () => {
    const same = 'x'.repeat(100);
    expect(tellingPieces(`${same}a`, `${same}b`)).toEqual([
      `…${'x'.repeat(12)}a`,
      `…${'x'.repeat(12)}b`,
    ]);
    expect(tellingPieces(`a${same}`, `b${same}`)).toEqual([
      `a${'x'.repeat(35)}…`,
      `b${'x'.repeat(35)}…`,
    ]);
  });

  it('never look alike when they are not, and never grow', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 200 }), fc.string({ maxLength: 200 }), (a, b) => {
        fc.pre(a !== b);
        const [one, other] = tellingPieces(a, b);
        expect(one).not.toBe(other);
        expect(Math.max(one.length, other.length)).toBeLessThanOrEqual(38);
      }),
    );
  });
});
