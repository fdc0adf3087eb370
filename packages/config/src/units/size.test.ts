import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseSize, sizeText } from './size.ts';

describe('parseSize', () => {
  it.each([
    ['1MiB', 1_048_576],
    ['64KiB', 65_536],
    ['512B', 512],
    ['2 MiB', 2_097_152],
    [1_024, 1_024],
    [0, 0],
  ])('reads %j', (written, bytes) => {
    expect(parseSize(written)).toBe(bytes);
  });

  // MB and kB are a million and a thousand to some and not to others: whoever means bytes can say
  // them.
  it.each([['1MB'], ['1kb'], ['1'], ['-1B'], ['1.5MiB'], [''], [1.5], [Number.NaN], [2 ** 53]])(
    'refuses %j',
    (written) => {
      expect(parseSize(written)).toBeUndefined();
    },
  );

  it('reads back what sizeText writes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 64 * 1_048_576 }), (bytes) => {
        expect(parseSize(sizeText(bytes))).toBe(bytes);
      }),
    );
  });
});

describe('sizeText', () => {
  it.each([
    [1_048_576, '1MiB'],
    [1_536, '1536B'],
    [65_536, '64KiB'],
    [0, '0B'],
  ])('writes %d as %s', (bytes, text) => {
    expect(sizeText(bytes)).toBe(text);
  });
});
