import { randomFillSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { uuidV7 } from './uuid-v7.ts';

const random = (into: Uint8Array): void => void randomFillSync(into);

describe('a UUID of version 7', () => {
  it('is the example of RFC 9562, appendix A.6, given its time and its random bits', () => {
    const bits = '0000000000000CC318C4DC0C0C07398F';
    const fill = (into: Uint8Array): void => into.set(Buffer.from(bits, 'hex'));
    expect(uuidV7(0x017f22e279b0, fill)).toBe('017f22e2-79b0-7cc3-98c4-dc0c0c07398f');
  });

  it('has version 7 and the variant of the RFC at any time and with any random bits', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 2 ** 48 - 1 }),
        fc.uint8Array({ minLength: 16, maxLength: 16 }),
        (now, bytes) => {
          const uuid = uuidV7(now, (into) => into.set(bytes));
          expect(uuid).toMatch(
            /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
          );
          expect(Number.parseInt(uuid.replace('-', '').slice(0, 12), 16)).toBe(now);
        },
      ),
    );
  });

  it('is never the same twice, though the clock stands still', () => {
    const drawn = new Set(Array.from({ length: 10_000 }, () => uuidV7(1_000, random)));
    expect(drawn.size).toBe(10_000);
  });

  it('survives a clock before the epoch and one that counts fractions', () => {
    expect(uuidV7(-5.5, random)).toMatch(/^00000000-0000-7/);
    expect(uuidV7(1.9, random)).toMatch(/^00000000-0001-7/);
  });
});
