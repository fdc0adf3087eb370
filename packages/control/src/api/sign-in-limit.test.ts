import { SimClock } from '@falsework/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SignInLimit } from './sign-in-limit.ts';

const MINUTE_MS = 60_000;
const HERE = '192.0.2.7';

const limited = (failures: number, address = HERE) => {
  const clock = new SimClock();
  const limit = new SignInLimit(clock);
  for (let i = 0; i < failures; i += 1) limit.noteFailure(address);
  return { clock, limit };
};

describe('wrong tokens', () => {
  it('may be tried ten times a minute from one address', () => {
    expect(limited(9).limit.waitMs(HERE)).toBe(0);
    expect(limited(10).limit.waitMs(HERE)).toBe(MINUTE_MS);
  });

  it('of one address keep no other out', () => {
    expect(limited(100).limit.waitMs('192.0.2.8')).toBe(0);
  });

  it('are forgotten a minute after the first of them, to the millisecond', async () => {
    const { clock, limit } = limited(10);
    await clock.advance(MINUTE_MS - 1);
    expect(limit.waitMs(HERE)).toBe(1);
    await clock.advance(1);
    expect(limit.waitMs(HERE)).toBe(0);
    limit.noteFailure(HERE);
    expect(limit.waitMs(HERE)).toBe(0);
  });

  it.each([
    ['2001:db8:1:2::1', '2001:db8:1:2:ffff::9', true],
    ['2001:DB8:1:2::1', '2001:0db8:0001:0002:0:0:0:5', true],
    ['2001:db8:1:2::1', '2001:db8:1:3::1', false],
    ['fe80::1%eth0', 'fe80::2%eth1', true],
    ['::1', '::2', true],
    ['::ffff:192.0.2.7', '192.0.2.7', true],
    ['::ffff:192.0.2.7', '192.0.2.8', false],
  ])('of %s and %s count together: %j', (one, other, isSame) => {
    expect(limited(10, one).limit.waitMs(other) > 0).toBe(isSame);
  });

  it('take a bounded amount of memory, however many addresses there are', async () => {
    const clock = new SimClock();
    const limit = new SignInLimit(clock);
    for (let i = 0; i < 25_000; i += 1)
      limit.noteFailure(`10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`);
    expect(limit.size).toBe(10_000);
    await clock.advance(MINUTE_MS);
    limit.noteFailure(HERE);
    expect(limit.size).toBe(1);
  });

  it('never make anybody wait for longer than a minute, whatever comes when', async () => {
    const steps = fc.array(
      fc.record({ ms: fc.integer({ min: 0, max: 90_000 }), address: fc.constantFrom('a', 'b') }),
    );
    await fc.assert(
      fc.asyncProperty(steps, async (all) => {
        const clock = new SimClock();
        const limit = new SignInLimit(clock);
        for (const { ms, address } of all) {
          await clock.advance(ms);
          limit.noteFailure(address);
          expect(limit.waitMs(address)).toBeLessThanOrEqual(MINUTE_MS);
          expect(limit.size).toBeLessThanOrEqual(2);
        }
      }),
    );
  });
});
