import { inspect } from 'node:util';
import { absentIsNull, createComparator } from '@falsework/core/compare';
import { beforeEach, describe, expect, it } from 'vitest';
import { type SeamWorld, seamWorld } from '../../test/seam-fixtures.ts';

let world: SeamWorld;

beforeEach(() => {
  world = seamWorld();
});

/** Local hours and minutes, which are another text on every machine. */
const withoutTimes = (text: string): string => text.replaceAll(/first \d\d:\d\d/g, 'first hh:mm');

describe('the report of a seam', () => {
  it('reads as a person would tell it', async () => {
    world = seamWorld({ shadow: { queueMax: 5_000 } });
    const fn = world.seam({
      name: 'pricing.quote',
      legacy: async (n: number) => ({
        discount: 10.005,
        date: '2026-11-21',
        code: (n % 10) as unknown,
      }),
      candidate: async (n: number) => ({
        discount: n % 40 === 0 ? 10 : 10.005,
        date: n % 100 === 0 ? '2026-11-20' : '2026-11-21',
        code: n % 400 === 0 ? String(n % 10) : n % 10,
      }),
    });
    for (let n = 1; n <= 1_200; n += 1) await fn(n);
    await world.pass();
    expect(withoutTimes(String(fn.report()))).toMatchInlineSnapshot(`
      "pricing.quote   1,200 compared · 36 differ (3 %, at most 5.1 % with 95 % confidence) · 3 causes · 0 shed
        #d12e  30×  $.discount   number  10.005 → 10    first hh:mm
        #8fa6  12×  $.date       string  2026-11-21 → 2026-11-20    first hh:mm
        #c117   3×  $.code       type    0 → "0"    first hh:mm
      callers: unchanged. p50 +0.0 ms, p99 +0.0 ms. candidate p50 0.0 ms, p99 0.0 ms (legacy 0.0 / 0.0)."
    `);
  });

  it('is the same text on a console', async () => {
    const fn = world.seam({ legacy: () => 1, candidate: () => 1 });
    expect(inspect(fn.report())).toBe(String(fn.report()));
  });

  it('claims nothing before anything was compared', () => {
    const fn = world.seam({ legacy: () => 1, candidate: () => 1 });
    expect(String(fn.report())).toBe('test   0 compared · 0 shed\ncallers: unchanged.');
    expect(fn.report().rate).toEqual({ low: 0, high: 1 });
  });

  it('names every way in which a run was not compared', async () => {
    world = seamWorld({ shadow: { queueMax: 3, concurrency: 3 } });
    const fn = world.seam({
      legacy: (n: number): unknown => n * 0,
      candidate: (n: number): unknown => (n === 0 ? new Promise(() => {}) : 0),
    });
    for (let n = 0; n < 6; n += 1) fn(n);
    await world.pass(100);
    expect(String(fn.report())).toContain(
      '2 compared · 0 differ (at most 84 % with 95 % confidence) · 0 causes · 1 timed out · 3 shed (queue full 3)',
    );
  });

  it('tells what did not repeat, and what failed on both sides', async () => {
    world = seamWorld({ shadow: { recheckAfterMs: 250 } });
    let flips = 0;
    const fail = (): never => {
      throw new Error('no');
    };
    const fn = world.seam({
      legacy: (n: number): number => (n === 0 ? fail() : 1),
      candidate: (n: number): number => {
        flips += 1;
        return n === 0 ? fail() : flips;
      },
    });
    flips = 1;
    fn(1);
    await world.pass();
    flips = 0;
    await world.pass(250);
    expect(() => fn(0)).toThrow('no');
    await world.pass();
    expect(String(fn.report())).toContain('1 did not repeat · 1 failed on both sides · 0 shed');
  });

  it('shows the most frequent causes, and counts the rest', async () => {
    const fields = Array.from({ length: 12 }, (_, i) => `field${String.fromCharCode(97 + i)}`);
    const record = (value: number): Record<string, number> =>
      Object.fromEntries(fields.map((field) => [field, value]));
    const fn = world.seam({ legacy: () => record(1), candidate: () => record(2) });
    fn();
    await world.pass();
    expect(fn.report().causes).toHaveLength(12);
    expect(String(fn.report()).match(/^ {2}#/gm)).toHaveLength(10);
    expect(String(fn.report())).toContain('\n  and 2 more causes\n');
  });

  it('keeps quotes where a text could be taken for something else, and cuts what is long', async () => {
    const fn = world.seam({
      legacy: () => ({ n: '10', blank: ' ', text: 'plain', long: 'word '.repeat(100) }),
      candidate: () => ({ n: '11', blank: 'x', text: 'other', long: 'other' }),
    });
    fn();
    await world.pass();
    const text = String(fn.report());
    for (const shown of ['"10" → "11"', '" " → x', 'plain → other', 'wor… → other']) {
      expect(text).toContain(shown);
    }
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThan(200);
  });

  it('holds no secret', async () => {
    const fn = world.seam({
      legacy: () => ({ mail: 'ann@example.org', password: 'hunter2', card: '4111111111111111' }),
      candidate: () => ({ mail: 'bob@example.org', password: 'hunter3', card: '5500005555555559' }),
    });
    fn();
    await world.pass();
    expect(fn.report().causes).toHaveLength(3);
    expect(String(fn.report()) + JSON.stringify(fn.report())).not.toMatch(
      /ann@|bob@|hunter|4111|5500/,
    );
  });

  it('holds no beginning of a secret that is longer than what is kept', async () => {
    const key = 'wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY12'.repeat(10);
    const fn = world.seam({ legacy: () => key, candidate: () => `${key}x` });
    fn();
    await world.pass();
    expect(String(fn.report())).not.toContain('wJalr');
  });

  it('knows a secret although it stands where the example is cut', async () => {
    const text = (end: string): string => `${'no '.repeat(62)}4111 1111 1111 1111 ${end}`;
    const fn = world.seam({ legacy: () => text('a'), candidate: () => text('b') });
    fn();
    await world.pass();
    expect(fn.report().causes[0]?.legacy).toMatch(/‹card/);
    expect(fn.report().causes[0]?.legacy).not.toContain('4111');
  });

  it('says how long both sides took, and what sampling added to the calls', async () => {
    const fn = world.seam({
      legacy: async () => {
        await new Promise<void>((resolve) => world.host.clock.after(4, resolve));
      },
      candidate: async () => {
        await new Promise<void>((resolve) => world.host.clock.after(18, resolve));
      },
    });
    void fn();
    await world.pass(50);
    expect(String(fn.report())).toContain(
      'callers: unchanged. p50 +0.0 ms, p99 +0.0 ms. candidate p50 18 ms, p99 18 ms (legacy 4.0 / 4.0).',
    );
  });

  it('uses a comparator that it is given', async () => {
    const compare = createComparator({ rules: [absentIsNull('$.a')] });
    const fn = world.seam({
      legacy: (): { a?: null } => ({ a: null }),
      candidate: () => ({}),
      compare,
    });
    fn();
    await world.pass();
    expect(fn.report()).toMatchObject({ compared: 1, differing: 0 });
  });
});
