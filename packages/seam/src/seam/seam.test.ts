import { AsyncLocalStorage } from 'node:async_hooks';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  deferred,
  ScriptedLink,
  snapshotWith,
  THEN,
  thenable,
  zeros,
} from '../../test/fixtures.ts';
import { type SeamWorld, seamWorld } from '../../test/seam-fixtures.ts';
import { Plane } from '../plane/plane.ts';
import { attach } from './home.ts';
import { seam } from './seam.ts';
import { shadowSignal } from './shadow-signal.ts';

const broken = (): never => {
  throw new Error('broken');
};

let world: SeamWorld;
const unhandled = vi.fn<(reason: unknown) => void>();

beforeEach(() => {
  world = seamWorld();
  unhandled.mockReset();
  process.on('unhandledRejection', unhandled);
});

afterEach(async () => {
  await world.pass(60_000);
  process.off('unhandledRejection', unhandled);
  expect(unhandled).not.toHaveBeenCalled();
});

describe('the caller of a seam', () => {
  it('gets the very answer of legacy, synchronously where legacy is synchronous', async () => {
    const answer = { n: 1 };
    const fn = world.seam({ legacy: () => answer, candidate: () => ({ n: 2 }) });
    expect(fn()).toBe(answer);
    await world.pass();
    expect(fn.report().verdicts.mismatch).toBe(1);
  });

  it('gets the very promise that legacy made', () => {
    const promise = Promise.resolve(1);
    const fn = world.seam({ legacy: () => promise, candidate: async () => 1 });
    expect(fn()).toBe(promise);
  });

  it('gets the answer not a tick later than without a seam', async () => {
    const order: string[] = [];
    const legacy = async (): Promise<number> => 1;
    const fn = world.seam({ legacy, candidate: legacy });
    const through = fn().then(() => order.push('seam'));
    const bare = legacy().then(() => order.push('bare'));
    await Promise.all([through, bare]);
    expect(order).toEqual(['seam', 'bare']);
  });

  it.each([
    ['an Error', new Error('no')],
    ['undefined', undefined],
    ['0', 0],
    ['null', null],
    ['false', false],
    ['an empty text', ''],
    ['an object', { code: 7 }],
  ])('gets the very thing that legacy throws: %s', async (_, thrown) => {
    const fn = world.seam({
      legacy: (): unknown => {
        throw thrown;
      },
      candidate: () => 1,
    });
    const caught: unknown[] = [];
    try {
      fn();
    } catch (error) {
      caught.push(error);
    }
    expect(caught).toHaveLength(1);
    expect(caught[0]).toBe(thrown);
    await world.pass();
    expect(fn.report().verdicts.legacy_error).toBe(1);
  });

  it.each([
    ['an Error', new Error('no')],
    ['undefined', undefined],
    ['0', 0],
    ['an object', { code: 7 }],
  ])('gets the very thing that legacy rejects with: %s', async (_, reason) => {
    const fn = world.seam({
      legacy: (): Promise<unknown> => Promise.reject(reason),
      candidate: async () => 1,
    });
    const ends = await fn().then(
      () => 'resolved',
      (error: unknown) => [error],
    );
    expect(ends).toHaveLength(1);
    expect(ends[0]).toBe(reason);
    await world.pass();
    expect(fn.report().verdicts.legacy_error).toBe(1);
  });

  it('keeps this, the number of arguments, name, length and what hangs on the function', async () => {
    const seen: unknown[] = [];
    function legacy(this: unknown, a?: number, b = 2): number {
      seen.push(this, arguments.length, a, b);
      return 1;
    }
    legacy.version = 7;
    const fn = world.seam({ legacy, candidate: legacy });
    const holder = { fn };
    holder.fn();
    holder.fn(undefined);
    expect(seen).toEqual([holder, 0, undefined, 2, holder, 1, undefined, 2]);
    expect([fn.name, fn.length, fn.version]).toEqual(['legacy', 1, 7]);
    await world.pass();
    expect(seen.slice(8)).toEqual([holder, 0, undefined, 2, holder, 1, undefined, 2]);
  });

  it('is not made to wait for a promise-like answer that begins to work when asked', async () => {
    let begun = 0;
    const query = thenable((take: (rows: string) => void) => {
      begun += 1;
      take('rows');
    });
    const candidate = vi.fn(() => query);
    const fn = world.seam({ legacy: () => query, candidate });
    expect(fn()).toBe(query);
    await world.pass();
    expect([begun, candidate.mock.calls.length]).toEqual([0, 0]);
    expect(fn.report().shed['not-copyable']).toBe(1);
  });

  it('has no getter of its answer called', async () => {
    const get = vi.fn(() => () => {});
    const answer = Object.defineProperty({}, THEN, { get });
    const fn = world.seam({ legacy: (): unknown => answer, candidate: () => 1 });
    expect(fn()).toBe(answer);
    await world.pass();
    expect(get).not.toHaveBeenCalled();
  });

  it('may be given an answer with a member named then', async () => {
    const fn = world.seam({
      legacy: () => ({ if: 1, [THEN]: { a: 1 } }),
      candidate: () => ({ if: 1, [THEN]: { a: 2 } }),
    });
    fn();
    await world.pass();
    expect(fn.report().causes).toMatchObject([{ template: '$.then.a' }]);
  });

  it('may be given a promise of a class of its own, whose then is left alone', async () => {
    class Lazy<Value> extends Promise<Value> {
      asked = 0;
      override [THEN](...args: unknown[]): never {
        this.asked += 1;
        return Reflect.apply(Promise.prototype.then, this, args) as never;
      }
    }
    const lazy = new Lazy<number>((resolve) => resolve(1));
    const fn = world.seam({ legacy: () => lazy as Promise<number>, candidate: async () => 1 });
    expect(fn()).toBe(lazy);
    await world.pass();
    expect(lazy.asked).toBe(0);
    expect(fn.report().verdicts.match).toBe(1);
  });

  it('may be given a promise whose class cannot be extended', async () => {
    class Closed<Value> extends Promise<Value> {
      static override get [Symbol.species](): never {
        throw new Error('closed');
      }
    }
    const closed = Closed.resolve(1) as Promise<number>;
    const fn = world.seam({ legacy: () => closed, candidate: async () => 1 });
    expect(fn()).toBe(closed);
    await world.pass();
    expect(fn.report().shed['not-copyable']).toBe(1);
  });

  it.each(['key', 'stratum'] as const)(
    'does not notice that the function for the %s throws',
    async (option) => {
      world = seamWorld({ stage: 'shift', percent: 50 });
      const broken = (): never => {
        throw new Error('broken');
      };
      const fn = world.seam({
        legacy: (n: number) => n,
        candidate: (n: number) => n,
        [option]: broken,
      });
      expect([fn(1), fn(2)]).toEqual([1, 2]);
      await world.pass();
      expect(fn.report()).toMatchObject({ faults: 2, compared: 2 });
    },
  );

  it('does not notice that the function for critical differences throws', async () => {
    const fn = world.seam({
      legacy: () => 1,
      candidate: () => 2,
      isCritical: () => {
        throw new Error('broken');
      },
    });
    expect(fn()).toBe(1);
    await world.pass();
    expect(fn.report()).toMatchObject({ faults: 1, differing: 1 });
  });

  it('does not notice that the function for copying throws, and the run is shed', async () => {
    const candidate = vi.fn((n: number) => n);
    const clone = (): never => {
      throw new Error('broken');
    };
    const fn = world.seam({ legacy: (n: number) => n, candidate, clone });
    expect(fn(1)).toBe(1);
    await world.pass();
    expect(candidate).not.toHaveBeenCalled();
    expect(fn.report().shed['not-copyable']).toBe(1);
  });
});

describe('isolation', () => {
  it('gives the candidate the input as it was, whatever legacy and the caller do to it', async () => {
    const seen: unknown[] = [];
    const legacy = (cart: { lines: number[] }): number => cart.lines.pop() ?? 0;
    const candidate = (cart: { lines: number[] }): number => {
      seen.push(structuredClone(cart));
      return cart.lines.pop() ?? 0;
    };
    const fn = world.seam({ legacy, candidate });
    const cart = { lines: [1, 2] };
    expect(fn(cart)).toBe(2);
    cart.lines.length = 0;
    await world.pass();
    expect(seen).toEqual([{ lines: [1, 2] }]);
    expect(fn.report().verdicts.match).toBe(1);
  });

  it('keeps what the candidate does to its input from the caller', async () => {
    const fn = world.seam({
      legacy: (cart: { n: number }) => cart.n,
      candidate: (cart: { n: number }) => {
        cart.n = 99;
        return 99;
      },
    });
    const cart = { n: 1 };
    fn(cart);
    await world.pass();
    expect(cart).toEqual({ n: 1 });
  });

  it.each(['at once', 'in the tick of the answer'] as const)(
    'compares the answer as it was, though the caller changes it %s',
    async (when) => {
      const legacy = (): { n: number } => ({ n: 1 });
      const candidate = legacy;
      const fn =
        when === 'at once'
          ? world.seam({ legacy, candidate })
          : world.seam({ legacy: async () => legacy(), candidate: async () => candidate() });
      const change = (answer: { n: number }): void => void (answer.n = 99);
      const answer = fn();
      if (answer instanceof Promise) await answer.then(change);
      else change(answer);
      await world.pass();
      expect(fn.report().verdicts).toMatchObject({ match: 1, mismatch: 0 });
    },
  );

  it('compares the error as it was, though the caller changes it', async () => {
    const fail = (): never => {
      throw Object.assign(new Error('no'), { status: 404 });
    };
    const fn = world.seam({ legacy: fail, candidate: fail });
    try {
      fn();
    } catch (error) {
      Object.assign(error as Error, { status: 500 });
    }
    await world.pass();
    expect(fn.report().verdicts).toMatchObject({ both_error: 1, mismatch: 0 });
  });

  it('gives each look its own input, so that a first run that changes it does not explain the difference', async () => {
    world = seamWorld({ shadow: { recheckAfterMs: 250 } });
    const fn = world.seam({
      legacy: (list: number[]) => list.length,
      candidate: (list: number[]) => {
        list.push(0);
        return list.length;
      },
    });
    const list = [1];
    expect(fn(list)).toBe(1);
    await world.pass(250);
    expect(fn.report().causes).toMatchObject([{ legacy: '1', candidate: '2', count: 1 }]);
    expect(list).toEqual([1]);
  });

  it('sheds what is too large to copy, says so, and leaves the call alone', async () => {
    const candidate = vi.fn((list: number[]) => list.length);
    const fn = world.seam({ legacy: (list: number[]) => list.length, candidate });
    expect(fn(zeros(20_000))).toBe(20_000);
    await world.pass();
    expect(candidate).not.toHaveBeenCalled();
    expect(fn.report().shed['too-large']).toBe(1);
    expect(String(fn.report())).toContain('1 shed (too large to isolate 1)');
  });

  it('does not leave a second stream open that nobody reads', async () => {
    const open = vi.fn(() => new ReadableStream());
    const fn = world.seam({ legacy: () => new ReadableStream(), candidate: open });
    expect(fn()).toBeInstanceOf(ReadableStream);
    await world.pass();
    expect(open).not.toHaveBeenCalled();
    expect(fn.report().shed['not-copyable']).toBe(1);
  });

  it('copies with the function it is given', async () => {
    const clone = vi.fn((value: unknown) => value);
    const list = zeros(20_000);
    const fn = world.seam({ legacy: (l: number[]) => l.length, candidate: (l) => l.length, clone });
    fn(list);
    await world.pass();
    expect(fn.report().verdicts.match).toBe(1);
    expect(clone).toHaveBeenCalledWith(list);
  });
});

describe('the shadow of a call', () => {
  it('does not start in the turn of the caller, nor before legacy has answered', async () => {
    const answer = deferred<number>();
    const candidate = vi.fn(async () => 1);
    const fn = world.seam({ legacy: () => answer.promise, candidate });
    const call = fn();
    await world.pass();
    expect(candidate).not.toHaveBeenCalled();
    answer.resolve(1);
    await call;
    expect(candidate).not.toHaveBeenCalled();
    await world.pass();
    expect(candidate).toHaveBeenCalledTimes(1);
  });

  it('runs outside of the async context of the request', async () => {
    const request = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    const fn = world.seam({
      legacy: async () => request.getStore(),
      candidate: async () => void seen.push(request.getStore()) as never,
    });
    expect(await request.run('request 7', fn)).toBe('request 7');
    await world.pass();
    expect(seen).toEqual([undefined]);
  });

  it('can tell that it is one, and be aborted when its time is up', async () => {
    const signals: (AbortSignal | undefined)[] = [];
    const side = (): Promise<never> => {
      signals.push(shadowSignal());
      return new Promise(() => {});
    };
    const fn = world.seam({
      legacy: async () => void signals.push(shadowSignal()),
      candidate: side as never,
    });
    await fn();
    await world.pass(99);
    expect(signals).toMatchObject([undefined, { aborted: false }]);
    expect(shadowSignal()).toBeUndefined();
    await world.pass(1);
    expect(signals).toMatchObject([undefined, { aborted: true }]);
    expect(fn.report().verdicts.timeout).toBe(1);
  });

  it('has the time that the seam gives it rather than that of the plane', async () => {
    const fn = world.seam({
      legacy: async () => 1,
      candidate: () => new Promise<number>(() => {}),
      timeoutMs: 20,
    });
    await fn();
    await world.pass(20);
    expect(fn.report().verdicts.timeout).toBe(1);
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('no');
      },
    ],
    [
      'throws undefined',
      () => {
        throw undefined;
      },
    ],
    ['rejects', () => Promise.reject(new Error('no'))],
    ['rejects with undefined', () => Promise.reject()],
    ['returns a thenable that throws', () => thenable(broken)],
    [
      'returns a thenable that rejects twice',
      () => thenable((_: unknown, no: (e: unknown) => void) => [no(1), no(2)]),
    ],
    [
      'returns an object whose then cannot be read',
      () => Object.defineProperty({}, THEN, { get: broken }),
    ],
  ])('is a candidate_error when the candidate %s, and nobody notices', async (_, candidate) => {
    const fn = world.seam({ legacy: async () => 1, candidate: candidate as never });
    await expect(fn()).resolves.toBe(1);
    await world.pass();
    expect(fn.report().verdicts.candidate_error).toBe(1);
    expect(fn.report().causes).toMatchObject([{ kind: 'outcome', template: '$' }]);
  });

  it('is a timeout when the candidate never settles, and a late rejection is nobody’s', async () => {
    const late = deferred<number>();
    const fn = world.seam({ legacy: async () => 1, candidate: () => late.promise });
    await expect(fn()).resolves.toBe(1);
    await world.pass(100);
    late.reject(new Error('late'));
    await world.pass();
    expect(fn.report().verdicts).toMatchObject({ timeout: 1, candidate_error: 0 });
  });

  it('is compared by rules, and by stratum', async () => {
    const { ignore } = await import('@falsework/core/compare');
    const fn = world.seam({
      legacy: (plan: string) => ({ plan, at: 1 }),
      candidate: (plan: string) => ({ plan: plan === 'gold' ? 'silver' : plan, at: 2 }),
      compare: [ignore('$.at')],
      stratum: ([plan]) => plan,
    });
    for (const plan of ['gold', 'free', 'free']) fn(plan);
    await world.pass();
    const strata = fn
      .report()
      .strata.map(({ stratum, verdicts }) => [stratum, verdicts.match, verdicts.mismatch]);
    expect(strata).toEqual([
      ['gold', 0, 1],
      ['free', 2, 0],
    ]);
  });

  it('keeps a stratum that cannot be told apart from all others', async () => {
    const fn = world.seam({ legacy: () => 1, candidate: () => 1, stratum: (() => 7) as never });
    fn();
    await world.pass();
    expect(fn.report().strata).toMatchObject([{ stratum: '(unclassified)' }]);
  });

  it('marks differences as critical by finding', async () => {
    const recorded: boolean[] = [];
    const record = vi.spyOn(world.plane.seam('test'), 'record');
    const fn = world.seam({
      legacy: (field: string) => ({ [field]: 1 }),
      candidate: (field: string) => ({ [field]: 2 }),
      isCritical: ({ template }) => template === '$.amount',
    });
    fn('amount');
    fn('note');
    await world.pass();
    recorded.push(...record.mock.calls.map(([observation]) => observation.isCritical));
    expect(recorded).toEqual([true, false]);
  });
});

describe('sampling', () => {
  it('compares about the share it is asked to, and gives legacy itself the rest', async () => {
    world = seamWorld({ shadow: { sample: 0.25, queueMax: 10_000, concurrency: 10_000 } });
    const fn = world.seam({ legacy: () => 1, candidate: () => 1 });
    for (let i = 0; i < 4_000; i += 1) fn();
    await world.pass();
    expect(fn.report().compared).toBeGreaterThan(900);
    expect(fn.report().compared).toBeLessThan(1_100);
  });

  it('takes the smaller of what the seam and the snapshot allow', async () => {
    world = seamWorld({ shadow: { sample: 0.1 } });
    const none = world.seam({ legacy: () => 1, candidate: () => 1, sample: 0, name: 'none' });
    const all = world.seam({ legacy: () => 1, candidate: () => 1, sample: 1, name: 'all' });
    for (let i = 0; i < 500; i += 1) expect([none(), all()]).toEqual([1, 1]);
    await world.pass();
    expect(none.report().compared).toBe(0);
    expect(none.report().idleBecause).toBe('the sample is 0');
    expect(all.report().compared).toBeGreaterThan(20);
    expect(all.report().compared).toBeLessThan(100);
  });

  it('sees all calls of a key, or none', async () => {
    world = seamWorld({ shadow: { sample: 0.5, queueMax: 10_000, concurrency: 10_000 } });
    const seen = new Map<string, number>();
    const candidate = (key: string): string => {
      seen.set(key, (seen.get(key) ?? 0) + 1);
      return key;
    };
    const fn = world.seam({ legacy: (key: string) => key, candidate, key: ([key]) => key });
    for (let round = 0; round < 5; round += 1) for (let i = 0; i < 200; i += 1) fn(`k${i}`);
    await world.pass();
    expect(new Set(seen.values())).toEqual(new Set([5]));
    expect(seen.size).toBeGreaterThan(70);
    expect(seen.size).toBeLessThan(130);
  });

  it('does not copy for shadows that would be shed', async () => {
    world = seamWorld({ shadow: { queueMax: 1 } });
    const clone = vi.fn((value: unknown) => value);
    const fn = world.seam({ legacy: (n: number) => n, candidate: (n: number) => n, clone });
    for (let i = 0; i < 10; i += 1) fn(i);
    const copiesOnPath = clone.mock.calls.length;
    expect(copiesOnPath).toBe(2);
    await world.pass();
    expect(fn.report()).toMatchObject({ compared: 1, shed: { 'queue-full': 9 } });
  });
});

describe('effects', () => {
  it('that are not declared keep the candidate from being run at all, and the report says so', async () => {
    const candidate = vi.fn(() => 1);
    const fn = seam({ name: 'undeclared', legacy: () => 1, candidate, plane: world.plane });
    for (let i = 0; i < 10; i += 1) fn();
    await world.pass();
    expect(candidate).not.toHaveBeenCalled();
    expect(String(fn.report())).toContain('effects are not declared');
  });
});

describe('a change of snapshot', () => {
  it('holds from the next call on, in both directions', async () => {
    const link = new ScriptedLink();
    const plane = new Plane({ host: world.host, link });
    const candidate = vi.fn(() => 1);
    const fn = seam({ name: 'test', effects: 'none', legacy: () => 1, candidate, plane });
    const callAndCount = async (): Promise<number> => {
      candidate.mockClear();
      fn();
      await world.pass();
      return candidate.mock.calls.length;
    };
    expect(await callAndCount()).toBe(0);
    expect(fn.report().idleBecause).toBe('the stage is inert');
    link.push(snapshotWith({ version: 1 }));
    expect(await callAndCount()).toBe(1);
    link.push(snapshotWith({ version: 2, shadow: { sample: 0 } }));
    expect(await callAndCount()).toBe(0);
    await plane.close({ withinMs: 100 });
  });

  it('counts every call that reached legacy, and nothing else, for the end of the migration', async () => {
    const link = new ScriptedLink();
    const plane = new Plane({ host: world.host, link });
    const fn = seam({ name: 'test', effects: 'none', legacy: () => 1, candidate: () => 1, plane });
    fn();
    link.push(snapshotWith({ version: 1, shadow: { sample: 0.5 } }));
    for (let i = 0; i < 10; i += 1) fn();
    await plane.flush();
    expect(link.batches.at(-1)).toMatchObject({ legacyHits: 11, legacyProbes: 1 });
    link.push(snapshotWith({ version: 2, stage: 'seal' }));
    for (let i = 0; i < 10; i += 1) fn();
    await world.pass();
    await plane.flush();
    expect(link.batches.at(-1)).toMatchObject({ legacyHits: 0, legacyProbes: 1 });
    await plane.close({ withinMs: 100 });
  });
});

describe('seams that name no plane', () => {
  it('stand alone, and follow the plane that is attached later', async () => {
    const candidate = vi.fn(() => 1);
    const fn = seam({ name: 'test', effects: 'none', legacy: () => 1, candidate });
    fn();
    await fn.settled();
    expect(fn.report()).toMatchObject({ stage: 'shadow', compared: 1 });
    const plane = new Plane({ host: world.host, snapshot: snapshotWith({ stage: 'inert' }) });
    attach(plane);
    fn();
    expect(fn.report()).toMatchObject({ stage: 'inert', compared: 0 });
    expect(seam({ name: 'other', legacy: () => 1, candidate }).report().stage).toBe('inert');
  });
});
