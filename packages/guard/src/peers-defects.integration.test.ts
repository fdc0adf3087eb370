// What the field's shadow tools get wrong, and the guard must not: numbers and words are those of the
// project's list of defects. Number 4 is about functions that a caller gives to a library; the guard
// takes none, so its nearest relatives stand for it: rules, the redactor and control itself.
import { ignore } from '@falsework/core/compare';
import { describe, expect, it } from 'vitest';
import {
  bodyOf,
  exchangeRaw,
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
import { reportText } from './main.ts';

const legacyJson = (): Promise<Service> => jsonService((path) => ({ path }));
const fault = (name: string): Promise<Service> => (FAULTS[name] as () => Promise<Service>)();

async function timed(url: string): Promise<number> {
  const begin = performance.now();
  const answer = await fetch(url);
  await answer.arrayBuffer();
  return performance.now() - begin;
}

describe('peers’ defects, at the guard', () => {
  it('defect 1 (a candidate that never settles hangs the caller): callers have their answers', async () => {
    const guard = await guardBetween(await legacyJson(), await fault('hanging'), {
      snapshot: snapshotWith({ shadow: { timeoutMs: 3_600_000 } }),
    });
    for (let i = 0; i < 50; i += 1) expect(await timed(`${guard.url}/a`)).toBeLessThan(1_000);
  });

  it('defect 2 (a slow candidate adds its whole latency to the caller): it adds nothing', async () => {
    const slow = await httpService((_request, response) => {
      setTimeout(() => response.end('{}'), 800);
    });
    const guard = await guardBetween(await legacyJson(), slow, {
      snapshot: snapshotWith({ shadow: { timeoutMs: 5_000 } }),
    });
    const times: number[] = [];
    for (let i = 0; i < 50; i += 1) times.push(await timed(`${guard.url}/a`));
    expect(Math.max(...times)).toBeLessThan(800);
  });

  it('defect 3 (a control rejecting with a falsy reason resolves as undefined): an answer of legacy without anything in it stays what it is', async () => {
    // The emptiest things that legacy can say or fail with, and what the caller is to be told.
    const empty = await tcpService((socket) => {
      socket.on('data', (bytes) => {
        const path = /^GET (\S+)/.exec(String(bytes))?.[1];
        if (path === '/nothing') socket.end();
        else if (path === '/broken') socket.end('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n');
        else if (path === '/500') socket.write('HTTP/1.1 500 \r\nContent-Length: 0\r\n\r\n');
        else socket.write('HTTP/1.1 204 No Content\r\n\r\n');
      });
    });
    const guard = await guardBetween(empty, await legacyJson());
    expect((await fetch(`${guard.url}/nothing`)).status).toBe(502);
    await expect(fetch(`${guard.url}/broken`).then((answer) => answer.text())).rejects.toThrow();
    expect(
      await fetch(`${guard.url}/500`).then((a) => [a.status, a.headers.get('content-length')]),
    ).toEqual([500, '0']);
    expect((await fetch(`${guard.url}/204`)).status).toBe(204);
    expect(guard.report().failed.legacy).toBe(3);
  });

  it('defect 4 (a throwing publish, enabled or compare rejects the caller or loses the control’s value): control that throws is not noticed', async () => {
    const link = new ScriptedLink();
    link.report = () => {
      throw new Error('control is broken');
    };
    const guard = await guardBetween(await legacyJson(), await legacyJson(), { link });
    link.push(snapshotWith({ version: 2 }));
    for (let i = 0; i < 20; i += 1) {
      const answer = await fetch(`${guard.url}/orders/${i}`);
      expect(await answer.json()).toEqual({ path: `/orders/${i}` });
    }
    await guard.settled();
    expect(guard.report()).toMatchObject({ requests: 20, compared: 19, failed: { legacy: 0 } });
    await guard.stop({ withinMs: 100 });
  });

  it('defect 4 (a throwing publish, enabled or compare rejects the caller or loses the control’s value): a comparison that cannot be made is no match', async () => {
    const text = (body: string): Promise<Service> =>
      httpService((_request, response) => {
        response.setHeader('Content-Type', 'application/json');
        response.setHeader('Content-Encoding', 'gzip');
        response.end(body);
      });
    // Neither is gzip, whatever it says of itself.
    const guard = await guardBetween(await text('{"a":1}'), await text('{"a":2}'));
    const seen: Buffer[] = [];
    for (let i = 0; i < 5; i += 1) {
      seen.push(
        Buffer.from(await exchangeRaw(guard.port, 'GET /a HTTP/1.1\r\nHost: a\r\n\r\n', 50)),
      );
    }
    await guard.settled();
    for (const bytes of seen) expect(String(bytes)).toContain('{"a":1}');
    expect(guard.report()).toMatchObject({ compared: 4, differing: 4 });
  });

  it('defect 5 (arguments are shared, so a mutating candidate changes the other side’s input): each side has a request of its own, body included', async () => {
    const bodies: Record<'legacy' | 'candidate', string[]> = { legacy: [], candidate: [] };
    const side = (name: 'legacy' | 'candidate'): Promise<Service> =>
      httpService((request, response) => {
        void bodyOf(request).then((body) => {
          if (request.method === 'POST') bodies[name].push(`${request.headers['x-a']} ${body}`);
          // What a service does to the bytes that it was given stays with it.
          body.fill(0x78);
          response.end(body);
        });
      });
    const guard = await guardBetween(await side('legacy'), await side('candidate'), {
      routes: [routeWith({ seam: 'POST /search' })],
    });
    const asked = Array.from({ length: 10 }, (_, i) => `query ${i}`);
    for (const body of asked) {
      const headers = { 'X-A': '1' };
      const answer = await fetch(`${guard.url}/search`, { method: 'POST', body, headers });
      expect(await answer.text()).toBe('x'.repeat(body.length));
    }
    await guard.settled();
    expect(bodies.legacy).toEqual(asked.map((body) => `1 ${body}`));
    expect(bodies.candidate.sort()).toEqual(bodies.legacy);
    expect(guard.report()).toMatchObject({ compared: 10, differing: 0 });
  });

  it('defect 6 (two different thrown errors count as a match; success-against-error is no verdict at all): both are differences', async () => {
    const failing = (status: number): Promise<Service> =>
      httpService((request, response) => {
        response.writeHead(request.url === '/both' ? status : status === 500 ? 200 : status);
        response.end();
      });
    const guard = await guardBetween(await failing(500), await failing(503));
    for (const path of ['/both', '/one']) {
      for (let i = 0; i < 4; i += 1) await timed(`${guard.url}${path}`);
    }
    await guard.settled();
    const verdicts = Object.fromEntries(
      guard.report().routes.map(({ seam, verdicts: each }) => [seam, each]),
    );
    expect(verdicts['GET /both']).toMatchObject({ mismatch: 3, match: 0 });
    expect(verdicts['GET /one']).toMatchObject({ candidate_error: 3, match: 0 });
  });

  it('defect 7 (two equal objects are reported different; identical arrays as an ordering difference): equal answers are equal, however they are written', async () => {
    const text = (body: string): Promise<Service> =>
      httpService((_request, response) => {
        response.setHeader('Content-Type', 'application/json');
        response.end(body);
      });
    const guard = await guardBetween(
      await text('{"a":[{"b":1.0,"c":[]},2],"d":{}}'),
      await text('{ "d": {}, "a": [ {"c": [], "b": 1.00}, 2 ] }'),
    );
    for (let i = 0; i < 5; i += 1) await timed(`${guard.url}/a`);
    await guard.settled();
    expect(guard.report()).toMatchObject({ compared: 4, differing: 0, causes: 0 });
  });

  it('defect 8 (big integers and decimals collapse): 9007199254740993 is not …992', async () => {
    const text = (body: string): Promise<Service> =>
      httpService((_request, response) => {
        response.setHeader('Content-Type', 'application/json');
        response.end(body);
      });
    const guard = await guardBetween(
      await text('9007199254740993'),
      await text('9007199254740992'),
    );
    for (let i = 0; i < 3; i += 1) await timed(`${guard.url}/a`);
    await guard.settled();
    expect(guard.report()).toMatchObject({ compared: 2, differing: 2 });
  });

  it('defect 9 (dropped, timed-out or shed shadows vanish from the statistics): all are there', async () => {
    const hanging = await fault('hanging');
    const guard = await guardBetween(await legacyJson(), hanging, {
      snapshot: snapshotWith({ shadow: { timeoutMs: 50, queueMax: 10, concurrency: 2 } }),
    });
    await timed(`${guard.url}/a`);
    await Promise.all(Array.from({ length: 100 }, () => timed(`${guard.url}/a`)));
    await guard.settled();
    const { verdicts, shed } = guard.report().routes[0] ?? {};
    expect((verdicts?.timeout ?? 0) + (verdicts?.shed ?? 0)).toBe(100);
    expect(verdicts?.timeout).toBeGreaterThan(0);
    expect(shed?.['queue-full']).toBeGreaterThan(0);
  });

  it('defect 9 (dropped, timed-out or shed shadows vanish from the statistics): half shed is no match', async () => {
    // Every second one is longer than is kept, where a rule might excuse what differs.
    const padded = (side: string) =>
      httpService((request, response) => {
        const pad = 'x'.repeat(request.url === '/a?long' ? 5_000 : 10);
        response
          .setHeader('Content-Type', 'application/json')
          .end(`{"by":"${side}","pad":"${pad}"}`);
      });
    const guard = await guardBetween(await padded('old'), await padded('new'), {
      maxBodyBytes: 1_000,
      routes: [routeWith({ seam: 'GET /a', compare: [ignore('$.by')] })],
    });
    for (let i = 0; i < 41; i += 1) await timed(`${guard.url}/a${i % 2 === 0 ? '' : '?long'}`);
    await guard.settled();
    const [route] = guard.report().routes;
    expect(route).toMatchObject({
      compared: 21,
      verdicts: { match: 21, shed: 20 },
      shed: { incomplete: 20 },
    });
    // What was shed brings the proof no nearer.
    expect(route?.claim.moreNeeded).toBeGreaterThan(35_900);
  });

  it('defect 10 (missing data passes): a guard that compared nothing claims nothing', async () => {
    const guard = await guardBetween(await legacyJson(), await fault('dead'));
    await timed(`${guard.url}/a`);
    await guard.settled();
    const [route] = guard.report().routes;
    expect(route).toMatchObject({ compared: 0, early: 1, rate: { low: 0, high: 1 } });
    expect(route?.claim.moreNeeded).toBeGreaterThan(35_900);
    expect(reportText(guard.report())).not.toContain('proven');
  });

  it('defect 10 (missing data passes): an answer without a body is not equal to one that has one', async () => {
    const json = (body: string): Promise<Service> =>
      httpService((_request, response) => {
        response.setHeader('Content-Type', 'application/json');
        response.end(body);
      });
    const guard = await guardBetween(await json('{"a":null}'), await json(''));
    for (let i = 0; i < 4; i += 1) await timed(`${guard.url}/a`);
    await guard.settled();
    expect(guard.report()).toMatchObject({ compared: 3, differing: 3 });
  });

  it('defect 11 (large bodies are silently not mirrored): compared, by what they hash to', async () => {
    const large = (end: number) =>
      httpService((_request, response) =>
        response.end(Buffer.alloc(3_000_000).fill(end, 2_999_999)),
      );
    const guard = await guardBetween(await large(1), await large(2), {
      routes: [routeWith({ seam: 'GET /a' })],
    });
    for (let i = 0; i < 5; i += 1) await timed(`${guard.url}/a`);
    await guard.settled();
    const [route] = guard.report().routes;
    expect(route).toMatchObject({ compared: 5, verdicts: { mismatch: 5, shed: 0 } });
    expect(route?.causes.map(({ kind }) => kind)).toEqual(['hash']);
  });

  it('defect 12 (a slow mirror slows the primary): not even when it sends byte by byte', async () => {
    const trickling = await tcpService((socket) => {
      socket.on('data', () => {
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n');
        const timer = setInterval(() => socket.write('x'), 10);
        socket.on('close', () => clearInterval(timer));
      });
    });
    const guard = await guardBetween(await legacyJson(), trickling, {
      snapshot: snapshotWith({ shadow: { timeoutMs: 20_000 } }),
    });
    const begin = performance.now();
    await Promise.all(Array.from({ length: 200 }, (_, i) => timed(`${guard.url}/orders/${i}`)));
    expect(performance.now() - begin).toBeLessThan(10_000);
  });

  it('defect 13 (a failed secondary write is returned and forgotten): no write has a second side', async () => {
    let writes = 0;
    const candidate = await httpService((request, response) => {
      if (request.method === 'POST') writes += 1;
      response.end();
    });
    const guard = await guardBetween(await httpService((_q, a) => a.end('ok')), candidate);
    for (let i = 0; i < 20; i += 1) {
      await fetch(`${guard.url}/orders`, { method: 'POST', body: 'x' }).then((answer) =>
        answer.text(),
      );
    }
    await guard.settled();
    expect(writes).toBe(0);
    expect(guard.report().unproven).toEqual([
      { route: 'POST /orders', because: 'write', requests: 20 },
    ]);
  });
});
