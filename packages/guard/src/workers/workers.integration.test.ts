// A guard in several processes, with real services and real signals.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { Agent, request } from 'undici';
import { describe, expect, it } from 'vitest';
import {
  atEnd,
  deadService,
  httpService,
  jsonService,
  routeWith,
  ScriptedLink,
  type Service,
  snapshotWith,
  until,
} from '../../test/fixtures.ts';
import type { GuardOptions } from '../main.ts';
import { type GuardWorkers, startGuardWorkers } from './index.ts';

async function workersBetween(
  legacy: Service,
  candidate: Service,
  options: Partial<GuardOptions> = {},
  over: { workers?: number; link?: ScriptedLink; warn?: (words: string) => void } = {},
): Promise<GuardWorkers> {
  const snapshot = snapshotWith({ shadow: { sample: 1, timeoutMs: 2_000, recheckAfterMs: 0 } });
  const guard = await startGuardWorkers({
    workers: 2,
    warn: () => {},
    ...over,
    data: {
      legacy: legacy.origin,
      candidate: candidate.origin,
      port: 0,
      ...(over.link === undefined ? { snapshot } : {}),
      ...options,
    },
  });
  atEnd(() => guard.stop({ withinMs: 200 }));
  return guard;
}

/** Asks on a connection of its own, so that the next call may come to another worker. */
async function askOnce(url: string, headers: Record<string, string> = {}) {
  const dispatcher = new Agent();
  try {
    const answer = await request(url, { dispatcher, headers });
    return { side: answer.headers['falsework-side'], text: await answer.body.text() };
  } finally {
    await dispatcher.close();
  }
}

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe('a guard with workers', () => {
  it('takes callers in each of them, on one port, and makes one report of what they saw', async () => {
    const guard = await workersBetween(
      await jsonService(() => ({ n: 1 })),
      await jsonService(() => ({ n: 2 })),
      { routes: [routeWith({ seam: 'GET /a' })] },
    );
    expect(new Set(guard.pids()).size).toBe(2);
    for (let i = 0; i < 40; i += 1) await askOnce(`${guard.url}/a`);
    await guard.settled();
    const report = guard.report();
    expect(report).toMatchObject({ requests: 40, compared: 40, differing: 40, causes: 1 });
    expect(report.workers).toEqual({ running: 2, died: 0 });
    expect(report.routes).toMatchObject([
      { seam: 'GET /a', verdicts: { mismatch: 40 }, causes: [{ template: '$.n', count: 40 }] },
    ]);
    expect(report.sides.candidate.counts.answered).toBe(40);
  });

  it('replaces one that dies, counts it, and keeps what it had told', async () => {
    const said: string[] = [];
    const guard = await workersBetween(
      await jsonService(() => ({})),
      await jsonService(() => ({})),
      {},
      { warn: (words) => said.push(words) },
    );
    for (let i = 0; i < 20; i += 1) await askOnce(`${guard.url}/a`);
    await guard.settled();
    const [victim, survivor] = guard.pids();
    process.kill(victim as number, 'SIGKILL');
    await until(() => guard.report().workers?.died === 1, 'its death is counted');
    await until(() => guard.pids().length === 2, 'it is replaced');
    expect(guard.pids()).toContain(survivor);
    expect(guard.pids()).not.toContain(victim);
    for (let i = 0; i < 20; i += 1) expect((await askOnce(`${guard.url}/a`)).text).toBe('{}');
    await guard.settled();
    expect(guard.report().requests).toBe(40);
    expect(said).toEqual([
      expect.stringMatching(/^falsework: worker [12] of the guard died \(SIGKILL\)/),
    ]);
  });

  it('speaks to control once, and decides the side of a key alike in all of them', async () => {
    const link = new ScriptedLink();
    let subscriptions = 0;
    const subscribe = link.subscribe.bind(link);
    link.subscribe = (take) => {
      subscriptions += 1;
      return subscribe(take);
    };
    const guard = await workersBetween(
      await jsonService(() => ({})),
      await jsonService(() => ({})),
      { routes: [routeWith({ seam: 'GET /a', key: { from: 'header', name: 'x-id' } })] },
      { link, workers: 3 },
    );
    const shadow = { timeoutMs: 5_000 };
    link.push(snapshotWith({ stage: 'shift', percent: 50, version: 7, shadow }));
    await until(() => guard.report().percent === 50, 'all of them have heard of it');
    const sides = new Map<string, Set<unknown>>();
    for (let i = 0; i < 240; i += 1) {
      const id = `key-${i % 20}`;
      const { side } = await askOnce(`${guard.url}/a`, { 'X-Id': id });
      sides.set(id, (sides.get(id) ?? new Set()).add(side));
    }
    expect([...sides.values()].map(({ size }) => size)).toEqual(
      Array.from({ length: 20 }, () => 1),
    );
    expect(new Set([...sides.values()].flatMap((each) => [...each])).size).toBe(2);
    await guard.stop({ withinMs: 2_000 });
    expect(subscriptions).toBe(1);
    // Each is a plane of its own, so that control knows what each of them follows.
    expect(new Set(link.batches.map(({ plane }) => plane)).size).toBe(3);
    const compared = link.batches
      .flatMap(({ strata }) => strata)
      .map(({ tally }) => tally.verdicts);
    expect(compared.reduce((sum, { match }) => sum + match, 0)).toBe(240);
  });

  it('goes back to legacy in all of them when one does', async () => {
    const link = new ScriptedLink();
    const failing = await httpService((got, response) => {
      response.statusCode = got.url === '/' ? 200 : 500;
      response.end();
    });
    const routes = [routeWith({ seam: 'GET /a', key: { from: 'header', name: 'x-id' } })];
    const guard = await workersBetween(
      await jsonService(() => ({})),
      failing,
      { routes },
      { link },
    );
    const alarm = { rateOk: 0.0001, threshold: 1_000 };
    link.push(snapshotWith({ stage: 'shift', percent: 100, version: 7, alarm } as never));
    await until(() => guard.report().percent === 100, 'all of them have heard of it');
    // One connection is one worker: the other sees nothing by itself.
    const dispatcher = new Agent({ connections: 1 });
    for (let i = 0; i < 60 && guard.report().retreat === null; i += 1) {
      const answer = await request(`${guard.url}/a`, { dispatcher, headers: { 'x-id': 'k' } });
      await answer.body.dump();
    }
    await until(() => guard.report().retreat !== null, 'one of them went back');
    await new Promise((resolve) => setTimeout(resolve, 300));
    const sides = await Promise.all(
      Array.from({ length: 20 }, () => askOnce(`${guard.url}/a`, { 'X-Id': 'k' })),
    );
    expect(new Set(sides.map(({ side }) => side))).toEqual(new Set(['legacy']));
    await dispatcher.close();
  });

  it('lets callers of all of them finish before it ends, and leaves no process behind', async () => {
    const waiting: (() => void)[] = [];
    const legacy = await httpService((got, response) => {
      if (got.url === '/') response.end();
      else waiting.push(() => response.end('whole'));
    });
    const guard = await workersBetween(legacy, await deadService(), {
      snapshot: snapshotWith({ shadow: { sample: 0 } }),
    });
    const pids = guard.pids();
    const held = Array.from({ length: 8 }, () => askOnce(`${guard.url}/slow`));
    await until(() => waiting.length === 8, 'legacy has them all');
    // As Ctrl-C does, which is for the whole group of processes.
    for (const pid of pids) process.kill(pid, 'SIGINT');
    const stopped = guard.stop({ withinMs: 5_000 });
    await new Promise((resolve) => setTimeout(resolve, 100));
    for (const answer of waiting) answer();
    expect((await Promise.all(held)).map(({ text }) => text)).toEqual(held.map(() => 'whole'));
    await stopped;
    expect(pids.filter((pid) => isAlive(pid))).toEqual([]);
    expect(guard.report().requests).toBe(8);
  });

  it('divides what is bounded for the guard as a whole', async () => {
    const waiting: (() => void)[] = [];
    const legacy = await httpService((got, response) => {
      if (got.url === '/') response.end();
      else waiting.push(() => response.end('ok'));
    });
    const guard = await workersBetween(legacy, await deadService(), {
      sides: { legacy: { requestsMax: 4 } },
      snapshot: snapshotWith({ shadow: { sample: 0 } }),
    });
    const asked = Array.from({ length: 24 }, () => askOnce(`${guard.url}/x`));
    const refused = Promise.all(asked).then(
      (all) => all.filter(({ text }) => text !== 'ok').length,
    );
    await until(() => waiting.length === 4, 'legacy has as many as it may have');
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(waiting).toHaveLength(4);
    for (const answer of waiting) answer();
    expect(await refused).toBe(20);
  });

  it.each([
    [{ sides: { legacy: { requestsMax: 1 } } }, 2],
    [{ sides: { candidate: { shadowsMax: 1 } } }, 2],
    [{ limits: { connectionsMax: 1 } }, 2],
    [{}, 0],
    [{}, 1.5],
  ] satisfies [Partial<GuardOptions>, number][])(
    'refuses %o with %d workers',
    async (options, workers) => {
      const service = await deadService();
      const started = workersBetween(service, await deadService(), options, { workers });
      await expect(started).rejects.toMatchObject({ code: 'FW_GUARD_OPTION' });
    },
  );

  it('does not start at all where one cannot, and says why', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    atEnd(() => void taken.close());
    const { port } = taken.address() as { port: number };
    const started = workersBetween(await deadService(), await deadService(), { port });
    await expect(started).rejects.toMatchObject({ code: 'FW_LISTEN', facts: { port } });
  });
});
