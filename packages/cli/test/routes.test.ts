import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectToControl } from '@falsework/client';
import { startGuard } from '@falsework/guard';
import { systemClock, systemRandom } from '@falsework/system';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readToken, tokenFile } from '../src/access/token-file.ts';
import { ControlBench, SEAM } from './control-bench.ts';
import { runIn } from './fake-context.ts';

const calls = (seam: string, legacy: number) => ({
  seam,
  step: 2,
  served: { legacy: { requests: legacy, failures: 0 }, candidate: { requests: 0, failures: 0 } },
});
/** A service that answers everything, and says which build it is. */
async function service(build: string): Promise<Server> {
  const server = createServer((req, res) => {
    res.setHeader('falsework-build', build).end(req.method);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return server;
}

function originOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const TRAFFIC = [
  calls(SEAM, 41_200),
  calls('POST /orders', 812),
  calls('POST /entries', 90),
  calls('(upgrades)', 7),
];

describe('falsework routes', () => {
  let bench: ControlBench;
  beforeEach(async () => {
    bench = await ControlBench.start();
  });
  afterEach(() => bench.stop());

  it('lists unproven routes first, the busiest on top, each with its reason', async () => {
    await bench.report({ seams: TRAFFIC });
    const { exit, out } = await bench.run('routes');
    expect(exit).toBe(0);
    const [title, ...rows] = out.trimEnd().split('\n');
    expect(title).toMatch(
      /^orders is in `inert`: 3 of 4 routes unproven, with 909 of 42,109 requests in /,
    );
    expect(rows).toEqual([
      '  POST /orders         812 requests  a write, to the authority only: declare its effects',
      '  POST /entries         90 requests  a write, to the authority only: declare its effects',
      '  (upgrades)             7 requests  switches to another protocol: passed on, never compared',
      '  GET /orders/{id}  41,200 requests  100 compared, 10 differ',
    ]);
  });

  it('knows what is declared from the configuration here, routes without a call among it', async () => {
    bench.configure({
      store: 'separate',
      guard: {
        legacy: 'http://127.0.0.1:1',
        candidate: 'http://127.0.0.1:2',
        routes: { 'POST /entries': { effects: 'follow' }, 'POST /month-end': {} },
      },
    });
    await bench.report({ seams: TRAFFIC });
    const { json } = await bench.run('routes', '--json');
    const { migration, routes } = json[0] as { migration: string; routes: { route: string }[] };
    expect(migration).toBe('orders');
    expect(routes.map(({ route }) => route)).toEqual([
      'POST /orders',
      'POST /entries',
      '(upgrades)',
      'POST /month-end',
      SEAM,
    ]);
    expect(routes[1]).toMatchObject({ unproven: 'follow', requests: 90, compared: 0 });
    expect(routes[4]).toMatchObject({ unproven: null, compared: 100, differing: 10 });
  });

  it('says so when nothing was called yet', async () => {
    const { out } = await bench.run('routes');
    expect(out).toMatch(
      /^orders is in `inert`: no route was called in .+, and none is declared here\n$/,
    );
  });

  it('has the counts of a real guard: writes, reads and what nobody compares', async () => {
    const services = await Promise.all([service('l1'), service('c1')]);
    const [legacy = '', candidate = ''] = services.map(originOf);
    const guard = await startGuard({
      legacy,
      candidate,
      port: 0,
      link: connectToControl({
        url: bench.url,
        token: readToken(tokenFile(join(bench.folder, '.falsework'))),
        migration: 'orders',
        clock: systemClock,
        random: systemRandom,
      }),
    });
    try {
      // Before it has heard from control a plane counts for no step.
      await expect.poll(() => guard.plane.snapshot.version).toBeGreaterThan(0);
      for (const method of ['GET', 'GET', 'POST', 'POST', 'POST', 'POST']) {
        const answer = await fetch(`${guard.url}/orders`, { method });
        await answer.text();
      }
    } finally {
      await guard.stop();
      for (const each of services) each.close();
    }
    const { json } = await bench.run('routes', '--json');
    const { routes } = json[0] as { routes: object[] };
    // The first call of each is answered before it is known to be one.
    expect(routes).toMatchObject([
      { route: 'POST /orders', requests: 3, unproven: 'write' },
      { route: '(unknown paths)', requests: 2, unproven: 'unknown' },
      { route: 'GET /orders', requests: 1, unproven: 'not-yet' },
    ]);
  });
});

describe('falsework routes import', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'falsework-routes-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const imported = (text: string, ...more: string[]) => {
    writeFileSync(join(folder, 'openapi.yaml'), text);
    return runIn({ cwd: folder }, 'routes', 'import', 'openapi.yaml', ...more);
  };
  const SHOP = `
openapi: 3.0.3
info: { title: Shop, version: '1' }
paths:
  /orders: { post: { responses: { '201': { description: made } } } }
  /orders/{id}: { get: { responses: { '200': { description: one } } } }
  /files/{name}.{ext}: { get: { responses: { '200': { description: one } } } }
`;

  it('writes routes to stdout, and what was left out to stderr', async () => {
    const { exit, out, err } = await imported(SHOP);
    expect(exit).toBe(0);
    expect(out).toContain('  POST /orders: {}\n');
    expect(out).toContain('  GET /orders/{id}:\n    effects: none\n');
    expect(err).toBe(
      '2 routes of openapi.yaml: 1 compared, 1 not until their effects are declared\n' +
        'left out: GET /files/{name}.{ext}: the guard takes braces around a whole segment, as in /orders/{id}\n',
    );
  });

  it('gives the same as JSON, with keys that may name the entity', async () => {
    const { json } = await imported(SHOP, '--json', '--prefix', '/v1');
    expect(json[0]).toMatchObject({
      openapi: '3.0.3',
      routes: [
        { route: 'POST /v1/orders', effects: 'undeclared', keys: [] },
        { route: 'GET /v1/orders/{id}', effects: 'none', keys: ['id'] },
      ],
      skipped: [{ route: 'GET /v1/files/{name}.{ext}' }],
    });
  });

  it.each([
    ['no such file', null, 'FW_CONFIG_UNREADABLE'],
    [
      'a reference to the network',
      SHOP.replace('description: one', "$ref: 'http://x/'"),
      'FW_OPENAPI_REMOTE',
    ],
    ['a place that does not parse', 'openapi: [', 'FW_CONFIG_SYNTAX'],
    ['another version', "swagger: '2.0'", 'FW_OPENAPI_VERSION'],
  ])('with %s exits with 2 and writes nothing to stdout', async (_what, text, code) => {
    const run =
      text === null ? runIn({ cwd: folder }, 'routes', 'import', 'none.yaml') : imported(text);
    const { exit, out, err } = await run;
    expect({ exit, out }).toEqual({ exit: 2, out: '' });
    expect(err).toContain(code);
  });

  it('takes no prefix that is not a path', async () => {
    expect((await imported(SHOP, '--prefix', 'v1?x')).exit).toBe(2);
  });
});
