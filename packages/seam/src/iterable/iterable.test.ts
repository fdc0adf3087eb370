import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { deferred } from '../../test/fixtures.ts';
import { type SeamWorld, seamWorld } from '../../test/seam-fixtures.ts';

let world: SeamWorld;
const unhandled = vi.fn<(reason: unknown) => void>();

beforeEach(() => {
  world = seamWorld();
  unhandled.mockReset();
  process.on('unhandledRejection', unhandled);
});

afterEach(async () => {
  await world.pass(120_000);
  process.off('unhandledRejection', unhandled);
  expect(unhandled).not.toHaveBeenCalled();
});

async function* numbers(count: number, from = 0): AsyncGenerator<number> {
  for (let i = 0; i < count; i += 1) yield from + i;
}

async function collect<Item>(items: AsyncIterable<Item>, limit = Infinity): Promise<Item[]> {
  const collected: Item[] = [];
  if (limit === 0) return collected;
  for await (const item of items) {
    collected.push(item);
    if (collected.length >= limit) break;
  }
  return collected;
}

/** What a walk over an iterable leaves behind, in order. */
function traced(count: number, trace: string[]): () => AsyncGenerator<number> {
  return async function* walk() {
    try {
      for (let i = 0; i < count; i += 1) {
        trace.push(`ask ${i}`);
        yield i;
      }
    } finally {
      trace.push('closed');
    }
  };
}

const broken = async function* (): AsyncGenerator<number> {
  yield 1;
  throw new RangeError('no more');
};

describe('the caller of a seam that answers with an async iterable', () => {
  it('gets the very generator that legacy made, with nothing left on it', async () => {
    const made = numbers(3);
    const fn = world.seam({ legacy: () => made, candidate: () => numbers(3) });
    const given = fn();
    expect(given).toBe(made);
    expect(await collect(given)).toEqual([0, 1, 2]);
    expect(Reflect.ownKeys(given)).toEqual([]);
  });

  it('gets the very promise and the very item of each step', async () => {
    const item = { n: 1 };
    const promise = Promise.resolve({ done: false, value: item });
    const iterator = { next: () => promise, [Symbol.asyncIterator]: () => iterator };
    const fn = world.seam({ legacy: () => iterator, candidate: () => iterator });
    const step = fn().next();
    expect(step).toBe(promise);
    expect((await step).value).toBe(item);
  });

  it('is not a tick later with its items', async () => {
    const order: string[] = [];
    const fn = world.seam({ legacy: numbers, candidate: numbers });
    const walk = async (name: string, items: AsyncIterable<number>): Promise<void> => {
      for await (const item of items) order.push(`${name} ${item}`);
    };
    await Promise.all([walk('seam', fn(3)), walk('bare', numbers(3))]);
    expect(order).toEqual(['seam 0', 'bare 0', 'seam 1', 'bare 1', 'seam 2', 'bare 2']);
  });

  it('asks legacy for no more than it takes, and closes it when it leaves', async () => {
    const trace: string[] = [];
    const fn = world.seam({ legacy: traced(10, trace), candidate: () => numbers(10) });
    expect(await collect(fn(), 2)).toEqual([0, 1]);
    expect(trace).toEqual(['ask 0', 'ask 1', 'closed']);
  });

  it('may throw into a generator, and gets what it makes of that', async () => {
    const patient = async function* (): AsyncGenerator<string> {
      try {
        yield 'a';
      } catch (error) {
        yield `caught ${String(error)}`;
      }
    };
    const fn = world.seam({ legacy: patient, candidate: patient });
    const given = fn();
    await given.next();
    expect(await given.throw('x')).toEqual({ done: false, value: 'caught x' });
    expect(await given.next()).toEqual({ done: true, value: undefined });
  });

  it('gets the very error that legacy throws in the middle', async () => {
    const error = new RangeError('no more');
    const legacy = async function* (): AsyncGenerator<number> {
      yield 1;
      throw error;
    };
    const fn = world.seam({ legacy, candidate: broken });
    await expect(collect(fn())).rejects.toBe(error);
  });

  it('never waits for a candidate that hangs, throws or goes on for ever', async () => {
    let asked = 0;
    const endless = async function* (): AsyncGenerator<number> {
      for (;;) yield (asked += 1);
    };
    const hanging = async function* (): AsyncGenerator<number> {
      yield 0;
      await new Promise(() => {});
    };
    const failing = (): AsyncGenerator<number> => {
      throw new Error('no');
    };
    for (const candidate of [endless, hanging, failing]) {
      const fn = world.seam({ legacy: () => numbers(3), candidate });
      expect(await collect(fn())).toEqual([0, 1, 2]);
      await world.pass(1_000);
    }
    // One more than legacy has: that it goes on is the difference.
    expect(asked).toBe(4);
  });

  it('can change an item without changing what is compared', async () => {
    const items = async function* (): AsyncGenerator<{ n: number }> {
      yield { n: 1 };
    };
    const fn = world.seam({ legacy: items, candidate: items });
    for await (const item of fn()) item.n = 2;
    await world.pass();
    expect(fn.report()).toMatchObject({ compared: 1, differing: 0 });
  });
});

describe('two async iterables', () => {
  const cases: readonly [
    name: string,
    sides: readonly [() => AsyncIterable<unknown>, () => AsyncIterable<unknown>],
    expected: object,
  ][] = [
    ['that give the same', [() => numbers(3), () => numbers(3)], { match: 1 }],
    ['that give nothing', [() => numbers(0), () => numbers(0)], { match: 1 }],
    ['of which one item differs', [() => numbers(3), () => numbers(3, 1)], { mismatch: 1 }],
    ['of which the candidate ends earlier', [() => numbers(3), () => numbers(2)], { mismatch: 1 }],
    ['of which the candidate goes on', [() => numbers(3), () => numbers(4)], { mismatch: 1 }],
    ['of which the candidate fails', [() => numbers(3), broken], { candidate_error: 1 }],
    ['of which legacy fails', [broken, () => numbers(1, 1)], { legacy_error: 1 }],
    ['that fail alike', [broken, broken], { both_error: 1 }],
  ];

  it.each(cases)('%s', async (_, [legacy, candidate], expected) => {
    const fn = world.seam({ legacy, candidate });
    await collect(fn()).catch(() => {});
    await world.pass();
    expect(fn.report().verdicts).toMatchObject(expected);
  });

  it('that fail alike after different items are told apart', async () => {
    const other = async function* (): AsyncGenerator<number> {
      yield 2;
      throw new RangeError('no more');
    };
    const fn = world.seam({ legacy: broken, candidate: other });
    await expect(collect(fn())).rejects.toThrow('no more');
    await world.pass();
    expect(fn.report().causes).toMatchObject([{ template: '$[*]', legacy: '1', candidate: '2' }]);
  });

  it('are compared item by item, under the rules of the seam', async () => {
    const rows = (price: number) =>
      async function* (): AsyncGenerator<{ id: number; price: number }> {
        for (const id of [1, 2, 3]) yield { id, price: id === 2 ? price : 1 };
      };
    const fn = world.seam({ legacy: rows(10.005), candidate: rows(10) });
    await collect(fn());
    await world.pass();
    expect(fn.report().causes).toMatchObject([
      { template: '$[*].price', legacy: '10.005', candidate: '10' },
    ]);
  });

  it('are compared as far as the caller went', async () => {
    const trace: string[] = [];
    const fn = world.seam({ legacy: () => numbers(10), candidate: traced(10, trace) });
    await collect(fn(), 2);
    await world.pass();
    expect(fn.report().verdicts.match).toBe(1);
    expect(trace).toEqual(['ask 0', 'ask 1', 'closed']);
  });

  it('are compared up to the cap, and the caller gets all the same', async () => {
    const trace: string[] = [];
    const fn = world.seam({
      legacy: () => numbers(100),
      candidate: traced(100, trace),
      itemsMax: 5,
    });
    expect(await collect(fn())).toHaveLength(100);
    await world.pass();
    expect(fn.report().verdicts.match).toBe(1);
    expect(trace).toHaveLength(6);
  });

  it('keep no more than ten thousand values, and no more than their room in text', async () => {
    const fat = (item: unknown) =>
      async function* (): AsyncGenerator<unknown> {
        for (let i = 0; i < 100; i += 1) yield item;
      };
    for (const item of [Array.from({ length: 999 }, () => 0), 'x'.repeat(100_000)]) {
      let asked = 0;
      const candidate = async function* (): AsyncGenerator<unknown> {
        for (let i = 0; i < 100; i += 1) {
          asked += 1;
          yield item;
        }
      };
      const fn = world.seam({ name: typeof item, legacy: fat(item), candidate });
      expect(await collect(fn())).toHaveLength(100);
      await world.pass();
      expect(fn.report().verdicts.match).toBe(1);
      expect(asked).toBeLessThanOrEqual(11);
    }
  });

  it('are found in what a promise brings, and behind an object that is not the iterator', async () => {
    const page = (from: number) => async () => ({
      total: 3,
      [Symbol.asyncIterator]: () => numbers(3, from),
    });
    const fn = world.seam({ legacy: page(0), candidate: page(1) });
    expect(await collect(await fn())).toEqual([0, 1, 2]);
    await world.pass();
    expect(fn.report().verdicts.mismatch).toBe(1);
  });

  it('are talked with alike', async () => {
    const echo = async function* (): AsyncGenerator<number, void, number> {
      let sum = 0;
      for (;;) sum += yield sum;
    };
    const fn = world.seam({ legacy: echo, candidate: echo });
    const given = fn();
    await given.next();
    expect((await given.next(5)).value).toBe(5);
    expect((await given.next(7)).value).toBe(12);
    await given.return();
    await world.pass();
    expect(fn.report().verdicts.match).toBe(1);
  });

  it('are looked at twice when they differ', async () => {
    world = seamWorld({ shadow: { recheckAfterMs: 250 } });
    let run = 0;
    const candidate = (): AsyncGenerator<number> => numbers(3, run++ === 0 ? 1 : 0);
    const fn = world.seam({ legacy: () => numbers(3), candidate });
    await collect(fn());
    await world.pass(1_000);
    expect(fn.report().verdicts.transient).toBe(1);
  });

  it('differ from a list of the same items', async () => {
    const fn = world.seam({
      legacy: (): unknown => numbers(2),
      candidate: (): unknown => [0, 1],
    });
    await collect(fn() as AsyncIterable<number>);
    await world.pass();
    expect(fn.report().verdicts.mismatch).toBe(1);
  });

  it('count the time of the steps, and not that of the caller', async () => {
    const slow = (ms: number) =>
      async function* (): AsyncGenerator<number> {
        await new Promise<void>((resolve) => void world.host.clock.after(ms, resolve));
        yield 1;
      };
    const fn = world.seam({ legacy: slow(20), candidate: slow(50) });
    const given = fn();
    const first = given.next();
    await world.pass(20);
    await first;
    await world.pass(5_000);
    const last = given.next();
    await last;
    await world.pass(1_000);
    const { legacy, candidate } = fn.report().latency;
    expect(legacy.p50Ms).toBeCloseTo(20, 0);
    expect(candidate.p50Ms).toBeCloseTo(50, 0);
  });
});

describe('an async iterable that cannot be compared', () => {
  const shedOf = async (answer: () => unknown, use: (given: unknown) => unknown) => {
    const fn = world.seam({ legacy: answer, candidate: answer });
    await use(fn());
    await world.pass(120_000);
    return fn.report();
  };

  it.each<[string, () => unknown, (given: unknown) => unknown]>([
    ['is a stream', () => Readable.from([1, 2]), (given) => collect(given as Readable)],
    ['is frozen', () => Object.freeze(numbers(2)), (given) => collect(given as AsyncIterable<1>)],
    ['is never walked through', () => numbers(2), () => {}],
    [
      'is left before its first item',
      () => numbers(2),
      (given) => (given as AsyncGenerator).return(0),
    ],
    [
      'steps without promises',
      () => ({ [Symbol.asyncIterator]: () => ({ next: () => ({ done: true }) }) }),
      (given) => collect(given as AsyncIterable<1>),
    ],
  ])('%s is shed, and is no match', async (_, answer, use) => {
    expect(await shedOf(answer, use)).toMatchObject({
      compared: 0,
      verdicts: { shed: 1 },
      faults: 0,
    });
  });

  it('belongs to a seam that writes', async () => {
    const fn = world.seam({ legacy: numbers, candidate: numbers, effects: 'recorded' });
    expect(await collect(fn(2))).toEqual([0, 1]);
    await world.pass();
    expect(fn.report()).toMatchObject({ compared: 0, shed: { 'not-copyable': 1 } });
  });

  it('is compared as far as it came when its caller forgets it', async () => {
    const fn = world.seam({ legacy: () => numbers(5), candidate: () => numbers(5) });
    const given = fn();
    await given.next();
    await world.pass(59_000);
    expect(fn.report().compared).toBe(0);
    await world.pass(1_000);
    expect(fn.report().verdicts.match).toBe(1);
    expect(Reflect.ownKeys(given)).toEqual([]);
    expect(await collect(given)).toEqual([1, 2, 3, 4]);
  });

  it('comes while too many others are walked through', async () => {
    const fn = world.seam({ legacy: () => numbers(5), candidate: () => numbers(5) });
    const given = Array.from({ length: 70 }, () => fn());
    await Promise.all(given.map((each) => each.next()));
    await world.pass(60_000);
    expect(fn.report()).toMatchObject({ compared: 64, verdicts: { shed: 6 } });
  });

  it('gives a result that throws when looked at: the caller has it, and nobody else', async () => {
    const result = Object.defineProperty({}, 'done', {
      get() {
        throw new Error('do not look');
      },
    });
    const step = deferred<object>();
    const iterator = { next: () => step.promise, [Symbol.asyncIterator]: () => iterator };
    const fn = world.seam({ legacy: () => iterator, candidate: () => iterator });
    const given = fn().next();
    step.resolve(result);
    expect(await given).toBe(result);
    await world.pass();
    expect(fn.report().verdicts.shed).toBe(1);
  });
});
