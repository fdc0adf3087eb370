import { SeededRandom, SimClock } from '@falsework/testkit';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Arrived, refused, type Served, simulated } from '../../test/simulated.ts';
import { fullJitter } from './backoff.ts';
import { RetryBudget } from './retry-budget.ts';

afterEach(() => {
  vi.unstubAllGlobals();
});

const RUNS = { numRuns: 200 };

/** What a server may do with one request. */
const served = fc.constantFrom('fine', 'busy', 'slow down', 'gone', 'refused', 'reset', 'bad');

function serve(deed: string | undefined): Served {
  if (deed === 'busy') return new Response(null, { status: 503 });
  if (deed === 'slow down') {
    return new Response(null, { status: 429, headers: { 'retry-after': '1' } });
  }
  if (deed === 'gone') return new Response(null, { status: 410 });
  if (deed === 'refused') return refused();
  if (deed === 'reset') return refused('ECONNRESET');
  if (deed === 'bad') return refused('CERT_HAS_EXPIRED');
  return new Response(null, { status: 200 });
}

const oneCall = fc.record({
  method: fc.constantFrom('GET', 'PUT', 'POST', 'PATCH', 'DELETE'),
  keys: fc.constantFrom('unsafe' as const, 'given' as const, 'always' as const),
  ownKey: fc.option(fc.constant('own'), { nil: undefined }),
  deeds: fc.array(served, { maxLength: 6 }),
  seed: fc.integer(),
});

/** Runs one such call to its end, and gives what the server saw. */
async function run(
  one: typeof oneCall extends fc.Arbitrary<infer T> ? T : never,
): Promise<Arrived[]> {
  const { call, arrived, settle } = simulated(
    (_, nth) => serve(one.deeds[nth - 1]),
    { keys: one.keys },
    one.seed,
  );
  const falsework = one.ownKey === undefined ? {} : { idempotencyKey: one.ownKey };
  const body = one.method === 'GET' ? null : 'the same';
  await settle(call('http://a.test/', { method: one.method, body, falsework })).catch(
    () => 'failed',
  );
  return arrived;
}

describe('every call, whatever the server does', () => {
  it('carries one key, or none, on all of its tries, and one body', async () => {
    await fc.assert(
      fc.asyncProperty(oneCall, async (one) => {
        const arrived = await run(one);
        const keys = new Set(arrived.map(({ headers }) => headers.get('idempotency-key')));
        const bodies = new Set(arrived.map(({ body }) => body));
        expect([keys.size, bodies.size]).toEqual([1, 1]);
        if (one.ownKey !== undefined) expect(keys).toEqual(new Set(['own']));
      }),
      RUNS,
    );
  });

  it('is sent again only when that is safe, and only after what can pass', async () => {
    await fc.assert(
      fc.asyncProperty(oneCall, async (one) => {
        const arrived = await run(one);
        const again = arrived.length - 1;
        for (const deed of one.deeds.slice(0, again)) {
          expect(['busy', 'slow down', 'refused', 'reset']).toContain(deed);
        }
        const hasKey = arrived[0]?.headers.has('idempotency-key') === true;
        if (!hasKey && ['POST', 'PATCH'].includes(one.method)) expect(again).toBe(0);
        expect(again).toBeLessThan(4);
      }),
      RUNS,
    );
  });

  it('waits within the bounds of full jitter, on top of what the server asked for', async () => {
    await fc.assert(
      fc.asyncProperty(oneCall, async (one) => {
        const arrived = await run(one);
        for (const [at, { atMs }] of arrived.entries()) {
          const before = arrived[at - 1];
          if (before === undefined) continue;
          const askedMs = one.deeds[at - 1] === 'slow down' ? 1_000 : 0;
          const waitedMs = atMs - before.atMs;
          expect(waitedMs).toBeGreaterThanOrEqual(askedMs);
          expect(waitedMs).toBeLessThanOrEqual(askedMs + 100 * 2 ** (at - 1) + 0.001);
        }
      }),
      RUNS,
    );
  });
});

describe('jitter', () => {
  it('never leaves its bounds, and fills them evenly', () => {
    const random = new SeededRandom(7);
    const start = fullJitter({ firstMs: 100, capMs: 1_000 }, random);
    const shares: number[] = [];
    for (let call = 0; call < 2_000; call += 1) {
      let wait = start();
      for (let nth = 0; nth < 6; nth += 1) {
        const boundMs = Math.min(1_000, 100 * 2 ** nth);
        expect(wait.duration).toBeGreaterThanOrEqual(0);
        expect(wait.duration).toBeLessThan(boundMs);
        shares.push(wait.duration / boundMs);
        wait = wait.next(undefined);
      }
    }
    const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length;
    const tenths = Array.from(
      { length: 10 },
      (_, tenth) => shares.filter((share) => Math.floor(share * 10) === tenth).length,
    );
    // 12,000 draws: a tenth holds 1,200, give or take 33; five of these is never seen by chance.
    expect(mean).toBeCloseTo(0.5, 1);
    for (const tenth of tenths) expect(Math.abs(tenth - 1_200)).toBeLessThan(165);
  });
});

describe('the budget', () => {
  const events = fc.array(
    fc.oneof(
      fc.constant('call' as const),
      fc.constant('retry' as const),
      fc.record({ afterMs: fc.integer({ min: 0, max: 20_000 }) }),
    ),
    { maxLength: 400 },
  );
  const limits = fc.record({
    ratio: fc.constantFrom(0, 0.1, 0.25, 1),
    perSecond: fc.constantFrom(0, 0.5, 1, 10),
    burst: fc.integer({ min: 0, max: 20 }),
  });

  it('is never exceeded: in any span, at most its share of calls, of seconds, and what was saved', async () => {
    await fc.assert(
      fc.asyncProperty(limits, events, async (limit, list) => {
        const clock = new SimClock();
        const budget = new RetryBudget({ ...limit, clock });
        const marks: { calls: number; retries: number; atMs: number }[] = [];
        let calls = 0;
        let retries = 0;
        for (const event of list) {
          marks.push({ calls, retries, atMs: clock.monotonicMs() });
          if (event === 'call') {
            calls += 1;
            budget.earn();
          } else if (event === 'retry') retries += budget.spend() ? 1 : 0;
          else await clock.advance(event.afterMs);
        }
        for (const from of marks) {
          const seconds = (clock.monotonicMs() - from.atMs) / 1_000;
          const earned = limit.ratio * (calls - from.calls) + limit.perSecond * seconds;
          expect(retries - from.retries).toBeLessThanOrEqual(earned + limit.burst + 1e-6);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('lets through what it allows: one call in ten, and one a second', async () => {
    const clock = new SimClock();
    const budget = new RetryBudget({ ratio: 0.1, perSecond: 0, burst: 5, clock });
    while (budget.spend());
    let retries = 0;
    for (let call = 0; call < 1_000; call += 1) {
      budget.earn();
      if (budget.spend()) retries += 1;
    }
    expect(retries).toBe(100);
    const timed = new RetryBudget({ ratio: 0, perSecond: 1, burst: 5, clock });
    while (timed.spend());
    await clock.advance(3_000);
    expect(timed.left).toBe(3);
  });

  it('holds over a whole outage: a thousand calls bring a hundred and some retries, not three thousand', async () => {
    const { call, arrived, settle, clock } = simulated(() => new Response(null, { status: 503 }));
    for (let at = 0; at < 1_000; at += 1) await settle(call('http://a.test/'));
    const retries = arrived.length - 1_000;
    const seconds = clock.monotonicMs() / 1_000;
    expect(retries).toBeLessThanOrEqual(1_000 * 0.1 + seconds + 10);
    expect(retries).toBeGreaterThan(90);
  });
});
