import { sampled } from '@falsework/core/evidence';
import { beforeEach, describe, expect, it } from 'vitest';
import { jobWith, ScriptedLink, snapshotWith, zeros } from '../test/fixtures.ts';
import { type SeamWorld, seamWorld } from '../test/seam-fixtures.ts';
import { ShadowEngine } from './engine/shadow-engine.ts';
import { Plane } from './plane/plane.ts';

// What the public shadow libraries get wrong, one test or more for each; the numbers are those of
// the list that they come from. The defects that only a proxy or a store can have are tested where
// those are.

let world: SeamWorld;

beforeEach(() => {
  world = seamWorld();
});

const never = <Value>(): Promise<Value> => new Promise(() => {});
const broken = (): never => {
  throw new Error('broken');
};

describe('defect 1: a candidate that never settles hangs the caller', () => {
  it('the caller has its answer while the candidate still hangs', async () => {
    const fn = world.seam({ legacy: async () => 1, candidate: () => never<number>() });
    await expect(fn()).resolves.toBe(1);
    await world.pass(50);
    expect(fn.report().compared).toBe(0);
    await expect(fn()).resolves.toBe(1);
    await world.pass(10_000);
    expect(fn.report().verdicts.timeout).toBe(2);
  });
});

describe('defect 2: a slow candidate adds its whole latency to the caller', () => {
  it('the caller waits for legacy and for nothing else', async () => {
    const after = (ms: number) => (): Promise<number> =>
      new Promise((resolve) => world.host.clock.after(ms, () => resolve(1)));
    const fn = world.seam({ legacy: after(5), candidate: after(90) });
    const startMs = world.host.clock.monotonicMs();
    const tookMs = fn().then(() => world.host.clock.monotonicMs() - startMs);
    await world.pass(200);
    expect(await tookMs).toBe(5);
    expect(fn.report()).toMatchObject({ compared: 1, differing: 0 });
  });
});

describe('defect 3: a control rejecting with a falsy reason (0, undefined) resolves as undefined', () => {
  it.each([0, undefined, null, false, '', Number.NaN])(
    '%s is rejected with, and thrown',
    async (reason) => {
      const rejecting = world.seam({
        legacy: (): Promise<unknown> => Promise.reject(reason),
        candidate: async () => 1,
      });
      const settled = await Promise.allSettled([rejecting()]);
      expect(settled).toEqual([{ status: 'rejected', reason }]);
      const throwing = world.seam({
        legacy: (): unknown => {
          throw reason;
        },
        candidate: () => 1,
      });
      const thrown: unknown[] = [];
      try {
        throwing();
      } catch (error) {
        thrown.push(error);
      }
      expect(thrown).toEqual([reason]);
    },
  );
});

describe('defect 4: a throwing publish, enabled or compare rejects the caller or loses the control’s value', () => {
  it.each(['key', 'stratum', 'isCritical', 'clone'] as const)(
    'a throwing %s changes nothing for the caller',
    async (option) => {
      const fn = world.seam({
        legacy: async () => ({ n: 1 }),
        candidate: async () => ({ n: 2 }),
        [option]: broken,
      });
      await expect(fn()).resolves.toEqual({ n: 1 });
      await world.pass();
      expect(sampled(fn.report().verdicts)).toBe(1);
    },
  );

  it('a throwing comparison changes nothing for the caller, and is no match', async () => {
    const compare = { fingerprint: '', rules: [], values: broken, json: broken, outcomes: broken };
    const fn = world.seam({ legacy: async () => 1, candidate: async () => 1, compare });
    await expect(fn()).resolves.toBe(1);
    await world.pass();
    expect(fn.report()).toMatchObject({ compared: 0, faults: 1, shed: { fault: 1 } });
  });

  it('a throwing report changes nothing for the caller', async () => {
    const fn = world.seam({ legacy: async () => 1, candidate: async () => 1 });
    world.plane.seam('test').record = broken;
    await expect(fn()).resolves.toBe(1);
    await world.pass();
    expect(fn.report().faults).toBe(1);
  });
});

describe('defect 5: arguments are shared, so a mutating side changes the other side’s input', () => {
  interface Cart {
    lines: number[];
  }
  const emptied = (cart: Cart): number => cart.lines.splice(0).length;

  it('a mutating control does not change the candidate’s input', async () => {
    const fn = world.seam({ legacy: emptied, candidate: (cart: Cart) => cart.lines.length });
    expect(fn({ lines: [1, 2] })).toBe(2);
    await world.pass();
    expect(fn.report()).toMatchObject({ compared: 1, differing: 0 });
  });

  it('a mutating candidate does not change the caller’s objects, nor the input of its own second look', async () => {
    world = seamWorld({ shadow: { recheckAfterMs: 250 } });
    const fn = world.seam({
      legacy: (cart: Cart) => cart.lines.length,
      candidate: (cart: Cart) => emptied(cart) + 1,
    });
    const cart = { lines: [1, 2] };
    fn(cart);
    await world.pass(250);
    expect(cart).toEqual({ lines: [1, 2] });
    expect(fn.report().causes).toMatchObject([{ legacy: '2', candidate: '3' }]);
  });

  it('the caller mutating the returned result before the comparison does not corrupt the verdict', async () => {
    const fn = world.seam({
      legacy: async () => ({ lines: [1] }),
      candidate: async () => ({ lines: [1] }),
    });
    const answer = await fn();
    answer.lines.push(2);
    await world.pass();
    expect(fn.report()).toMatchObject({ compared: 1, differing: 0 });
  });
});

describe('defect 6: two different thrown errors count as a match; success against error is no verdict at all', () => {
  const failing = (error: unknown) => async (): Promise<number> => {
    throw error;
  };

  it.each([
    ['two messages', new Error('a'), new Error('b'), 'mismatch'],
    ['two classes', new RangeError('a'), new TypeError('a'), 'mismatch'],
    [
      'two codes',
      Object.assign(new Error('a'), { code: 1 }),
      Object.assign(new Error('a'), { code: 2 }),
      'mismatch',
    ],
    ['an error and a text', new Error('a'), 'a', 'mismatch'],
    ['two alike', new Error('a'), new Error('a'), 'both_error'],
  ] as const)('%s', async (_, legacy, candidate, verdict) => {
    const fn = world.seam({ legacy: failing(legacy), candidate: failing(candidate) });
    await expect(fn()).rejects.toBe(legacy);
    await world.pass();
    expect(fn.report().verdicts[verdict]).toBe(1);
  });

  it('success against error has a verdict, whichever side fails', async () => {
    const [fine, fails] = [async () => 1, failing(new Error('a'))];
    const candidateFails = world.seam({ name: 'a', legacy: fine, candidate: fails });
    const legacyFails = world.seam({ name: 'b', legacy: fails, candidate: fine });
    await Promise.allSettled([candidateFails(), legacyFails()]);
    await world.pass();
    expect(candidateFails.report().verdicts.candidate_error).toBe(1);
    expect(legacyFails.report().verdicts.legacy_error).toBe(1);
    expect([candidateFails.report().differing, legacyFails.report().differing]).toEqual([1, 1]);
  });
});

describe('defect 7: two equal objects are reported different; identical arrays as an ordering difference', () => {
  it.each([
    ['equal objects', { a: 1, b: { c: [1, 2] } }, { b: { c: [1, 2] }, a: 1 }],
    ['identical arrays', [3, 1, 2], [3, 1, 2]],
    [
      'equal dates, maps and sets',
      { d: new Date(1), m: new Map([[1, {}]]), s: new Set([1]) },
      { d: new Date(1), m: new Map([[1, {}]]), s: new Set([1]) },
    ],
  ])('%s are a match by default', async (_, legacy, candidate) => {
    const fn = world.seam({ legacy: (): unknown => legacy, candidate: () => candidate });
    fn();
    await world.pass();
    expect(fn.report()).toMatchObject({ compared: 1, differing: 0, causes: [] });
  });
});

describe('defect 8: big integers and decimals collapse', () => {
  it.each([
    ['bigints', 9007199254740993n, 9007199254740992n],
    ['decimals', 10.005, 10],
    ['texts of numbers', '9007199254740993', '9007199254740992'],
    ['not a number and zero', Number.NaN, 0],
  ])('%s that differ are a mismatch', async (_, legacy, candidate) => {
    const fn = world.seam({
      legacy: (): unknown => ({ n: legacy }),
      candidate: () => ({ n: candidate }),
    });
    fn();
    await world.pass();
    expect(fn.report().causes).toMatchObject([{ template: '$.n', count: 1 }]);
  });
});

describe('defect 9: dropped, timed-out or shed shadows vanish from the statistics', () => {
  it('every sampled call is one observation, whatever becomes of it', async () => {
    world = seamWorld({ shadow: { queueMax: 40, concurrency: 40 } });
    const answers = [
      () => 1,
      () => 2,
      broken,
      () => never<number>() as never,
      () => undefined as never,
    ];
    const fn = world.seam({
      legacy: (_i: number): number => 1,
      candidate: (i: number) => (answers[i % 5] ?? broken)(),
    });
    for (let i = 0; i < 100; i += 1) fn(i);
    await world.pass(1_000);
    const { verdicts, shed } = fn.report();
    expect(sampled(verdicts)).toBe(100);
    expect(verdicts).toMatchObject({
      match: 8,
      mismatch: 16,
      candidate_error: 8,
      timeout: 8,
      shed: 60,
    });
    expect(shed['queue-full']).toBe(60);
  });

  it('half the shadows shed are told to control as half the runs', async () => {
    const link = new ScriptedLink();
    const plane = new Plane({ host: world.host, link });
    link.push(snapshotWith({ version: 1 }));
    const { host } = world;
    const limits = {
      timeoutMs: 100,
      queueMax: 500,
      concurrency: 500,
      recheckAfterMs: 0,
      noiseSample: 0,
    };
    const engine = new ShadowEngine({ host, limits: () => limits });
    for (let i = 0; i < 1_000; i += 1) {
      engine.offer(jobWith({ report: (observation) => plane.seam('a').record(observation) }));
    }
    await host.clock.advance(1_000);
    const [batch] = link.batches;
    expect(batch?.strata).toMatchObject([{ tally: { verdicts: { match: 500, shed: 500 } } }]);
    await plane.close({ withinMs: 100 });
  });
});

describe('defect 10: missing data passes', () => {
  it('a seam that compared nothing claims nothing: every rate of difference is still possible', () => {
    const fn = world.seam({ legacy: () => 1, candidate: () => 1 });
    expect(fn.report()).toMatchObject({ compared: 0, rate: { low: 0, high: 1 } });
    expect(String(fn.report())).not.toContain('confidence');
  });

  it('a plane that has heard nothing from its control stays with legacy', () => {
    const plane = new Plane({ host: world.host, link: new ScriptedLink() });
    expect(plane.router('read')).toMatchObject({ isLegacyOnly: true });
    return plane.close({ withinMs: 0 });
  });
});

describe('defect 11: large bodies are silently not mirrored', () => {
  it('an input or an answer too large to be copied is counted, and said', async () => {
    const inputs = world.seam({
      name: 'a',
      legacy: (l: number[]) => l.length,
      candidate: (l) => l.length,
    });
    const answers = world.seam({ name: 'b', legacy: () => zeros(20_000), candidate: () => [] });
    inputs(zeros(20_000));
    answers();
    await world.pass();
    for (const fn of [inputs, answers]) {
      expect(fn.report()).toMatchObject({ compared: 0, verdicts: { shed: 1 } });
      expect(String(fn.report())).toContain('too large to isolate 1');
    }
  });
});

describe('defect 12: a slow mirror slows the primary', () => {
  it('a candidate that hangs at every call costs the callers nothing, and ever fewer runs', async () => {
    let runs = 0;
    const candidate = (): Promise<number> => {
      runs += 1;
      return never();
    };
    const fn = world.seam({ legacy: async () => 1, candidate });
    const startMs = world.host.clock.monotonicMs();
    for (let i = 0; i < 5_000; i += 1) await fn();
    expect(world.host.clock.monotonicMs()).toBe(startMs);
    await world.pass(5_000);
    for (let i = 0; i < 5_000; i += 1) await fn();
    await world.pass(5_000);
    // Eight for each of the four places, and four that were running when the limit was reached.
    expect(runs).toBeLessThanOrEqual(36);
    expect(sampled(fn.report().verdicts)).toBe(10_000);
  });
});
