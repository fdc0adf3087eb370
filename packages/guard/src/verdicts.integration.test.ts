import { describe, expect, it } from 'vitest';
import {
  guardBetween,
  httpService,
  type Service,
  snapshotWith,
  tcpService,
  until,
} from '../test/fixtures.ts';
import { type GuardOptions, type RouteReport, reportText } from './main.ts';

type Behaviour = number | 'drop' | 'hang';

/**
 * Answers every path but that of the health check in one way, after a first answer that is right.
 */
async function service(behaviour: Behaviour, body = '{}'): Promise<Service> {
  let asked = 0;
  return httpService((request, response) => {
    if (request.url === '/') {
      response.end();
      return;
    }
    asked += 1;
    if (typeof behaviour === 'number' || asked === 1) {
      response.writeHead(typeof behaviour === 'number' ? behaviour : 200, {
        'Content-Type': 'application/json',
      });
      response.end(body);
      return;
    }
    if (behaviour === 'drop') request.socket.destroy();
  });
}

async function verdictsOf(
  legacy: Service,
  candidate: Service,
  options: Partial<GuardOptions> = {},
): Promise<RouteReport> {
  const guard = await guardBetween(legacy, candidate, {
    snapshot: snapshotWith({ shadow: { timeoutMs: 100 } }),
    ...options,
  });
  for (let i = 0; i < 4; i += 1) {
    await fetch(`${guard.url}/a`).then(
      (answer) => answer.text(),
      () => '',
    );
  }
  await guard.settled();
  const [route] = guard.report().routes;
  if (route === undefined) throw new Error('Nothing was compared.');
  return route;
}

describe('the verdict on a pair', () => {
  it.each<[Behaviour, Behaviour, string]>([
    [200, 200, 'match'],
    [404, 404, 'match'],
    [200, 404, 'mismatch'],
    [404, 200, 'mismatch'],
    [200, 201, 'mismatch'],
    [200, 500, 'candidate_error'],
    [404, 503, 'candidate_error'],
    [200, 'drop', 'candidate_error'],
    [200, 'hang', 'timeout'],
    [500, 200, 'legacy_error'],
    [503, 404, 'legacy_error'],
    ['drop', 200, 'legacy_error'],
    [500, 500, 'both_error'],
    ['drop', 'drop', 'both_error'],
    // Callers of the two sides would have got two different failures.
    [500, 503, 'mismatch'],
  ])('of %s and %s is %s', async (legacy, candidate, verdict) => {
    // A path that only ever answers 404 is no route, so it is declared.
    const { verdicts } = await verdictsOf(await service(legacy), await service(candidate), {
      routes: [
        {
          seam: 'GET /a',
          pattern: { method: 'GET', segments: [{ literal: 'a' }] },
          effects: 'none',
          sample: null,
          compare: [],
          key: null,
          stratum: null,
          critical: [],
          timeoutMs: null,
        },
      ],
    });
    const others = Object.entries(verdicts).filter(
      ([name, count]) => name !== verdict && count > 0,
    );
    // The first pair of a behaviour that begins well is a match, or an answer against a failure.
    expect(others.reduce((sum, [, count]) => sum + count, 0)).toBeLessThanOrEqual(1);
    expect(verdicts[verdict as keyof typeof verdicts]).toBeGreaterThanOrEqual(3);
  });

  it('is one for each request that was chosen, whatever became of it', async () => {
    const { verdicts, requests } = await verdictsOf(await service(200), await service('drop'));
    // The first request made the path known.
    const sum = Object.values(verdicts).reduce((total, count) => total + count, 0);
    expect(sum).toBe(requests - 1);
  });
});

describe('the share of requests that is compared', () => {
  it('is the one asked for, within chance', async () => {
    const guard = await guardBetween(await service(200), await service(200), {
      snapshot: snapshotWith({ shadow: { sample: 0.25, queueMax: 10_000 } }),
    });
    const calls = Array.from({ length: 8 }, async () => {
      for (let i = 0; i < 125; i += 1)
        await fetch(`${guard.url}/a`).then((answer) => answer.text());
    });
    await Promise.all(calls);
    await guard.settled();
    const { compared, requests } = guard.report().routes[0] ?? { compared: 0, requests: 0 };
    expect(requests).toBe(1_000);
    // Six standard deviations of a binomial share.
    expect(Math.abs(compared - 250)).toBeLessThan(6 * Math.sqrt(1_000 * 0.25 * 0.75));
  });

  it('is decided by the key where there is one: a caller is compared always or never', async () => {
    const guard = await guardBetween(await service(200), await service(200), {
      snapshot: snapshotWith({ shadow: { sample: 0.5 } }),
      key: { from: 'header', name: 'x-customer' },
    });
    await fetch(`${guard.url}/a`).then((answer) => answer.text());
    for (let i = 0; i < 20; i += 1) {
      const headers = { 'X-Customer': `customer-${i}` };
      const before = guard.report().compared;
      for (let j = 0; j < 3; j += 1)
        await fetch(`${guard.url}/a`, { headers }).then((answer) => answer.text());
      await guard.settled();
      expect([0, 3]).toContain(guard.report().compared - before);
    }
    expect(guard.report().compared).toBeGreaterThan(9);
    expect(guard.report().compared).toBeLessThan(51);
  });
});

describe('how long the sides took', () => {
  it('is measured for both, and a caller that reads slowly is not legacy’s slowness', async () => {
    const body = 'x'.repeat(900_000);
    const big = (): Promise<Service> =>
      httpService((_request, response) => {
        response.end(body);
      });
    const guard = await guardBetween(await big(), await big());
    const slowly = async (): Promise<void> => {
      const answer = await fetch(`${guard.url}/a`);
      const reader = answer.body?.getReader();
      await new Promise((resolve) => setTimeout(resolve, 400));
      for (let part = await reader?.read(); part?.done === false; part = await reader?.read()) {
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    await fetch(`${guard.url}/a`).then((answer) => answer.text());
    await slowly();
    await guard.settled();
    const { latency, compared } = guard.report().routes[0] ?? {};
    expect(compared).toBe(1);
    expect(latency?.legacy.p99Ms).toBeLessThan(350);
    expect(latency?.candidate.p99Ms).toBeGreaterThan(0);
  });
});

describe('a guard without control', () => {
  it('goes on serving and comparing when every report fails', async () => {
    const guard = await guardBetween(await service(200), await service(200), {
      link: { subscribe: () => () => {}, report: () => Promise.reject(new Error('away')) },
    });
    for (let i = 0; i < 5; i += 1) await fetch(`${guard.url}/a`).then((answer) => answer.text());
    await guard.settled();
    await guard.plane.flush();
    expect(guard.report().compared).toBe(4);
    expect(guard.plane.reportFailures).toBeGreaterThan(0);
  });
});

describe('a candidate whose connections are never accepted', () => {
  it('does not fill memory with shadows that wait for them', async () => {
    // Accepts at the system's door, and reads nothing ever.
    const deaf = await tcpService((socket) => socket.pause());
    const guard = await guardBetween(await service(200), deaf, {
      snapshot: snapshotWith({ shadow: { timeoutMs: 10, queueMax: 20 } }),
    });
    const shed = (): number => guard.report().routes[0]?.shed['not-answering'] ?? 0;
    let calls = 0;
    for (; calls < 5_000 && shed() < 100; calls += 1) {
      await fetch(`${guard.url}/a`).then((answer) => answer.text());
    }
    await guard.settled();
    const { verdicts } = guard.report().routes[0] ?? {};
    expect((verdicts?.timeout ?? 0) + (verdicts?.shed ?? 0)).toBe(calls - 1);
    expect(shed()).toBeGreaterThanOrEqual(100);
    expect(guard.report().capturedBytes).toBe(0);
  });
});

describe('a read', () => {
  it('is compared, or counted with its reason, however many come before the first answer', async () => {
    const held: (() => void)[] = [];
    const legacy = await httpService((request, response) => {
      const answer = (): void => void response.end('{}');
      if (request.url?.startsWith('/orders/') === true && held.length < 8) held.push(answer);
      else answer();
    });
    const guard = await guardBetween(legacy, await httpService((_q, a) => a.end('{}')));
    const calls = Array.from({ length: 8 }, (_, i) => fetch(`${guard.url}/orders/${i}`));
    await until(() => held.length === 8, 'all calls are under way');
    for (const answer of held) answer();
    for (const call of calls) await (await call).text();
    for (let i = 0; i < 20; i += 1) await (await fetch(`${guard.url}/orders/${i}`)).text();
    await guard.settled();
    const report = guard.report();
    expect(report).toMatchObject({ requests: 28, compared: 20, early: 8, shed: 0, timedOut: 0 });
    expect(reportText(report)).toContain('8 reads not compared: asked before the route was known');
  });

  it('is not counted as early where it would not have been chosen', async () => {
    const answering = (): Promise<Service> => httpService((_request, response) => response.end());
    const guard = await guardBetween(await answering(), await answering(), {
      snapshot: snapshotWith({ shadow: { sample: 0 } }),
    });
    for (let i = 0; i < 3; i += 1) await (await fetch(`${guard.url}/orders/${i}`)).text();
    expect(guard.report()).toMatchObject({ requests: 3, compared: 0, early: 0 });
  });
});
