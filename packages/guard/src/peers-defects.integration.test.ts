// What the field's shadow proxies get wrong, and ours must not: the numbers are those of the
// project's list of defects.
import { describe, expect, it } from 'vitest';
import {
  FAULTS,
  guardBetween,
  httpService,
  jsonService,
  type Service,
  snapshotWith,
  tcpService,
} from '../test/fixtures.ts';

const legacyJson = (): Promise<Service> => jsonService((path) => ({ path }));
const fault = (name: string): Promise<Service> => (FAULTS[name] as () => Promise<Service>)();

async function timed(url: string): Promise<number> {
  const begin = performance.now();
  const answer = await fetch(url);
  await answer.arrayBuffer();
  return performance.now() - begin;
}

describe('peers’ defects, at the guard', () => {
  it('1. a candidate that never settles does not hang the caller', async () => {
    const guard = await guardBetween(await legacyJson(), await fault('hanging'), {
      snapshot: snapshotWith({ shadow: { timeoutMs: 3_600_000 } }),
    });
    for (let i = 0; i < 50; i += 1) expect(await timed(`${guard.url}/a`)).toBeLessThan(1_000);
  });

  it('2. a slow candidate adds nothing to the latency of the caller', async () => {
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

  it('8. big integers do not collapse: 9007199254740993 is not …992', async () => {
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

  it('9. dropped, timed-out and shed shadows do not vanish from the statistics', async () => {
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

  it('9. half the shadows shed is not a match', async () => {
    // Too large to be compared, every second time.
    let asked = 0;
    const uneven = await httpService((request, response) => {
      if (request.url === '/') {
        response.end();
        return;
      }
      asked += 1;
      response.end('x'.repeat(asked % 2 === 0 ? 10 : 5_000));
    });
    const same = await httpService((_request, response) => response.end('x'.repeat(10)));
    const guard = await guardBetween(uneven, same, { maxBodyBytes: 1_000 });
    for (let i = 0; i < 41; i += 1) await timed(`${guard.url}/a`);
    await guard.settled();
    const [route] = guard.report().routes;
    expect(route).toMatchObject({
      compared: 20,
      verdicts: { match: 20, shed: 20 },
      shed: { 'too-large': 20 },
    });
    // What was shed brings the proof no nearer.
    expect(route?.claim.moreNeeded).toBeGreaterThan(35_900);
  });

  it('11. large bodies are not silently left out: they are shed, counted, and the reason is named', async () => {
    const large = await httpService((_request, response) => response.end(Buffer.alloc(3_000_000)));
    const guard = await guardBetween(large, await legacyJson());
    for (let i = 0; i < 5; i += 1) await timed(`${guard.url}/a`);
    await guard.settled();
    const [route] = guard.report().routes;
    expect(route).toMatchObject({ compared: 0, verdicts: { shed: 4 }, shed: { 'too-large': 4 } });
  });

  it('12. a slow mirror does not slow the primary, even when it takes bytes one by one', async () => {
    const trickling = await tcpService((socket) => {
      socket.on('data', () => {
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n');
        const timer = setInterval(() => socket.write('x'), 10);
        socket.on('close', () => clearInterval(timer));
      });
    });
    const guard = await guardBetween(await legacyJson(), trickling, {
      snapshot: snapshotWith({ shadow: { timeoutMs: 2_000 } }),
    });
    const begin = performance.now();
    await Promise.all(Array.from({ length: 200 }, (_, i) => timed(`${guard.url}/orders/${i}`)));
    expect(performance.now() - begin).toBeLessThan(2_000);
  });

  it('13. a write is not sent to the other side at all, so no failure of it is forgotten', async () => {
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
