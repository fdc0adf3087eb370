import { sampled } from '@falsework/core/evidence';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { failed, jobWith, type KeptJob, ok, simHost, thenable } from '../../test/fixtures.ts';
import type { Outcome } from './job.ts';
import { ShadowEngine } from './shadow-engine.ts';

type Run = Promise<Outcome<unknown>>;

const broken = (): never => {
  throw new Error('broken');
};

let flips = 0;

/** What a job may do, by name; each is told how to wait. */
const MANNERS: Readonly<Record<string, (wait: (ms: number) => Promise<void>) => Run>> = {
  equal: async () => ok(1),
  different: async () => ok(2),
  fails: async () => failed('no'),
  slow: (wait) => wait(60).then(() => ok(1)),
  'too slow': (wait) => wait(150).then(() => ok(1)),
  'rejects late': (wait) => wait(150).then(broken),
  hangs: () => new Promise(() => {}),
  rejects: () => Promise.reject(),
  throws: broken,
  'is a bad thenable': () => thenable(broken) as never,
  flaky: async () => {
    flips += 1;
    return ok(flips % 2);
  },
};

const scenario = fc.record({
  manners: fc.array(fc.constantFrom(...Object.keys(MANNERS)), { maxLength: 60 }),
  pausesMs: fc.array(fc.integer({ min: 0, max: 80 }), { minLength: 1, maxLength: 5 }),
  limits: fc.record({
    timeoutMs: fc.constantFrom(50, 100),
    queueMax: fc.integer({ min: 0, max: 20 }),
    concurrency: fc.integer({ min: 1, max: 5 }),
    recheckAfterMs: fc.constantFrom(0, 250),
    noiseSample: fc.constantFrom(0, 0.5, 1),
  }),
  brokenParts: fc.subarray(['compare', 'compareNoise', 'pair', 'isCritical'] as const),
  closeAfter: fc.option(fc.integer({ min: 0, max: 60 })),
});

describe('whatever jobs do, in whatever order and under whatever limits', () => {
  it('every job ends in exactly one observation, nothing is left behind and nothing is unhandled', async () => {
    const unhandled = vi.fn<(reason: unknown) => void>();
    process.on('unhandledRejection', unhandled);
    await fc.assert(
      fc.asyncProperty(scenario, async ({ manners, pausesMs, limits, brokenParts, closeAfter }) => {
        const host = simHost();
        const engine = new ShadowEngine({ host, limits: () => limits });
        const wait = (ms: number): Promise<void> =>
          new Promise((resolve) => host.clock.after(ms, resolve));
        const jobs: KeptJob[] = [];
        let closed: Promise<void> | null = null;
        for (const [i, manner] of manners.entries()) {
          if (i === closeAfter) closed = engine.close({ withinMs: 30 });
          const parts = Object.fromEntries(brokenParts.map((part) => [part, broken]));
          const run = (): Run => (MANNERS[manner] ?? broken)(wait);
          const job = jobWith({ run, canRerun: i % 2 === 0, ...parts });
          jobs.push(job);
          engine.offer(job);
          await host.clock.advance(pausesMs[i % pausesMs.length] ?? 0);
        }
        await host.clock.advance(60_000);
        await (closed ?? engine.settled());
        expect(jobs.map((job) => job.observations.length)).toEqual(jobs.map(() => 1));
        const counters = engine.counters();
        expect(sampled(counters.verdicts)).toBe(jobs.length);
        expect(Object.values(counters.shed).reduce((a, b) => a + b, 0)).toBe(
          counters.verdicts.shed,
        );
        expect(counters).toMatchObject({ queued: 0, running: 0, pausing: 0 });
        expect(host.clock.pending).toBe(0);
        expect(host.held).toBe(0);
      }),
      { numRuns: 60 },
    );
    process.off('unhandledRejection', unhandled);
    expect(unhandled).not.toHaveBeenCalled();
  });
});
