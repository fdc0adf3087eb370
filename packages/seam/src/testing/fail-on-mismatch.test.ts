import { AssertionError } from 'node:assert';
import { beforeEach, describe, expect, it } from 'vitest';
import { type SeamWorld, seamWorld } from '../../test/seam-fixtures.ts';
import type { SeamHandle } from '../seam/types.ts';
import { type FailOnMismatchOptions, failOnMismatch } from './fail-on-mismatch.ts';

let world: SeamWorld;

beforeEach(async () => {
  // Seams of earlier tests have been looked at; those that are gone are gone.
  await failOnMismatch().catch(() => {});
  world = seamWorld();
});

/** What it fails with, when everything that is due within some time has happened. */
async function failure(options?: FailOnMismatchOptions, ms = 200): Promise<AssertionError | null> {
  const failed = failOnMismatch(options).then(
    () => null,
    (error: unknown) => error as AssertionError,
  );
  await world.pass(ms);
  return failed;
}

const price = (total: number) => () => ({ total, currency: 'EUR' });

describe('a suite that fails on mismatch', () => {
  it('passes when nothing differs, and when nothing was called', async () => {
    const fn = world.seam({ legacy: price(1), candidate: price(1) });
    expect(await failure()).toBeNull();
    fn();
    expect(await failure()).toBeNull();
  });

  it('shows both sides of what differs', async () => {
    const fn = world.seam({ name: 'quote', legacy: price(10.005), candidate: price(10) });
    fn();
    fn();
    const error = await failure();
    expect(error).toBeInstanceOf(AssertionError);
    expect(error?.message).toBe(
      [
        'quote: 2 of 2 calls differ',
        '  $.total   number   2×',
        '    - legacy     10.005',
        '    + candidate  10',
      ].join('\n'),
    );
    expect(error).toMatchObject({
      expected: { quote: { '$.total': '10.005' } },
      actual: { quote: { '$.total': '10' } },
    });
  });

  it('waits for the second look, and for shadows that are still to run', async () => {
    world = seamWorld({ shadow: { recheckAfterMs: 250 } });
    const fn = world.seam({ legacy: price(1), candidate: price(2) });
    fn();
    expect((await failure(undefined, 1_000))?.message).toContain('1 of 1 call differ');
  });

  it('fails the test in which a difference came up, and no later one', async () => {
    const fn = world.seam({ legacy: price(1), candidate: price(2) });
    fn();
    expect(await failure()).not.toBeNull();
    expect(await failure()).toBeNull();
    fn();
    expect((await failure())?.message).toContain('1 of 1 call');
  });

  it('does not hold against a seam what another of the same name did in an earlier test', async () => {
    world.seam({ name: 'same', legacy: price(1), candidate: price(2) })();
    expect(await failure()).not.toBeNull();
    world.seam({ name: 'same', legacy: price(1), candidate: price(1) })();
    expect(await failure()).toBeNull();
  });

  it('counts what two seams of one name see once', async () => {
    const [one, other] = [1, 2].map(() =>
      world.seam({ name: 'same', legacy: price(1), candidate: price(2) }),
    );
    one?.();
    other?.();
    expect((await failure())?.message).toMatch(/^same: 2 of 2 calls differ\n/);
  });

  it('fails when one side alone fails, or does not answer in time', async () => {
    const broken = (): never => {
      throw new RangeError('no');
    };
    const fails = world.seam({ name: 'a', legacy: price(1), candidate: broken });
    const hangs = world.seam({
      name: 'b',
      legacy: async () => 1,
      candidate: () => new Promise<number>(() => {}),
    });
    fails();
    await hangs();
    const message = (await failure())?.message ?? '';
    expect(message).toContain('a: 1 of 1 call differ');
    expect(message).toContain('RangeError');
    expect(message).toContain('b: 1 call not answered by the candidate in time');
  });

  it('excuses what the rules accept, what fails alike and what does not repeat', async () => {
    world = seamWorld({ shadow: { recheckAfterMs: 250 } });
    let calls = 0;
    const broken = (): never => {
      throw new RangeError('no');
    };
    const alike = world.seam({ name: 'a', legacy: broken, candidate: broken });
    const once = world.seam({
      name: 'b',
      legacy: () => 1,
      candidate: () => ((calls += 1) === 1 ? 2 : 1),
    });
    expect(alike).toThrow(RangeError);
    once();
    expect(await failure(undefined, 1_000)).toBeNull();
  });

  it('looks at some seams only where it is told so', async () => {
    const one = world.seam({ name: 'one', legacy: price(1), candidate: price(2) });
    const other = world.seam({ name: 'other', legacy: price(1), candidate: price(2) });
    one();
    other();
    const message = (await failure({ seams: [other] }))?.message ?? '';
    expect(message).toContain('other: ');
    expect(message).not.toContain('one: ');
    expect(await failure({ seams: [{} as SeamHandle] })).toBeNull();
  });

  it('fails when fewer calls were compared than it is told to expect', async () => {
    const fn = world.seam({ legacy: price(1), candidate: price(1) });
    fn();
    expect(await failure({ comparedMin: 1 })).toBeNull();
    expect((await failure({ comparedMin: 1 }))?.message).toBe(
      'Only 0 calls compared by the seams; at least 1 expected.',
    );
  });

  it('shows ten causes and counts the others', async () => {
    const many = (n: number) => () =>
      Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`field${i}`, n]));
    const fn = world.seam({ legacy: many(1), candidate: many(2) });
    fn();
    expect((await failure())?.message).toMatch(/and 2 other causes$/);
  });

  it('can be handed to a runner as it is: it takes no callback, and heeds no foreign context', async () => {
    expect(failOnMismatch).toHaveLength(0);
    const asHook = failOnMismatch as (context: unknown) => Promise<void>;
    await expect(asHook({ task: {}, signal: null })).resolves.toBeUndefined();
    await expect(asHook(null)).resolves.toBeUndefined();
  });
});
