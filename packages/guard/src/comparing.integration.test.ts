import * as zlib from 'node:zlib';
import { ignore } from '@falsework/core/compare';
import { describe, expect, it } from 'vitest';
import {
  bodyOf,
  guardBetween,
  httpService,
  jsonService,
  routeWith,
  ScriptedLink,
  type Service,
  snapshotWith,
  tcpService,
} from '../test/fixtures.ts';
import type { GuardOptions, RouteReport, RunningGuard } from './main.ts';

const ENCODERS = {
  identity: (text: string) => Buffer.from(text),
  gzip: (text: string) => zlib.gzipSync(text),
  deflate: (text: string) => zlib.deflateSync(text),
  br: (text: string) => zlib.brotliCompressSync(text),
  zstd: (text: string) => zlib.zstdCompressSync(text),
} as const;

type Encoding = keyof typeof ENCODERS;

function encoded(encoding: Encoding, text: string): Promise<Service> {
  return httpService((_request, response) => {
    response.setHeader('Content-Type', 'application/json');
    if (encoding !== 'identity') response.setHeader('Content-Encoding', encoding);
    response.end(ENCODERS[encoding](text));
  });
}

/** Asks `times` times for a path that the guard knows already, and says what was seen of it. */
async function ask(
  guard: RunningGuard,
  path = '/orders/1',
  times = 3,
  init?: RequestInit,
): Promise<RouteReport> {
  for (let i = 0; i < times + 1; i += 1) {
    await fetch(`${guard.url}${path}`, init).then((answer) => answer.arrayBuffer());
  }
  await guard.settled();
  const [route] = guard.report().routes;
  if (route === undefined) throw new Error('Nothing was compared.');
  return route;
}

async function compare(legacy: Service, candidate: Service, options: Partial<GuardOptions> = {}) {
  return ask(await guardBetween(legacy, candidate, options));
}

describe('equal answers', () => {
  const encodings = Object.keys(ENCODERS) as Encoding[];
  const pairs = encodings.flatMap((a) => encodings.map((b) => [a, b] as const));

  it.each(pairs)('match whether they come as %s or as %s', async (a, b) => {
    const legacy = await encoded(a, '{"a":1,"b":[1.0,2]}');
    const candidate = await encoded(b, '{"b":[1.00,2.0],"a":1}');
    const { verdicts } = await compare(legacy, candidate);
    expect(verdicts).toMatchObject({ match: 3, mismatch: 0, shed: 0 });
  });

  it('match although the order of JSON keys differs, and numbers keep every digit', async () => {
    const same = await compare(
      await encoded('identity', '{"a":9007199254740993,"b":2}'),
      await encoded('identity', '{"b":2,"a":9007199254740993}'),
    );
    expect(same.verdicts.match).toBe(3);
    const other = await compare(
      await encoded('identity', '{"a":9007199254740993}'),
      await encoded('identity', '{"a":9007199254740992}'),
    );
    expect(other.verdicts.mismatch).toBe(3);
    expect(other.causes).toMatchObject([{ template: '$.a', kind: 'number', count: 3 }]);
  });

  it('of HEAD, 204, 304 and redirects match too, and their differences are found', async () => {
    const service = (location: string): Promise<Service> =>
      httpService((request, response) => {
        if (request.url === '/none') response.writeHead(204);
        else response.writeHead(302, { Location: location });
        response.end();
      });
    const guard = await guardBetween(await service('/a'), await service('/b'));
    await ask(guard, '/none', 2);
    await ask(guard, '/moved', 2, { redirect: 'manual' });
    await ask(guard, '/moved', 2, { method: 'HEAD', redirect: 'manual' });
    const rows = guard
      .report()
      .routes.map(({ seam, verdicts, causes }) => [seam, verdicts.match, causes[0]?.template]);
    expect(Object.fromEntries(rows.map(([seam, ...rest]) => [seam, rest]))).toEqual({
      'GET /none': [2, undefined],
      'GET /moved': [0, '(header location)'],
      'HEAD /moved': [0, '(header location)'],
    });
  });
});

describe('a difference', () => {
  it('has few causes, each with a redacted example and what was asked', async () => {
    const order = (tax: number) => (path: string) => ({
      id: path,
      lines: Array.from({ length: 20 }, (_, i) => ({ sku: `s${i}`, tax })),
      password: `hunter${tax}`,
    });
    const { causes } = await compare(await jsonService(order(1)), await jsonService(order(2)));
    expect(causes.map(({ template, kind, count }) => [template, kind, count])).toEqual([
      ['$.lines[*].tax', 'number', 3],
      ['$.password', 'string', 3],
    ]);
    expect(causes[0]).toMatchObject({ legacy: '1', candidate: '2', request: 'GET /orders/1' });
    expect(JSON.stringify(causes)).not.toContain('hunter');
  });

  it('shows nothing of what is to be redacted, and tells whether it was the same', async () => {
    const service = (name: string, other: string): Promise<Service> =>
      jsonService(() => ({ customer: { name, friend: other, n: name.length }, tax_number: other }));
    const guard = await guardBetween(
      await service('Ann Lee', 'Bo'),
      await service('Bo', 'Ann Lee'),
      { redact: ['$.customer.name', 'friend', 'taxNumber'] },
    );
    const { causes } = await ask(guard);
    expect(causes.map(({ template, legacy, candidate }) => [template, legacy, candidate])).toEqual([
      ['$.customer.name', '‹secret:1›', '‹secret:2›'],
      ['$.customer.friend', '‹secret:2›', '‹secret:1›'],
      ['$.customer.n', '7', '2'],
      ['$.tax_number', '‹secret:2›', '‹secret:1›'],
    ]);
  });

  it('that does not repeat when both sides are asked again is transient, and no mismatch', async () => {
    let asked = 0;
    const candidate = await jsonService(() => {
      asked += 1;
      return { n: asked % 2 };
    });
    const legacy = await jsonService(() => ({ n: 0 }));
    const guard = await guardBetween(legacy, candidate, {
      snapshot: snapshotWith({ shadow: { recheckAfterMs: 10, concurrency: 1 } }),
    });
    const { verdicts } = await ask(guard, '/a', 4);
    expect(verdicts.transient).toBeGreaterThan(0);
    expect(verdicts.match + verdicts.transient + verdicts.mismatch).toBe(4);
  });

  it('is excused by the rules of its route, and only there', async () => {
    const service = (at: number): Promise<Service> => jsonService(() => ({ at, n: 1 }));
    const guard = await guardBetween(await service(1), await service(2), {
      routes: [routeWith({ seam: 'GET /declared', compare: [ignore('$.at')] })],
    });
    await ask(guard, '/declared', 2);
    await ask(guard, '/learned', 2);
    const [declared, learned] = ['GET /declared', 'GET /learned'].map((name) =>
      guard.report().routes.find(({ seam }) => seam === name),
    );
    expect(declared?.verdicts).toMatchObject({ match: 3, mismatch: 0 });
    expect(learned?.verdicts).toMatchObject({ match: 0, mismatch: 2 });
  });

  it('in a header is seen where that header was chosen', async () => {
    const service = (etag: string): Promise<Service> =>
      httpService((_request, response) => {
        response.writeHead(200, { ETag: etag, 'Content-Type': 'text/plain' });
        response.end('x');
      });
    const [legacy, candidate] = [await service('"a"'), await service('"b"')];
    expect((await compare(legacy, candidate)).verdicts.match).toBe(3);
    const chosen = await compare(legacy, candidate, { headers: ['etag'] });
    expect(chosen.causes.map(({ template }) => template)).toEqual(['(header etag)']);
  });
});

describe('a body that is not compared', () => {
  it('because it would unpack to more than is kept is shed as incomplete', async () => {
    const bomb = await encoded('gzip', `"${'a'.repeat(1_000_000)}"`);
    const route = await compare(await jsonService(() => ({})), bomb, { maxBodyBytes: 10_000 });
    expect(route.shed).toMatchObject({ incomplete: 3 });
  });

  it('because too many are kept at once is shed, and the memory is given back', async () => {
    const service = await jsonService(() => ({ text: 'x'.repeat(900) }));
    const hanging = await tcpService(() => {});
    const guard = await guardBetween(service, hanging, {
      captureBytesMax: 5_000,
      snapshot: snapshotWith({ shadow: { timeoutMs: 100 } }),
    });
    await fetch(`${guard.url}/a`).then((answer) => answer.text());
    await Promise.all(
      Array.from({ length: 50 }, () => fetch(`${guard.url}/a`).then((answer) => answer.text())),
    );
    expect(guard.report().capturedBytes).toBeLessThanOrEqual(5_000);
    expect(guard.report().capturedBytes).toBeGreaterThan(0);
    await guard.settled();
    const { routes, capturedBytes } = guard.report();
    expect(routes[0]?.shed['queue-full']).toBeGreaterThan(30);
    expect(capturedBytes).toBe(0);
  });

  it('because nothing was asked of either side but whether it changed is left out, and counted', async () => {
    const service = await jsonService(() => ({}));
    const guard = await guardBetween(service, await jsonService(() => ({})));
    for (const name of ['If-None-Match', 'If-Modified-Since']) {
      await ask(guard, '/a', 1, { headers: { [name]: '"x"' } });
    }
    const [route] = guard.report().routes;
    expect(route).toMatchObject({ conditional: 4, compared: 0 });
  });
});

describe('what is sent to the candidate', () => {
  it('is each read as its caller sent it, and no write at all', async () => {
    const seen: string[] = [];
    const candidate = await httpService((request, response) => {
      const { 'user-agent': agent, 'x-id': id, host } = request.headers;
      if (agent !== 'falsework-guard') seen.push(`${request.method} ${request.url} ${id} ${host}`);
      response.end();
    });
    const guard = await guardBetween(await httpService((_q, a) => a.end()), candidate);
    const headers = { 'X-Id': '7' };
    await ask(guard, '/orders/1?x=%20y', 2, { headers });
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      for (let i = 0; i < 3; i += 1) {
        await fetch(`${guard.url}/orders/1`, { method, body: 'x' }).then((answer) => answer.text());
      }
    }
    await guard.settled();
    const host = new URL(guard.url).host;
    expect(seen).toEqual([`GET /orders/1?x=%20y 7 ${host}`, `GET /orders/1?x=%20y 7 ${host}`]);
    expect(
      guard.report().unproven.map(({ route, because, requests }) => [route, because, requests]),
    ).toEqual([
      ['DELETE /orders/{id}', 'write', 3],
      ['PATCH /orders/{id}', 'write', 3],
      ['POST /orders/{id}', 'write', 3],
      ['PUT /orders/{id}', 'write', 3],
    ]);
  });

  it('is a body too, where a route with one was declared to have no effects', async () => {
    const search = (order: string): Promise<Service> =>
      httpService((request, response) => {
        void bodyOf(request).then((body) => {
          response.setHeader('Content-Type', 'application/json');
          response.end(JSON.stringify({ asked: String(body), order }));
        });
      });
    const guard = await guardBetween(await search('up'), await search('down'), {
      routes: [routeWith({ seam: 'POST /search', effects: 'none' })],
    });
    const init = { method: 'POST', body: JSON.stringify({ text: 'x'.repeat(100_000) }) };
    const route = await ask(guard, '/search', 2, init);
    expect(route.causes.map(({ template, count }) => [template, count])).toEqual([['$.order', 3]]);
    expect(guard.report().capturedBytes).toBe(0);
  });

  it('is nothing of a body that is larger than is kept: that is shed, and the caller is served', async () => {
    const echo = (): Promise<Service> =>
      httpService((request, response) => {
        void bodyOf(request).then((body) => response.end(String(body.length)));
      });
    const guard = await guardBetween(await echo(), await echo(), {
      routes: [routeWith({ seam: 'POST /search', effects: 'none' })],
      maxBodyBytes: 1_000,
    });
    const route = await ask(guard, '/search', 2, { method: 'POST', body: 'x'.repeat(2_000) });
    expect(route.shed['too-large']).toBe(3);
    expect(guard.report().capturedBytes).toBe(0);
  });
});

describe('evidence', () => {
  it('is gathered per stratum, and names the builds that answered', async () => {
    const link = new ScriptedLink();
    const service = (build: string): Promise<Service> =>
      httpService((_request, response) => {
        response.writeHead(200, { 'Content-Type': 'application/json', 'Falsework-Build': build });
        response.end('{}');
      });
    const guard = await guardBetween(await service('l-7'), await service('c-9'), {
      routes: [routeWith({ seam: 'GET /a', stratum: { from: 'header', name: 'x-tenant' } })],
      link,
    });
    await ask(guard, '/a', 1, { headers: { 'X-Tenant': 'gold' } });
    await ask(guard, '/a', 0, { headers: { 'X-Tenant': 'free' } });
    const { strata } = guard.plane.seam('GET /a').summary();
    expect(strata.map(({ stratum, tally }) => [stratum, tally.verdicts.match]).sort()).toEqual([
      ['free', 1],
      ['gold', 2],
    ]);
    await guard.plane.flush();
    const positions = link.batches.flatMap((batch) => batch.strata.map(({ position }) => position));
    expect(positions.length).toBeGreaterThan(0);
    for (const position of positions) {
      expect(position).toEqual({ epoch: 1, step: 1, legacyBuild: 'l-7', candidateBuild: 'c-9' });
    }
  });

  it('marks a difference critical where its route says so', async () => {
    const service = (n: number): Promise<Service> => jsonService(() => ({ balance: n, note: n }));
    const [legacy, candidate] = [await service(1), await service(2)];
    const critical = async (paths: true | string[]): Promise<number> => {
      const guard = await guardBetween(legacy, candidate, {
        routes: [routeWith({ seam: 'GET /a', critical: paths, compare: [ignore('$.note')] })],
      });
      await ask(guard, '/a', 1);
      const { strata } = guard.plane.seam('GET /a').summary();
      return strata.reduce((sum, { tally }) => sum + tally.critical, 0);
    };
    expect([
      await critical(true),
      await critical(['$.balance']),
      await critical(['$.note']),
    ]).toEqual([2, 2, 0]);
  });
});
