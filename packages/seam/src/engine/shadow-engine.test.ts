import { AsyncLocalStorage } from 'node:async_hooks';
import type { KeptPair } from '@falsework/core/evidence';
import { DEFAULT_POLICY } from '@falsework/core/policy';
import type { Side } from '@falsework/core/routing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  deferred,
  failed,
  finding,
  jobWith,
  type KeptJob,
  ok,
  type SimHost,
  simHost,
  thenable,
} from '../../test/fixtures.ts';
import type { Judgement, Outcome } from './job.ts';
import { ShadowEngine, type ShadowLimits } from './shadow-engine.ts';
import type { ShedReason } from './shed.ts';

let host: SimHost;
let limits: ShadowLimits;
let engine: ShadowEngine<unknown>;
const unhandled = vi.fn<(reason: unknown) => void>();

beforeEach(() => {
  host = simHost();
  limits = { ...DEFAULT_POLICY.shadow, recheckAfterMs: 0, noiseSample: 0 };
  engine = new ShadowEngine({ host, limits: () => limits });
  unhandled.mockReset();
  process.on('unhandledRejection', unhandled);
});

afterEach(async () => {
  await host.clock.advance(60_000);
  process.off('unhandledRejection', unhandled);
  expect(unhandled).not.toHaveBeenCalled();
});

const never = (): Promise<Outcome<unknown>> => new Promise(() => {});

async function observed(job: KeptJob, afterMs = 0) {
  engine.offer(job);
  await host.clock.advance(afterMs);
  expect(job.observations).toHaveLength(1);
  return job.observations[0];
}

describe('the shadow engine', () => {
  it('reports a match with the times of both sides', async () => {
    expect(await observed(jobWith({ run: async () => ok(1, 7) }))).toEqual({
      position: { epoch: 1, step: 1, legacyBuild: 'l1', candidateBuild: 'c1' },
      stratum: '',
      served: 'legacy',
      verdict: 'match',
      isCritical: false,
      legacyMs: 4,
      candidateMs: 7,
      findings: [],
      noise: null,
      pair: null,
      request: null,
    });
  });

  it('starts nothing before the turn of the caller has ended', async () => {
    const job = jobWith();
    engine.offer(job);
    await Promise.resolve();
    expect(job.runs).toEqual([]);
    await host.clock.advance(0);
    expect(job.runs).toEqual(['candidate']);
  });

  it('runs and compares legacy when the candidate served', async () => {
    const job = jobWith({ served: 'candidate', answer: ok(2, 4), run: async () => ok(1, 9) });
    const compare = vi.spyOn(job, 'compare');
    expect(await observed(job)).toMatchObject({ verdict: 'mismatch', legacyMs: 9, candidateMs: 4 });
    expect(job.runs).toEqual(['legacy']);
    expect(compare).toHaveBeenCalledWith(ok(1, 9), ok(2, 4));
  });

  it.each([
    { title: 'another answer', end: ok(2), verdict: 'mismatch', candidateMs: 1 },
    { title: 'a failure', end: failed('no'), verdict: 'candidate_error', candidateMs: null },
  ])('reports $verdict with its findings for $title', async ({ end, verdict, candidateMs }) => {
    const seen = await observed(jobWith({ run: async () => end }));
    expect(seen).toMatchObject({ verdict, candidateMs, legacyMs: 4 });
    expect(seen?.findings).toHaveLength(1);
  });

  it('says nothing of how long a failure took', async () => {
    const seen = await observed(jobWith({ answer: failed('no', 4), run: async () => ok(1, 7) }));
    expect(seen).toMatchObject({ verdict: 'legacy_error', legacyMs: null, candidateMs: 7 });
  });

  it('does not run what was offered within the context of the request', async () => {
    const request = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    const note = (): void => void seen.push(request.getStore());
    const job = jobWith({
      run: async () => {
        note();
        await Promise.resolve();
        note();
        return ok(2);
      },
      compare: () => {
        note();
        return { result: 'equal', findings: [] };
      },
      report: note,
    });
    request.run('request 7', () => engine.offer(job));
    await host.clock.advance(0);
    expect(seen).toEqual([undefined, undefined, undefined, undefined]);
  });
});

describe('limits on a guest', () => {
  it('runs no more at once than it may, and the rest in the order of arrival', async () => {
    limits = { ...limits, concurrency: 2 };
    const ends = [1, 2, 3].map(() => deferred<Outcome<unknown>>());
    const jobs = ends.map(({ promise }) => jobWith({ run: () => promise }));
    for (const job of jobs) engine.offer(job);
    await host.clock.advance(0);
    expect(jobs.map((job) => job.runs.length)).toEqual([1, 1, 0]);
    ends[1]?.resolve(ok(1));
    await host.clock.advance(0);
    expect(jobs.map((job) => job.runs.length)).toEqual([1, 1, 1]);
    expect(engine.counters()).toMatchObject({ running: 2, queued: 0 });
  });

  it('sheds and counts what finds the queue full: half of the shadows shed are half of the counts', async () => {
    limits = { ...limits, queueMax: 50 };
    const jobs = Array.from({ length: 100 }, () => jobWith());
    for (const job of jobs) engine.offer(job);
    await host.clock.advance(0);
    expect(jobs.map((job) => job.observations.length)).toEqual(jobs.map(() => 1));
    const { verdicts, shed } = engine.counters();
    expect(verdicts).toMatchObject({ match: 50, shed: 50 });
    expect(shed['queue-full']).toBe(50);
  });

  it('follows limits that change under way', async () => {
    limits = { ...limits, queueMax: 0 };
    expect(engine.refusal()).toBe('queue-full');
    limits = { ...limits, queueMax: 1 };
    expect(engine.refusal()).toBeNull();
  });

  it('asks for a further reason not to run, and sheds with it', async () => {
    let because: ShedReason | null = 'hanging';
    engine = new ShadowEngine({ host, limits: () => limits, refuse: () => because });
    expect(await observed(jobWith())).toMatchObject({ verdict: 'shed' });
    expect(engine.counters().shed.hanging).toBe(1);
    because = null;
    expect(await observed(jobWith())).toMatchObject({ verdict: 'match' });
  });

  it('sheds when the further reason cannot be asked for', async () => {
    const refuse = (): never => {
      throw new Error('broken gauge');
    };
    engine = new ShadowEngine({ host, limits: () => limits, refuse });
    expect(await observed(jobWith())).toMatchObject({ verdict: 'shed' });
    expect(engine.counters()).toMatchObject({ faults: 1 });
  });

  it('asks again before each start: what ran first may be the reason', async () => {
    limits = { ...limits, concurrency: 4 };
    let because: ShedReason | null = null;
    engine = new ShadowEngine({ host, limits: () => limits, refuse: () => because });
    const blocking = jobWith({
      run: async () => {
        because = 'blocking';
        return ok(1);
      },
    });
    const [next, last] = [jobWith(), jobWith()];
    for (const job of [blocking, next, last]) engine.offer(job);
    await host.clock.advance(0);
    expect([next.runs, last.runs]).toEqual([[], []]);
    expect(engine.counters()).toMatchObject({ verdicts: { match: 1, shed: 2 } });
    expect(engine.counters().shed.blocking).toBe(2);
  });

  it('frees the place of a candidate that never settles, and reports a timeout', async () => {
    limits = { ...limits, concurrency: 1 };
    const [hanging, next] = [jobWith({ run: never }), jobWith()];
    engine.offer(hanging);
    engine.offer(next);
    await host.clock.advance(99);
    expect([hanging.observations.length, next.runs.length]).toEqual([0, 0]);
    await host.clock.advance(1);
    expect(hanging.observations[0]).toMatchObject({ verdict: 'timeout', candidateMs: null });
    expect(next.observations[0]).toMatchObject({ verdict: 'match' });
    expect(engine.counters()).toMatchObject({ strays: 1, running: 0 });
  });

  it('tells a candidate that its time is up', async () => {
    const job = jobWith({ run: never });
    engine.offer(job);
    await host.clock.advance(99);
    expect(job.signals[0]?.aborted).toBe(false);
    await host.clock.advance(1);
    expect(job.signals[0]?.reason).toMatchObject({ name: 'TimeoutError' });
  });

  it.each([
    { how: 'answers', end: (late: PromiseWithResolvers<Outcome<unknown>>) => late.resolve(ok(2)) },
    {
      how: 'rejects',
      end: (late: PromiseWithResolvers<Outcome<unknown>>) => late.reject(new Error('late')),
    },
    {
      how: 'rejects with undefined',
      end: (late: PromiseWithResolvers<Outcome<unknown>>) => late.reject(),
    },
  ])('takes no notice of a run that $how after its time was up', async ({ end }) => {
    const late = deferred<Outcome<unknown>>();
    const job = jobWith({ run: () => late.promise });
    await observed(job, 100);
    end(late);
    await host.clock.advance(0);
    expect(job.observations).toHaveLength(1);
    expect(engine.counters()).toMatchObject({ strays: 0 });
  });

  it('stops adding to runs that never end, then tries once in ten seconds whether they do', async () => {
    limits = { ...limits, concurrency: 1 };
    const offerAndWait = async (): Promise<void> => {
      engine.offer(jobWith({ run: never }));
      await host.clock.advance(100);
    };
    for (let i = 0; i < 8; i += 1) await offerAndWait();
    expect(engine.counters()).toMatchObject({ strays: 8 });
    await offerAndWait();
    expect(engine.counters()).toMatchObject({ strays: 8 });
    expect(engine.counters().shed.hanging).toBe(1);
    await host.clock.advance(10_000);
    await offerAndWait();
    expect(engine.counters()).toMatchObject({ strays: 9 });
    expect(engine.refusal()).toBe('hanging');
  });

  it('runs shadows again once the runs that hung have ended', async () => {
    limits = { ...limits, concurrency: 1 };
    const late = deferred<Outcome<unknown>>();
    for (let i = 0; i < 8; i += 1) {
      engine.offer(jobWith({ run: () => late.promise }));
      await host.clock.advance(100);
    }
    expect(engine.refusal()).toBe('hanging');
    late.resolve(ok(1));
    await host.clock.advance(0);
    expect(engine.refusal()).toBeNull();
  });

  it('leaves no timer behind when a run ends in time', async () => {
    await observed(jobWith());
    expect(host.clock.pending).toBe(0);
  });
});

describe('a fault of ours, or of what was given to us', () => {
  const broken = (): never => {
    throw new Error('broken');
  };

  it.each([
    { what: 'a run that throws', over: { run: broken } },
    { what: 'a run that rejects', over: { run: () => Promise.reject(new Error('broken')) } },
    { what: 'a run that rejects with undefined', over: { run: () => Promise.reject() } },
    { what: 'a run that returns no promise', over: { run: (() => 7) as never } },
    { what: 'a comparison that throws', over: { compare: broken } },
    {
      what: 'a run that returns a thenable which throws',
      over: { run: () => thenable(broken) as never },
    },
  ])('sheds and counts $what', async ({ over }) => {
    expect(await observed(jobWith(over))).toMatchObject({ verdict: 'shed', findings: [] });
    expect(engine.counters()).toMatchObject({ faults: 1, running: 0 });
    expect(engine.counters().shed.fault).toBe(1);
  });

  it('is not counted twice when a thenable answers and then throws', async () => {
    const then = (answer: (outcome: Outcome<unknown>) => void): never => {
      answer(ok(1));
      answer(ok(2));
      throw new Error('broken');
    };
    const run = () => thenable(then) as never;
    expect(await observed(jobWith({ run }))).toMatchObject({ verdict: 'match' });
    expect(engine.counters()).toMatchObject({ faults: 0 });
  });

  it('does not hide a candidate that failed from a comparison that cannot name it', async () => {
    const job = jobWith({ run: async () => failed('no'), compare: broken });
    expect(await observed(job)).toMatchObject({ verdict: 'candidate_error' });
    expect(engine.counters()).toMatchObject({ faults: 1 });
  });

  it('is kept from the caller and from other jobs when the report throws', async () => {
    engine.offer(jobWith({ report: broken }));
    await host.clock.advance(0);
    expect(engine.counters()).toMatchObject({ faults: 1, running: 0 });
    expect(await observed(jobWith())).toMatchObject({ verdict: 'match' });
  });

  it('is never thrown at whoever offers a job', () => {
    const unreadable = jobWith({ report: broken });
    limits = { ...limits, queueMax: 0 };
    expect(() => engine.offer(unreadable)).not.toThrow();
    expect(engine.counters()).toMatchObject({ faults: 1 });
  });
});

describe('critical differences', () => {
  it('are asked for when the sides differ, with the findings', async () => {
    const isCritical = vi.fn(() => true);
    const seen = await observed(jobWith({ run: async () => ok(2), isCritical }));
    expect(seen).toMatchObject({ verdict: 'mismatch', isCritical: true });
    expect(isCritical).toHaveBeenCalledExactlyOnceWith([finding('value')]);
  });

  it('do not exist among matches, timeouts and what was shed', async () => {
    const isCritical = vi.fn(() => true);
    await observed(jobWith({ isCritical }));
    await observed(jobWith({ isCritical, run: never }), 100);
    limits = { ...limits, queueMax: 0 };
    expect(await observed(jobWith({ isCritical }))).toMatchObject({ isCritical: false });
    expect(isCritical).not.toHaveBeenCalled();
  });

  it('are assumed when the question cannot be answered', async () => {
    const isCritical = (): never => {
      throw new Error('broken');
    };
    const seen = await observed(jobWith({ run: async () => ok(2), isCritical }));
    expect(seen).toMatchObject({ isCritical: true });
    expect(engine.counters()).toMatchObject({ faults: 1 });
  });
});

describe('the second look at a difference', () => {
  beforeEach(() => {
    limits = { ...limits, recheckAfterMs: 250 };
  });

  /** A job on which the candidate answers these values one after the other, and legacy always 1. */
  const answering = (...values: unknown[]): KeptJob =>
    jobWith({
      canRerun: true,
      run: async (side) => ok(side === 'legacy' ? 1 : values.shift(), 9),
    });

  it('runs both sides once more after the pause, and confirms what repeats', async () => {
    const job = answering(2, 3);
    engine.offer(job);
    await host.clock.advance(249);
    expect(job.runs).toEqual(['candidate']);
    expect(engine.counters()).toMatchObject({ pausing: 1, running: 0 });
    await host.clock.advance(1);
    expect(job.runs).toEqual(['candidate', 'legacy', 'candidate']);
    expect(job.observations).toMatchObject([{ verdict: 'mismatch', legacyMs: 4, candidateMs: 9 }]);
    expect(job.observations[0]?.findings).toEqual([finding('value')]);
  });

  it('calls transient what does not repeat', async () => {
    expect(await observed(answering(2, 1), 250)).toMatchObject({
      verdict: 'transient',
      findings: [],
    });
  });

  it.each([
    { title: 'the job cannot be run again', canRerun: false, recheckAfterMs: 250 },
    { title: 'the policy wants none', canRerun: true, recheckAfterMs: 0 },
  ])('is left out when $title', async ({ canRerun, recheckAfterMs }) => {
    limits = { ...limits, recheckAfterMs };
    const job = jobWith({ canRerun, run: async () => ok(2) });
    expect(await observed(job)).toMatchObject({ verdict: 'mismatch' });
    expect(job.runs).toEqual(['candidate']);
  });

  it('lets the first one stand when it cannot be finished', async () => {
    const values = [ok(2)];
    const run = () => (values.length > 0 ? Promise.resolve(values.pop() as never) : never());
    expect(await observed(jobWith({ canRerun: true, run }), 350)).toMatchObject({
      verdict: 'mismatch',
    });
  });

  it('never turns differences into nothing when there is no room to wait', async () => {
    limits = { ...limits, queueMax: 3, concurrency: 3 };
    const jobs = [1, 2, 3].map(() => answering(2, 1));
    for (const job of jobs) engine.offer(job);
    await host.clock.advance(0);
    limits = { ...limits, queueMax: 2 };
    const more = answering(2, 1);
    engine.offer(more);
    expect(more.observations).toMatchObject([{ verdict: 'shed' }]);
    await host.clock.advance(250);
    expect(jobs.map((job) => job.observations[0]?.verdict)).toEqual(Array(3).fill('transient'));
  });

  it('counts a difference as it is when the queue has filled meanwhile', async () => {
    limits = { ...limits, queueMax: 1, concurrency: 1 };
    const end = deferred<Outcome<unknown>>();
    const job = jobWith({ canRerun: true, run: () => end.promise });
    engine.offer(job);
    await host.clock.advance(0);
    engine.offer(jobWith());
    end.resolve(ok(2));
    await host.clock.advance(0);
    expect(job.observations).toMatchObject([{ verdict: 'mismatch' }]);
  });
});

describe('legacy against itself', () => {
  beforeEach(() => {
    limits = { ...limits, noiseSample: 1 };
  });

  /** A job on which legacy answers these values one after the other, and the candidate always 1. */
  const saying = (...values: unknown[]): KeptJob =>
    jobWith({
      canRerun: true,
      run: async (side) => ok(side === 'legacy' ? values.shift() : 1),
    });

  it('is compared on a run that is chosen for it, beside the candidate', async () => {
    const job = saying(1);
    expect(await observed(job)).toMatchObject({
      verdict: 'match',
      noise: { differs: false, findings: [] },
    });
    expect(job.runs).toEqual(['candidate', 'legacy']);
  });

  it('says what differs under names of its own', async () => {
    const other = finding('own');
    const compareNoise = (): Judgement => ({ result: 'different', findings: [other] });
    expect(await observed({ ...saying(2), compareNoise })).toMatchObject({
      verdict: 'match',
      noise: { differs: true, findings: [other] },
    });
  });

  it('is compared with a second run where the candidate served', async () => {
    const job = jobWith({
      canRerun: true,
      served: 'candidate',
      answer: ok(1),
      run: async () => ok(1),
    });
    expect(await observed(job)).toMatchObject({ noise: { differs: false } });
    expect(job.runs).toEqual(['legacy', 'legacy']);
  });

  it('is looked at twice, as the candidate is: what does not repeat is no noise', async () => {
    limits = { ...limits, recheckAfterMs: 250 };
    expect(await observed(saying(2, 1, 1), 250)).toMatchObject({
      verdict: 'match',
      noise: { differs: false },
    });
    expect(await observed(saying(2, 1, 2), 250)).toMatchObject({
      verdict: 'match',
      noise: { differs: true },
    });
  });

  it('does not change what the candidate is found to be', async () => {
    const run = async (side: Side): Promise<Outcome<unknown>> => ok(side === 'legacy' ? 1 : 2);
    expect(await observed(jobWith({ canRerun: true, run }))).toMatchObject({
      verdict: 'mismatch',
      noise: { differs: false },
    });
  });

  it('that fails where it answered before is noise, and one that does not end is none', async () => {
    const failing = jobWith({
      canRerun: true,
      run: async (side) => (side === 'legacy' ? failed('down') : ok(1)),
    });
    expect(await observed(failing)).toMatchObject({ verdict: 'match', noise: { differs: true } });
    const hanging = jobWith({
      canRerun: true,
      run: (side) => (side === 'legacy' ? never() : Promise.resolve(ok(1))),
    });
    expect(await observed(hanging, 100)).toMatchObject({ verdict: 'match', noise: null });
  });

  it('is never run for what writes', async () => {
    const job = jobWith({ canRerun: false });
    expect(await observed(job)).toMatchObject({ noise: null });
    expect(job.runs).toEqual(['candidate']);
  });

  it('is run on about as many runs as the policy says', async () => {
    limits = { ...limits, noiseSample: 0.02, queueMax: 20_000 };
    const jobs = Array.from({ length: 10_000 }, () => saying(1));
    for (const job of jobs) engine.offer(job);
    await host.clock.advance(100);
    const chosen = jobs.filter((job) => job.observations[0]?.noise !== null).length;
    // 200 are expected; outside of five standard deviations it would not be chance.
    expect(Math.abs(chosen - 200)).toBeLessThan(70);
  });
});

describe('a pair that differs', () => {
  const pair: KeptPair = { request: null, format: 'json', legacy: '1', candidate: '2' };

  it('is handed in as both sides ended at the look that counts', async () => {
    limits = { ...limits, recheckAfterMs: 250 };
    const values = [2, 3];
    const asked: unknown[] = [];
    const job = jobWith({
      canRerun: true,
      run: async (side) => ok(side === 'legacy' ? 1 : values.shift()),
      pair: (legacy, candidate, findings) => {
        asked.push(legacy, candidate, findings);
        return pair;
      },
    });
    expect(await observed(job, 250)).toMatchObject({ verdict: 'mismatch', pair });
    expect(asked).toEqual([ok(1), ok(3), [finding('value')]]);
  });

  it('is not asked for when nothing differs', async () => {
    const job = jobWith({ pair: () => pair });
    expect(await observed(job)).toMatchObject({ verdict: 'match', pair: null });
  });

  it('is given up, and counted as a fault, when making it fails', async () => {
    const job = jobWith({
      run: async () => ok(2),
      pair: () => {
        throw new Error('no');
      },
    });
    expect(await observed(job)).toMatchObject({ verdict: 'mismatch', pair: null });
    expect(engine.counters().faults).toBe(1);
  });
});

describe('the end of an engine', () => {
  it('is awaited by whoever wants everything compared, and keeps the process alive until then', async () => {
    const job = jobWith({ run: never });
    engine.offer(job);
    const settled = engine.settled();
    expect(host.held).toBe(1);
    await host.clock.advance(100);
    await settled;
    expect(job.observations).toHaveLength(1);
    expect(host.held).toBe(0);
  });

  it('needs no waiting when there is nothing to do', async () => {
    await engine.settled();
    expect(host.held).toBe(0);
  });

  it('lets what is there finish, and takes nothing more', async () => {
    const job = jobWith();
    engine.offer(job);
    const closed = engine.close({ withinMs: 1_000 });
    const late = jobWith();
    engine.offer(late);
    await host.clock.advance(0);
    await closed;
    expect(job.observations).toMatchObject([{ verdict: 'match' }]);
    expect(late.observations).toMatchObject([{ verdict: 'shed' }]);
    expect(host.clock.pending).toBe(0);
  });

  it('comes within its bound: what runs is aborted, what waits is shed, differences count as they are', async () => {
    limits = { ...limits, concurrency: 1, timeoutMs: 10_000, recheckAfterMs: 5_000 };
    const differing = jobWith({ canRerun: true, run: async () => ok(2) });
    engine.offer(differing);
    await host.clock.advance(0);
    const [running, waiting] = [jobWith({ run: never }), jobWith()];
    engine.offer(running);
    engine.offer(waiting);
    await host.clock.advance(0);
    const closed = engine.close({ withinMs: 50 });
    await host.clock.advance(50);
    await closed;
    expect(differing.observations).toMatchObject([{ verdict: 'mismatch' }]);
    expect(running.observations).toMatchObject([{ verdict: 'shed' }]);
    expect(running.signals[0]?.reason).toMatchObject({ name: 'AbortError' });
    expect(waiting.observations).toMatchObject([{ verdict: 'shed' }]);
    expect(waiting.runs).toEqual([]);
    expect(engine.counters().shed.closing).toBe(2);
    expect(host.clock.pending).toBe(0);
  });
});

describe('an engine that is halted', () => {
  it('aborts what runs, sheds what waits, and takes nothing more, all for the reason given', async () => {
    limits = { ...limits, concurrency: 1 };
    const [running, waiting, late] = [jobWith({ run: never }), jobWith(), jobWith()];
    engine.offer(running);
    engine.offer(waiting);
    await host.clock.advance(0);
    engine.halt('stopped');
    engine.offer(late);
    await host.clock.advance(0);
    for (const job of [running, waiting, late]) {
      expect(job.observations).toMatchObject([{ verdict: 'shed', findings: [] }]);
    }
    expect(running.signals[0]?.reason).toMatchObject({ name: 'AbortError' });
    expect([waiting.runs, late.runs]).toEqual([[], []]);
    expect(engine.counters().shed.stopped).toBe(3);
    expect(engine.refusal()).toBe('stopped');
  });

  it('stops the very run that halts it, before its first wait or after', async () => {
    const halting = (isLate: boolean) =>
      jobWith({
        run: async () => {
          if (isLate) await Promise.resolve();
          engine.halt('stopped');
          return ok(2);
        },
      });
    expect(await observed(halting(false))).toMatchObject({ verdict: 'shed' });
    engine = new ShadowEngine({ host, limits: () => limits });
    expect(await observed(halting(true))).toMatchObject({ verdict: 'shed' });
    expect(engine.counters()).toMatchObject({ running: 0, strays: 0 });
  });

  it('counts a difference that waits for its second look as what it is', async () => {
    limits = { ...limits, recheckAfterMs: 250 };
    const job = jobWith({ canRerun: true, run: async () => ok(2) });
    engine.offer(job);
    await host.clock.advance(0);
    engine.halt('stopped');
    expect(job.observations).toMatchObject([{ verdict: 'mismatch' }]);
    expect(host.clock.pending).toBe(0);
  });

  it.each<{ readonly title: string; readonly end: () => Promise<void> }>([
    { title: 'it is refused', end: () => host.clock.advance(250) },
    {
      title: 'everything stops',
      end: async () => {
        engine.halt('stopped');
        await engine.settled();
      },
    },
    { title: 'there is no time left', end: () => engine.close({ withinMs: 0 }) },
  ])(
    'excuses a difference that is nobody’s without a second look, when $title',
    async ({ end }) => {
      let refusal: ShedReason | null = null;
      engine = new ShadowEngine({ host, limits: () => limits, refuse: () => refusal });
      limits = { ...limits, recheckAfterMs: 250 };
      const excuse = vi.fn<NonNullable<KeptJob['excuse']>>(() => Promise.resolve('fenced'));
      const excused = Object.assign(jobWith({ canRerun: true, run: async () => ok(2) }), {
        excuse,
      });
      const other = jobWith({ canRerun: true, run: async () => ok(2) });
      engine.offer(excused);
      engine.offer(other);
      await host.clock.advance(0);
      refusal = 'cpu';
      await Promise.all([end(), host.clock.advance(1)]);
      expect(excused.observations).toMatchObject([{ verdict: 'shed' }]);
      expect(excuse).toHaveBeenCalledWith('first');
      expect(other.observations).toMatchObject([{ verdict: 'mismatch' }]);
      expect(engine.counters().running).toBe(0);
    },
  );
});
