import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { zeros } from '../../test/fixtures.ts';
import { type SeamWorld, seamWorld } from '../../test/seam-fixtures.ts';
import { seam } from './seam.ts';

let world: SeamWorld;
const unhandled = vi.fn<(reason: unknown) => void>();

beforeEach(() => {
  world = seamWorld({ stage: 'shift', percent: 100, step: 3 });
  unhandled.mockReset();
  process.on('unhandledRejection', unhandled);
});

afterEach(async () => {
  await world.pass(60_000);
  process.off('unhandledRejection', unhandled);
  expect(unhandled).not.toHaveBeenCalled();
});

describe('a seam in a shift', () => {
  it('serves a key from the side of its share, always the same one', () => {
    world = seamWorld({ stage: 'shift', percent: 30 });
    const fn = world.seam({
      legacy: (_key: string) => 'legacy',
      candidate: (_key: string) => 'candidate',
      key: ([key]) => key,
    });
    const sides = Array.from({ length: 500 }, (_, i) => fn(`k${i}`));
    expect(Array.from({ length: 500 }, (_, i) => fn(`k${i}`))).toEqual(sides);
    const share = sides.filter((side) => side === 'candidate').length / 500;
    expect(share).toBeGreaterThan(0.2);
    expect(share).toBeLessThan(0.4);
  });

  it.each([
    ['it has no key', undefined],
    ['its key is null', () => null],
    ['its key is no text', () => 7],
    [
      'its key cannot be told',
      () => {
        throw new Error('no');
      },
    ],
  ])('stays with legacy until everybody has moved when %s', (_, key) => {
    world = seamWorld({ stage: 'shift', percent: 99 });
    const options = key === undefined ? {} : { key: key as never };
    const fn = world.seam({ legacy: () => 'legacy', candidate: () => 'candidate', ...options });
    expect(Array.from({ length: 50 }, () => fn())).toEqual(Array(50).fill('legacy'));
  });

  it('serves from the candidate and has legacy shadow it', async () => {
    const legacy: (n: number) => { n: number; by: string } = vi.fn((n: number) => ({
      n,
      by: 'legacy',
    }));
    const fn = world.seam({ legacy, candidate: (n: number) => ({ n, by: 'candidate' }) });
    expect(fn(7)).toEqual({ n: 7, by: 'candidate' });
    expect(legacy).not.toHaveBeenCalled();
    await world.pass();
    expect(legacy).toHaveBeenCalledTimes(1);
    expect(fn.report().causes).toMatchObject([
      { template: '$.by', legacy: '"legacy"', candidate: '"candidate"' },
    ]);
  });

  it('is routed as writes are where effects are not declared: they stay with legacy until turnover', () => {
    world = seamWorld({ stage: 'shift', percent: 100, topology: 'separate' });
    const sides = { legacy: () => 'legacy', candidate: () => 'candidate' };
    const undeclared = seam({ name: 'undeclared', plane: world.plane, ...sides });
    expect([world.seam(sides)(), undeclared()]).toEqual(['candidate', 'legacy']);
  });

  it('counts what each side served and failed', async () => {
    world = seamWorld({ stage: 'shift', percent: 50, shadow: { sample: 0 } });
    const count = vi.spyOn(world.plane.seam('test'), 'countServed');
    const fail = async (): Promise<never> => {
      throw new Error('no');
    };
    const fn = seam({
      name: 'test',
      plane: world.plane,
      legacy: fail,
      candidate: fail,
      key: ([key]: [string]) => key,
    } as never) as unknown as (key: string) => Promise<never>;
    for (let i = 0; i < 20; i += 1) await expect(fn(`k${i}`)).rejects.toThrow('no');
    const served = count.mock.calls.map(([side, hasFailed]) => `${side} ${hasFailed}`);
    expect(served).toHaveLength(20);
    expect(new Set(served)).toEqual(new Set(['legacy true', 'candidate true']));
  });
});

describe('a candidate that fails its caller', () => {
  const asynchronous = (value: unknown) => async () => value;
  const rejecting = (reason: unknown) => () => Promise.reject(reason);
  const throwing = (thrown: unknown) => () => {
    throw thrown;
  };

  it.each([
    ['synchronous', () => 1, throwing(new Error('no'))],
    ['synchronous, throwing undefined', () => 1, throwing(undefined)],
    ['asynchronous', asynchronous(1), rejecting(new Error('no'))],
    ['asynchronous, rejecting with undefined', asynchronous(1), rejecting(undefined)],
    ['asynchronous, throwing at once', asynchronous(1), throwing(new Error('no'))],
  ])('is covered by legacy, and is counted: %s', async (_, legacy, candidate) => {
    const fn = world.seam({ legacy: legacy as () => unknown, candidate });
    const answer = fn();
    expect(await answer).toBe(1);
    expect(answer instanceof Promise).toBe(legacy() instanceof Promise);
    await world.pass();
    expect(fn.report()).toMatchObject({ fallbacks: 1, verdicts: { candidate_error: 1 } });
    expect(String(fn.report())).toContain('1 call answered by legacy after the candidate failed');
  });

  it('is run once: not a second time as its own shadow', async () => {
    const candidate = vi.fn(throwing(new Error('no')));
    const fn = world.seam({ legacy: () => 1, candidate });
    fn();
    await world.pass();
    expect(candidate).toHaveBeenCalledTimes(1);
  });

  it('leaves legacy the input as the caller gave it, however much it changed of it', async () => {
    const candidate = (list: number[]): number => {
      list.length = 0;
      throw new Error('no');
    };
    for (const sample of [1, 0]) {
      const fn = world.seam({ legacy: (list: number[]) => list.length, candidate, sample });
      expect(fn([1, 2, 3])).toBe(3);
    }
  });

  it('is covered also when the input is too large to copy', () => {
    const fn = world.seam({ legacy: (list: number[]) => list.length, candidate: throwing(1) });
    expect(fn(zeros(20_000))).toBe(20_000);
  });

  it.each([
    ['thrown', throwing],
    ['rejected', rejecting],
  ])('shows the caller legacy’s own failure when that fails too: %s', async (_, failing) => {
    const reason = new Error('legacy');
    const fn = world.seam({
      legacy: failing(reason) as never,
      candidate: failing(new Error('c')) as never,
    }) as () => unknown;
    const caught = await Promise.resolve()
      .then(fn)
      .catch((error: unknown) => error);
    expect(caught).toBe(reason);
    await world.pass();
    // The two failures have different messages, and the caller would have seen the other one.
    expect(fn).toBeDefined();
    expect(
      (fn as unknown as { report: () => { verdicts: object } }).report().verdicts,
    ).toMatchObject({ mismatch: 1 });
  });

  it('counts against the candidate what legacy had to answer', async () => {
    const count = vi.spyOn(world.plane.seam('test'), 'countServed');
    const fn = world.seam({ legacy: () => 1, candidate: throwing(1), sample: 0 });
    fn();
    expect(count.mock.calls).toEqual([
      ['candidate', true],
      ['legacy', false],
    ]);
  });

  it('fails its caller where effects are not declared: legacy must not act a second time', async () => {
    const legacy: () => number = vi.fn(() => 1);
    const thrown = { code: 7 };
    const fn = seam({ name: 'test', legacy, candidate: throwing(thrown), plane: world.plane });
    const caught: unknown[] = [];
    try {
      fn();
    } catch (error) {
      caught.push(error);
    }
    expect(caught[0]).toBe(thrown);
    const promise = Promise.reject(thrown);
    const later = seam({
      name: 'later',
      legacy: async () => 1,
      candidate: () => promise,
      plane: world.plane,
    });
    expect(later()).toBe(promise);
    await expect(promise).rejects.toBe(thrown);
    expect(legacy).not.toHaveBeenCalled();
  });

  it('takes itself out of service before control knows', async () => {
    let served = 0;
    const candidate = (): number => {
      served += 1;
      throw new Error('no');
    };
    const fn = world.seam({ legacy: () => 1, candidate, sample: 0 });
    const answers = Array.from({ length: 100 }, () => fn());
    expect(answers).toEqual(Array(100).fill(1));
    expect(served).toBeLessThan(20);
    expect(world.plane.retreat).toMatchObject({ seam: 'test' });
    expect(String(fn.report())).toContain(
      'went back to legacy by itself: callers of the candidate',
    );
  });

  it('takes itself out of service when its answers regress', async () => {
    const fn = world.seam({ legacy: (n: number) => n, candidate: (n: number) => n + 1 });
    const answers: number[] = [];
    for (let i = 0; i < 10; i += 1) {
      answers.push(fn(i));
      await world.pass();
    }
    expect(answers).toEqual([1, 2, 3, 4, 4, 5, 6, 7, 8, 9]);
  });
});

describe('a seam at the end of its migration', () => {
  it.each(['seal', 'strike'] as const)('calls the candidate alone in %s', async (stage) => {
    world = seamWorld({ stage });
    const legacy: () => string = vi.fn(() => 'legacy');
    const fn = world.seam({ legacy, candidate: () => 'candidate' });
    expect([fn(), fn()]).toEqual(['candidate', 'candidate']);
    await world.pass();
    expect(legacy).not.toHaveBeenCalled();
  });

  it('does not ask a legacy that is no longer kept up to date, not even when the candidate fails', () => {
    world = seamWorld({ stage: 'seal' });
    const legacy: () => number = vi.fn(() => 1);
    const thrown = new Error('no');
    const fn = world.seam({
      legacy,
      candidate: () => {
        throw thrown;
      },
    });
    expect(fn).toThrow(thrown);
    expect(legacy).not.toHaveBeenCalled();
  });
});
