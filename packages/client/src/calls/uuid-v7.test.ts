import { SeededRandom, SimClock } from '@falsework/testkit';
import { describe, expect, it } from 'vitest';
import { systemBytes, uuidV7 } from './uuid-v7.ts';

const bytesOf = (hex: string) => (): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'));

describe('a UUID of version 7', () => {
  it('is the one of RFC 9562, appendix A.6, for the same clock and bits', () => {
    const clock = new SimClock(0x017f22e279b0);
    const random = bytesOf('0000000000000cc318c4dc0c0c07398f');
    expect(uuidV7(clock, random)).toBe('017f22e2-79b0-7cc3-98c4-dc0c0c07398f');
  });

  it('differs from others of the same millisecond, and after the clock was set back', () => {
    const random = new SeededRandom(3);
    const bytes = (length: number): Uint8Array =>
      Uint8Array.from({ length }, () => random.below(256));
    const clock = new SimClock();
    const made = new Set(Array.from({ length: 20_000 }, () => uuidV7(clock, bytes)));
    const earlier = new SimClock(0);
    for (let nth = 0; nth < 1_000; nth += 1) made.add(uuidV7(earlier, bytes));
    expect(made.size).toBe(21_000);
  });

  it('sorts by time', async () => {
    const clock = new SimClock();
    const made: string[] = [];
    for (let nth = 0; nth < 50; nth += 1) {
      made.push(uuidV7(clock, systemBytes));
      await clock.advance(1);
    }
    expect([...made].sort()).toEqual(made);
  });

  it.each([-1, 2 ** 60, 1.5])('stays one with a clock that says %d', (now) => {
    const made = uuidV7(new SimClock(now), systemBytes);
    expect(made).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });
});
