import { isInShare } from '@falsework/core/routing';
import { describe, expect, it } from 'vitest';
import {
  bodyOf,
  FAULTS,
  guardBetween,
  httpService,
  jsonService,
  routeWith,
  ScriptedLink,
  type Service,
  snapshotWith,
  tcpService,
} from '../test/fixtures.ts';
import type { GuardOptions, RunningGuard } from './main.ts';

const NEVER = { rateOk: 1e-4, threshold: Number.MAX_VALUE };
const key = { from: 'header', name: 'x-customer' } as const;

/** Says which side it is, in the body. */
function namedService(name: string, answer: () => string = () => name): Promise<Service> {
  return httpService((request, response) => {
    void bodyOf(request).then(() => {
      response.writeHead(200, { 'Content-Type': 'text/plain' });
      response.end(answer());
    });
  });
}

async function migrating(
  stage: Parameters<typeof snapshotWith>[0],
  over: Partial<Omit<GuardOptions, 'legacy' | 'candidate'>> & {
    legacy?: Service;
    candidate?: Service;
  } = {},
): Promise<{ guard: RunningGuard; link: ScriptedLink }> {
  const { legacy, candidate, ...options } = over;
  // The two sides say different things on purpose; where that must not be noticed, no alarm goes
  // off.
  const snapshot = snapshotWith({ alarm: NEVER, ...stage });
  const link = new ScriptedLink();
  const guard = await guardBetween(
    legacy ?? (await namedService('legacy')),
    candidate ?? (await namedService('candidate')),
    { link, key, snapshot, ...options },
  );
  return { guard, link };
}

async function call(
  guard: RunningGuard,
  customer: string | null,
  init: RequestInit = {},
  path = '/orders/1',
): Promise<{ side: string | null; body: string; status: number }> {
  const headers = customer === null ? {} : { 'x-customer': customer };
  const answer = await fetch(`${guard.url}${path}`, { headers, ...init });
  return {
    side: answer.headers.get('falsework-side'),
    body: await answer.text(),
    status: answer.status,
  };
}

const customers = Array.from({ length: 40 }, (_, i) => `customer-${i}`);

describe('a share of the callers', () => {
  it('is served by the candidate, sticky by key, and each answer names its side', async () => {
    const { guard } = await migrating({ stage: 'shift', percent: 25 });
    for (const customer of [...customers, ...customers]) {
      const expected = isInShare('m', customer, 25) ? 'candidate' : 'legacy';
      expect(await call(guard, customer)).toEqual({ side: expected, body: expected, status: 200 });
    }
  });

  it('only grows: nobody who was moved is moved back by a step forward', async () => {
    const { guard, link } = await migrating({ stage: 'shift', percent: 5 });
    let moved = new Set<string>();
    for (const [i, percent] of [5, 25, 50, 75, 100].entries()) {
      link.push(
        snapshotWith({ alarm: NEVER, stage: 'shift', percent, version: i + 2, step: i + 2 }),
      );
      const now = new Set<string>();
      for (const customer of customers) {
        if ((await call(guard, customer)).side === 'candidate') now.add(customer);
      }
      for (const customer of moved) expect(now).toContain(customer);
      moved = now;
    }
    expect(moved.size).toBe(customers.length);
  });

  it('never includes a caller without a key before 100 %', async () => {
    const { guard, link } = await migrating({ stage: 'shift', percent: 99 });
    for (let i = 0; i < 10; i += 1) expect((await call(guard, null)).side).toBe('legacy');
    link.push(snapshotWith({ alarm: NEVER, stage: 'shift', percent: 100, version: 2 }));
    expect((await call(guard, null)).side).toBe('candidate');
  });

  it('takes an entity’s writes with its reads over a shared store, and leaves them over separate ones', async () => {
    const { guard, link } = await migrating({ stage: 'shift', percent: 50 });
    for (const customer of customers) {
      const read = await call(guard, customer);
      const write = await call(guard, customer, { method: 'POST', body: 'x' });
      expect(write.side).toBe(read.side);
    }
    link.push(
      snapshotWith({
        alarm: NEVER,
        stage: 'shift',
        percent: 100,
        version: 2,
        topology: 'separate',
      }),
    );
    expect((await call(guard, 'customer-1', { method: 'POST', body: 'x' })).side).toBe('legacy');
    expect((await call(guard, 'customer-1')).side).toBe('candidate');
  });

  it('goes by the key of the route, where that has one of its own', async () => {
    const { guard } = await migrating(
      { stage: 'shift', percent: 50 },
      { routes: [routeWith({ seam: 'GET /accounts/{id}', key: { from: 'path', name: 'id' } })] },
    );
    for (const customer of customers.slice(0, 10)) {
      const { side } = await call(guard, 'somebody-else', {}, `/accounts/${customer}`);
      expect(side).toBe(isInShare('m', customer, 50) ? 'candidate' : 'legacy');
    }
  });

  it('is compared with legacy, off the path', async () => {
    const { guard } = await migrating({ stage: 'shift', percent: 100 });
    for (let i = 0; i < 4; i += 1) await call(guard, 'a');
    await guard.settled();
    const [route] = guard.report().routes;
    expect(route).toMatchObject({ served: { legacy: 0, candidate: 4 } });
    expect(route?.causes).toMatchObject([
      { template: '(body)', legacy: 'legacy', candidate: 'candidate' },
    ]);
  });
});

describe('before control has spoken', () => {
  it('legacy serves everything, nothing is compared, and the answers say so', async () => {
    const { guard } = await migrating({ stage: 'inert' });
    expect(await call(guard, 'a')).toEqual({ side: 'legacy', body: 'legacy', status: 200 });
    expect(guard.report()).toMatchObject({ stage: 'inert', compared: 0 });
  });

  it('and without a migration answers are left untouched', async () => {
    const guard = await guardBetween(await namedService('legacy'), await namedService('candidate'));
    expect((await call(guard, 'a')).side).toBeNull();
  });
});

describe.each(Object.keys(FAULTS))('a read that a %s candidate should serve', (fault) => {
  it('is answered by legacy, and counted as the candidate’s failure', async () => {
    const candidate = await (FAULTS[fault] as () => Promise<Service>)();
    const { guard } = await migrating(
      { stage: 'shift', percent: 100 },
      { candidate, candidateTimeoutMs: 150 },
    );
    for (let i = 0; i < 3; i += 1) {
      expect(await call(guard, 'a')).toEqual({ side: 'legacy', body: 'legacy', status: 200 });
    }
    await guard.settled();
    const report = guard.report();
    expect(report).toMatchObject({
      requests: 3,
      fallbacks: 3,
      served: { legacy: 3, candidate: 3 },
      failed: { legacy: 0, candidate: 3 },
      faults: 0,
    });
    const { verdicts } = report.routes.find(({ seam }) => seam === 'GET /orders/{id}') ?? {};
    expect(verdicts).toMatchObject({ candidate_error: 2, match: 0 });
    expect(report.capturedBytes).toBe(0);
  });

  it('with a body is answered by legacy from the same body', async () => {
    const legacy = await httpService((request, response) => {
      void bodyOf(request).then((body) => response.end(`found ${body.length}`));
    });
    const candidate = await (FAULTS[fault] as () => Promise<Service>)();
    const { guard } = await migrating(
      { stage: 'shift', percent: 100 },
      {
        legacy,
        candidate,
        candidateTimeoutMs: 150,
        routes: [routeWith({ seam: 'POST /search', effects: 'none', sample: 0 })],
      },
    );
    const body = 'x'.repeat(300_000);
    expect(await call(guard, null, { method: 'POST', body }, '/search')).toEqual({
      side: 'legacy',
      body: 'found 300000',
      status: 200,
    });
    expect(guard.report().capturedBytes).toBe(0);
  });
});

describe('a read that the candidate serves', () => {
  it('is held back until it is whole, up to 256 KiB', async () => {
    const dropping = await tcpService((socket) => {
      socket.on('data', () => {
        socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 250000\r\n\r\n${'x'.repeat(249_999)}`);
        setTimeout(() => socket.destroy(), 20);
      });
    });
    const { guard } = await migrating({ stage: 'shift', percent: 100 }, { candidate: dropping });
    expect(await call(guard, null)).toEqual({ side: 'legacy', body: 'legacy', status: 200 });
  });

  it('streams when it is longer, and then breaks off as it does without a guard', async () => {
    const dropping = await tcpService((socket) => {
      socket.on('data', () => {
        socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 400000\r\n\r\n${'x'.repeat(300_000)}`);
        setTimeout(() => socket.destroy(), 50);
      });
    });
    const { guard } = await migrating({ stage: 'shift', percent: 100 }, { candidate: dropping });
    const answer = await fetch(guard.url);
    expect(answer.headers.get('falsework-side')).toBe('candidate');
    await expect(answer.text()).rejects.toThrow();
    expect(guard.report()).toMatchObject({ fallbacks: 0, failed: { candidate: 1 } });
  });

  it('reaches the caller whole when it is long, slow to begin with or not', async () => {
    const body = Buffer.alloc(3_000_000, 'ab');
    const candidate = await httpService((_request, response) => {
      response.writeHead(200, { 'Content-Length': body.length });
      response.end(body);
    });
    const { guard } = await migrating({ stage: 'shift', percent: 100 }, { candidate });
    const answer = await fetch(guard.url);
    expect(Buffer.from(await answer.arrayBuffer()).equals(body)).toBe(true);
  });

  it('is not held back where it is a stream of events', async () => {
    const candidate = await httpService((_request, response) => {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' });
      response.write('data: first\n\n');
    });
    const { guard } = await migrating(
      { stage: 'shift', percent: 100 },
      { candidate, candidateTimeoutMs: 200 },
    );
    const answer = await fetch(guard.url);
    const reader = answer.body?.getReader();
    const { value } = (await reader?.read()) ?? {};
    expect(Buffer.from(value ?? []).toString()).toBe('data: first\n\n');
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(guard.report().fallbacks).toBe(0);
    await reader?.cancel();
  });

  it('is not replaced by legacy’s answer where legacy is no longer kept equal', async () => {
    const candidate = await httpService((_request, response) => {
      response.writeHead(503);
      response.end('no');
    });
    const { guard } = await migrating({ stage: 'seal', percent: 100 }, { candidate });
    expect(await call(guard, null)).toEqual({ side: 'candidate', body: 'no', status: 503 });
  });

  it('names the candidate when that does not answer and legacy may not', async () => {
    const dead = await (FAULTS.dead as () => Promise<Service>)();
    const { guard } = await migrating({ stage: 'seal', percent: 100 }, { candidate: dead });
    const { status, side, body } = await call(guard, null);
    expect([status, side, JSON.parse(body).error.side]).toEqual([502, 'candidate', 'candidate']);
  });
});

describe('a write that the candidate serves', () => {
  it('is sent once, never to the other side, and its failure reaches its caller', async () => {
    let atLegacy = 0;
    let atCandidate = 0;
    const legacy = await httpService((request, response) => {
      if (request.method === 'POST') atLegacy += 1;
      response.end();
    });
    const candidate = await httpService((request, response) => {
      if (request.method === 'POST') atCandidate += 1;
      request.socket.destroy();
      response.destroy();
    });
    const { guard } = await migrating({ stage: 'shift', percent: 100 }, { legacy, candidate });
    const { status, side } = await call(guard, 'a', { method: 'POST', body: 'x' });
    expect([status, side]).toEqual([502, 'candidate']);
    expect([atLegacy, atCandidate]).toEqual([0, 1]);
    expect(guard.report()).toMatchObject({ failed: { legacy: 0, candidate: 1 }, fallbacks: 0 });
  });

  it('is never shadowed', async () => {
    let atLegacy = 0;
    const legacy = await httpService((request, response) => {
      if (request.method === 'POST') atLegacy += 1;
      response.end();
    });
    const { guard } = await migrating({ stage: 'shift', percent: 100 }, { legacy });
    for (let i = 0; i < 5; i += 1) await call(guard, 'a', { method: 'POST', body: 'x' });
    await guard.settled();
    expect(atLegacy).toBe(0);
  });
});

describe('a candidate that regresses', () => {
  it('loses its share by the guard’s own alarm, before control knows', async () => {
    let isBroken = false;
    const candidate = await httpService((request, response) => {
      void bodyOf(request).then(() => {
        response.writeHead(isBroken && request.url !== '/' ? 500 : 200);
        response.end('candidate');
      });
    });
    const { guard, link } = await migrating(
      { stage: 'shift', percent: 100, step: 4, alarm: { rateOk: 1e-3, threshold: 1e6 } },
      { candidate },
    );
    const write = { method: 'POST', body: 'x' };
    for (let i = 0; i < 20; i += 1) expect((await call(guard, 'a', write)).side).toBe('candidate');
    isBroken = true;
    let failures = 0;
    for (let i = 0; i < 50; i += 1) {
      if ((await call(guard, 'a', write)).status === 500) failures += 1;
    }
    expect(failures).toBeGreaterThan(0);
    expect(failures).toBeLessThan(10);
    expect((await call(guard, 'a', write)).side).toBe('legacy');
    expect((await call(guard, 'a')).side).toBe('legacy');
    await guard.plane.flush();
    expect(link.batches.at(-1)?.retreat).toMatchObject({ step: 4 });
    expect(guard.report().retreat?.because).toContain('callers of the candidate get errors');
  });

  it('loses its share for wrong answers too, and for one critical one at once', async () => {
    const candidate = await jsonService(() => ({ balance: 2 }));
    const legacy = await jsonService(() => ({ balance: 1 }));
    const { guard } = await migrating(
      { stage: 'shift', percent: 100 },
      { legacy, candidate, routes: [routeWith({ seam: 'GET /balance', critical: ['$.balance'] })] },
    );
    expect((await call(guard, null, {}, '/balance')).side).toBe('candidate');
    await guard.settled();
    expect((await call(guard, null, {}, '/balance')).side).toBe('legacy');
    expect(guard.report().retreat).toMatchObject({
      seam: 'GET /balance',
      because: 'a critical mismatch',
    });
  });

  it('has its share back with the next step that control takes', async () => {
    const legacy = await jsonService(() => ({ balance: 1 }));
    const candidate = await jsonService(() => ({ balance: 2 }));
    const routes = [routeWith({ seam: 'GET /balance', critical: true })];
    const { guard, link } = await migrating(
      { stage: 'shift', percent: 100 },
      { legacy, candidate, routes },
    );
    await call(guard, null, {}, '/balance');
    await guard.settled();
    link.push(snapshotWith({ alarm: NEVER, stage: 'shift', percent: 100, version: 2 }));
    expect((await call(guard, null, {}, '/balance')).side).toBe('legacy');
    link.push(snapshotWith({ alarm: NEVER, stage: 'shift', percent: 100, version: 3, step: 2 }));
    expect((await call(guard, null, {}, '/balance')).side).toBe('candidate');
  });
});

describe('what control is told', () => {
  it('is every call that reached legacy, shadows included, and no health check', async () => {
    const { guard, link } = await migrating({ stage: 'shift', percent: 100 });
    for (let i = 0; i < 5; i += 1) await call(guard, 'a');
    for (let i = 0; i < 3; i += 1) await call(guard, 'a', { method: 'POST', body: 'x' });
    await guard.settled();
    await guard.plane.flush();
    const hits = link.batches.reduce((sum, batch) => sum + batch.legacyHits, 0);
    const probes = link.batches.reduce((sum, batch) => sum + batch.legacyProbes, 0);
    // Four of the five reads were compared: the first made the route known.
    expect(hits).toBe(4);
    expect(probes).toBeGreaterThan(0);
  });

  it('is what was served and what failed, by seam and side', async () => {
    const { guard, link } = await migrating({ stage: 'shift', percent: 0, cohortKeys: ['vip'] });
    for (let i = 0; i < 3; i += 1) await call(guard, 'vip');
    for (let i = 0; i < 2; i += 1) await call(guard, 'other');
    await guard.plane.flush();
    const served = link.batches
      .flatMap((batch) => batch.seams)
      .filter(({ seam }) => seam === 'GET /orders/{id}');
    const sum = (side: 'legacy' | 'candidate'): number =>
      served.reduce((total, each) => total + each.served[side].requests, 0);
    // The first call was counted before the path was known to be a route.
    expect([sum('legacy'), sum('candidate')]).toEqual([2, 2]);
  });
});
