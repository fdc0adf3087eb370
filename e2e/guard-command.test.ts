import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Falsework, Folder, run } from './support/falsework.ts';
import { freePort, type Service, serve, serveRaw } from './support/services.ts';

const BODY = JSON.stringify({ id: 7, total: 12.5, lines: [{ sku: 'ax-100', quantity: 2 }] });

let folder: Folder;
let legacy: Service;
let taken: Service;
const running: Service[] = [];

const started = async (service: Promise<Service>): Promise<Service> => {
  running.push(await service);
  return service;
};

beforeEach(async () => {
  folder = new Folder();
  taken = await started(serve(() => {}));
  legacy = await started(
    serve((request, response) => {
      response.setHeader('content-type', 'application/json');
      response.setHeader('X-Request', `${request.method} ${request.url}`);
      response.end(BODY);
    }),
  );
});

afterEach(async () => {
  await Promise.all(running.splice(0).map((service) => service.stop()));
  folder.remove();
});

/**
 * Fifty reads and five writes through the guard; every answer is compared with what legacy gives
 * directly.
 */
const askAll = async (
  url: string,
): Promise<{ errors: number; changed: number; slowestMs: number }> => {
  const result = { errors: 0, changed: 0, slowestMs: 0 };
  const one = async (i: number): Promise<void> => {
    const startedMs = performance.now();
    const method = i % 11 === 10 ? 'POST' : 'GET';
    try {
      const response = await fetch(`${url}/orders/${i}`, { method });
      const text = await response.text();
      const isSame = response.status === 200 && text === BODY;
      if (!isSame || response.headers.get('x-request') !== `${method} /orders/${i}`)
        result.changed += 1;
    } catch {
      result.errors += 1;
    }
    result.slowestMs = Math.max(result.slowestMs, performance.now() - startedMs);
  };
  for (let i = 0; i < 55; i += 5) {
    await Promise.all([0, 1, 2, 3, 4].map((j) => one(i + j)));
    await pause(20);
  }
  return result;
};

const guardArgs = (candidateUrl: string, port: number, time = '3s'): string[] => [
  'guard',
  '--legacy',
  legacy.url,
  '--candidate',
  candidateUrl,
  '--port',
  String(port),
  '--sample',
  '100%',
  '--for',
  time,
  '--json',
];

const CANDIDATES: { title: string; start: () => Promise<string>; says: RegExp }[] = [
  { title: 'dead', start: async () => `http://127.0.0.1:${await freePort()}`, says: /refused/ },
  {
    title: 'hanging',
    start: async () => (await started(serve(() => {}))).url,
    says: /answer in time|timed out|hang/i,
  },
  {
    title: 'slow',
    start: async () =>
      (
        await started(
          serve((_request, response) => {
            setTimeout(() => {
              response.setHeader('content-type', 'application/json');
              response.end(BODY);
            }, 400);
          }),
        )
      ).url,
    says: /answer in time|timed out/i,
  },
  {
    title: 'garbage-speaking',
    start: async () =>
      (await started(serveRaw((socket) => socket.end('\x00\xffnot HTTP at all\r\n\r\n')))).url,
    says: /HTTP/,
  },
  {
    title: 'mid-body-dropping',
    start: async () =>
      (
        await started(
          serveRaw((socket) => {
            socket.once('data', () => {
              socket.write(
                'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 500\r\n\r\n{"id":7,',
              );
              setTimeout(() => socket.destroy(), 5);
            });
          }),
        )
      ).url,
    says: /closed|broke|dropped|ended/i,
  },
];

describe('falsework guard in front of any two servers', () => {
  it.each(CANDIDATES)(
    'a $title candidate is not felt by callers, and the report says what happened',
    async ({ start, says }) => {
      const port = await freePort();
      const guard = new Falsework(guardArgs(await start(), port), folder.path);
      await guard.says(/guard on/);
      const callers = await askAll(`http://127.0.0.1:${port}`);
      const { exit, stdout } = await guard.ended();
      expect(callers).toMatchObject({ errors: 0, changed: 0 });
      expect(exit).toBe(0);
      const report = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
      expect(report.requests).toBe(55);
      expect(report.failed.legacy).toBe(0);
      expect(report.sides.candidate.words.join(' ')).toMatch(says);
      expect(report.sides.candidate.words.join(' ')).not.toMatch(/UNKNOWN|no code/);
      expect(report.compared + report.shed + report.timedOut + report.early).toBe(50);
    },
  );

  it('finds what differs in a candidate that answers', async () => {
    const candidate = await started(
      serve((_request, response) => {
        response.setHeader('content-type', 'application/json');
        response.end(BODY.replace('12.5', '12.49'));
      }),
    );
    const port = await freePort();
    const guard = new Falsework(guardArgs(candidate.url, port), folder.path);
    await guard.says(/guard on/);
    await askAll(`http://127.0.0.1:${port}`);
    const report = JSON.parse((await guard.ended()).stdout);
    expect(report).toMatchObject({ shed: 0, timedOut: 0, conditional: 0, causes: 1 });
    // Every read is accounted for. Those of the first wave came before the first answer had shown
    // that their path is a route at all.
    expect(report.early).toBeGreaterThanOrEqual(1);
    expect(report.early).toBeLessThanOrEqual(5);
    expect(report.compared + report.early).toBe(50);
    expect(report.differing).toBe(report.compared);
    expect(report.routes[0].causes[0]).toMatchObject({ template: '$.total', kind: 'number' });
  });

  it('stops when asked, after the calls under way', async () => {
    const slow = await started(
      serve((_request, response) => {
        setTimeout(() => response.end('late but whole'), 500);
      }),
    );
    const port = await freePort();
    const args = ['guard', '--legacy', slow.url, '--candidate', legacy.url, '--port', String(port)];
    const guard = new Falsework(args, folder.path);
    await guard.says(/guard on/);
    const asked = fetch(`http://127.0.0.1:${port}/x`).then((response) => response.text());
    await pause(100);
    const ended = guard.stop('SIGTERM');
    expect(await asked).toBe('late but whole');
    expect((await ended).exit).toBe(0);
  });
});

describe('wrong usage', () => {
  const both = (): string[] => ['--legacy', legacy.url, '--candidate', 'http://127.0.0.1:1'];

  it.each([
    {
      title: 'an unknown flag',
      args: () => ['guard', ...both(), '--prot', '8000'],
      says: /--port/,
    },
    { title: 'an unknown command', args: () => ['gaurd'], says: /guard/ },
    {
      title: 'a bad URL',
      args: () => ['guard', '--legacy', 'localhost:80', '--candidate', 'x'],
      says: /legacy/,
    },
    { title: 'a missing side', args: () => ['guard', '--legacy', 'http://a'], says: /--candidate/ },
    {
      title: 'both URLs equal',
      args: () => ['guard', '--legacy', 'http://127.0.0.1:9', '--candidate', 'http://127.0.0.1:9/'],
      says: /same|equal/i,
    },
    { title: 'a bad port', args: () => ['guard', ...both(), '--port', '99999'], says: /65535/ },
    { title: 'a bad time', args: () => ['guard', ...both(), '--for', 'soon'], says: /30s/ },
    {
      title: 'a port in use',
      args: () => ['guard', ...both(), '--port', String(taken.port)],
      says: /in use/,
    },
    { title: 'a missing configuration', args: () => ['up'], says: /falsework\.config/ },
  ])('$title: a clear error, exit 2, nothing left behind', async ({ args, says }) => {
    const { exit, stdout, stderr } = await run(args(), folder.path);
    expect(exit).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toMatch(says);
    expect(stderr).not.toMatch(/\n\s+at /);
  });
});

describe('help', () => {
  it('teaches: every command has a summary, and the exit codes are named', async () => {
    const { exit, stdout } = await run(['--help'], folder.path);
    expect(exit).toBe(0);
    for (const name of [
      'guard',
      'up',
      'status',
      'diffs',
      'explain',
      'approve',
      'advance',
      'rollback',
      'hold',
      'decisions',
      'check',
    ]) {
      expect(stdout).toMatch(new RegExp(`^  ${name} .*\\w{3}`, 'm'));
    }
    expect(stdout).toContain('3 refused by a gate');
  });
});
