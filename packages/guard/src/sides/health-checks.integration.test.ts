import { describe, expect, it } from 'vitest';
import {
  deadService,
  guardBetween,
  httpService,
  ScriptedLink,
  type Service,
  tcpService,
  until,
} from '../../test/fixtures.ts';
import type { GuardOptions, GuardReport } from '../main.ts';

const QUICK = { path: '/healthz', okStatusMax: 299, intervalMs: 10, timeoutMs: 50 };

/** Answers health checks with what `status` says now, and anything else with 200. */
function service(status: () => number, build = 'b1'): Promise<Service> {
  return httpService((request, response) => {
    response.writeHead(request.url === '/healthz' ? status() : 200, { 'Falsework-Build': build });
    response.end('x');
  });
}

async function healthOf(candidate: Service, options: Partial<GuardOptions> = {}) {
  const legacy = await service(() => 200, 'l1');
  const guard = await guardBetween(legacy, candidate, { health: QUICK, ...options });
  return {
    guard,
    candidate: (): GuardReport['sides']['candidate']['health'] =>
      guard.report().sides.candidate.health,
  };
}

describe('health checks', () => {
  it('tell that a side lives, and the build that answered', async () => {
    const { guard, candidate } = await healthOf(await service(() => 204, 'c7'));
    await until(() => candidate() !== null, 'the candidate is known');
    expect(candidate()).toMatchObject({ isHealthy: true, build: 'c7', because: null });
    await until(() => guard.report().sides.legacy.health !== null, 'legacy is known');
    expect(guard.report().sides.legacy.health).toMatchObject({ isHealthy: true, build: 'l1' });
  });

  it('call a side unwell after three failures in a row, and well again after one answer', async () => {
    let status = 200;
    let asked = 0;
    const { guard, candidate } = await healthOf(
      await service(() => {
        asked += 1;
        return status;
      }),
    );
    await until(() => candidate()?.isHealthy === true, 'it is well');
    asked = 0;
    status = 503;
    await until(() => candidate()?.isHealthy === false, 'it is unwell');
    expect(asked).toBeGreaterThanOrEqual(3);
    expect(candidate()).toMatchObject({ because: 'answered 503' });
    expect(guard.report().sides.candidate.words).toEqual([
      'candidate fails its health checks: answered 503',
    ]);
    status = 200;
    await until(() => candidate()?.isHealthy === true, 'it is well again');
  });

  it.each<[string, () => Promise<Service>, RegExp]>([
    ['dead', deadService, /^refused the connection/],
    ['hanging', () => tcpService(() => {}), /^did not answer in time/],
    [
      'garbage-speaking',
      () => tcpService((socket) => void socket.on('data', () => socket.write('hello\r\n'))),
      /^sent what is not HTTP/,
    ],
    ['redirecting', () => service(() => 302), /^answered 302/],
  ])(
    'say why a %s side is unwell, and callers of legacy notice nothing',
    async (_name, make, because) => {
      const { guard, candidate } = await healthOf(await make());
      await until(() => candidate()?.isHealthy === false, 'it is unwell');
      expect(candidate()?.because).toMatch(because);
      expect((await fetch(guard.url)).status).toBe(200);
    },
  );

  it('take any answer below 500 to GET / for a sign of life, where nothing was configured', async () => {
    const missing = await httpService((_request, response) => {
      response.writeHead(404);
      response.end();
    });
    const guard = await guardBetween(missing, await deadService());
    await until(() => guard.report().sides.legacy.health !== null, 'legacy is known');
    expect(guard.report().sides.legacy.health).toMatchObject({ isHealthy: true, build: null });
  });

  it('do not read a page that has no end', async () => {
    let sent = 0;
    const endless = await httpService((_request, response) => {
      const more = (): void => {
        sent += 1;
        if (response.destroyed) return;
        if (response.write(Buffer.alloc(10_000))) setImmediate(more);
        else response.once('drain', more);
      };
      more();
    });
    const { candidate } = await healthOf(endless, {
      health: { ...QUICK, timeoutMs: 2_000, intervalMs: 60_000 },
    });
    await until(() => candidate() !== null, 'it is known');
    expect(candidate()).toMatchObject({ isHealthy: true });
    expect(sent).toBeLessThan(2_000);
  });

  it('are told to control, and each one to legacy proves its counter alive without being a call', async () => {
    const link = new ScriptedLink();
    const { guard } = await healthOf(await service(() => 200), { link });
    await until(() => guard.report().sides.candidate.health !== null, 'the candidate is known');
    await new Promise((resolve) => setTimeout(resolve, 60));
    await guard.plane.flush();
    const reports = link.batches.flatMap(({ health }) => health);
    expect(new Set(reports.map(({ side, isHealthy }) => `${side} ${isHealthy}`))).toEqual(
      new Set(['legacy true', 'candidate true']),
    );
    expect(link.batches.reduce((sum, batch) => sum + batch.legacyProbes, 0)).toBeGreaterThan(1);
    expect(link.batches.reduce((sum, batch) => sum + batch.legacyHits, 0)).toBe(0);
  });

  it('use connections of their own: a side whose every connection hangs is still asked', async () => {
    let asked = 0;
    const candidate = await httpService((request, response) => {
      if (request.url !== '/healthz') return;
      asked += 1;
      response.end();
    });
    const { guard } = await healthOf(candidate);
    for (let i = 0; i < 30; i += 1) await fetch(`${guard.url}/a`).then((answer) => answer.text());
    const before = asked;
    await until(() => asked > before + 3, 'it is asked on');
  });

  it('end with the guard', async () => {
    let asked = 0;
    const { guard } = await healthOf(
      await service(() => {
        asked += 1;
        return 200;
      }),
    );
    await until(() => asked > 1, 'it is asked');
    await guard.stop();
    const before = asked;
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(asked).toBe(before);
  });
});
