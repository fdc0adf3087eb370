// A fence over two stores that something else than the guard's journal keeps equal: what callers of
// both versions of HTTP notice of it, which is nothing.
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { connect } from 'node:net';
import type { FenceReason } from '@falsework/core/routing';
import { request as send } from 'undici';
import { describe, expect, it } from 'vitest';
import {
  atEnd,
  bodyOf,
  exchangeRaw,
  guardBetween,
  httpService,
  routeWith,
  ScriptedLink,
  type Service,
  snapshotWith,
  until,
} from '../test/fixtures.ts';
import { heldFence, ScriptedFence } from '../test/scripted-fence.ts';
import { type GuardOptions, type RunningGuard, reportText } from './main.ts';

/** Says which side it is, what it was sent, and how often it was asked. */
interface Side extends Service {
  readonly asked: string[];
}

async function side(name: string): Promise<Side> {
  const asked: string[] = [];
  const service = await httpService((request, response) => {
    void bodyOf(request).then((body) => {
      // The guard asks by itself whether a side lives.
      if (request.url !== '/') asked.push(request.url ?? '');
      const sum = createHash('sha256').update(body).digest('hex');
      const { 'x-n': n = '' } = request.headers;
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ side: name, url: request.url, n, bytes: body.length, sum }));
    });
  });
  return { ...service, asked };
}

const KEY = { from: 'path', name: 'id' } as const;
const ROUTES = [
  routeWith({ seam: 'GET /accounts/{id}', key: KEY }),
  routeWith({ seam: 'POST /accounts/{id}/search', key: KEY }),
  routeWith({ seam: 'POST /accounts/{id}/orders', key: KEY, effects: 'undeclared' }),
];

interface Bench {
  readonly guard: RunningGuard;
  readonly legacy: Side;
  readonly candidate: Side;
  readonly link: ScriptedLink;
}

const SHIFT = { stage: 'shift', percent: 100, topology: 'separate' } as const;

async function bench(
  fence: ScriptedFence,
  over: Parameters<typeof snapshotWith>[0] = {},
  options: Partial<GuardOptions> = {},
): Promise<Bench> {
  const [legacy, candidate] = [await side('legacy'), await side('candidate')];
  const link = new ScriptedLink();
  const snapshot = snapshotWith({ ...SHIFT, shadow: { sample: 0 }, ...over });
  const guard = await guardBetween(legacy, candidate, {
    routes: ROUTES,
    snapshot,
    link,
    fence,
    ...options,
  });
  return { guard, legacy, candidate, link };
}

interface Said {
  readonly side: string;
  readonly url: string;
  readonly n: string;
  readonly bytes: number;
  readonly sum: string;
}

async function ask(
  { guard }: Pick<Bench, 'guard'>,
  path: string,
  options: Parameters<typeof send>[1] = {},
): Promise<Said> {
  const { body } = await send(`${guard.url}${path}`, options);
  return (await body.json()) as Said;
}

const READ = '/accounts/7';

describe('a read that the candidate is to serve', () => {
  it('is served by it once the fence has let it through, and not before', async () => {
    const { fence, tell } = heldFence();
    const at = await bench(fence);
    const answer = ask(at, READ);
    await until(() => tell.length === 1, 'the fence was asked');
    expect([at.legacy.asked, at.candidate.asked]).toEqual([[], []]);
    tell[0]?.(null);
    expect((await answer).side).toBe('candidate');
    expect(fence.asked).toEqual(['7']);
    expect(at.guard.report()).toMatchObject({ fenced: 0, fence: { passed: 1 } });
  });

  it.each<FenceReason>(['pending', 'every-key', 'too-many', 'unknown'])(
    'is served by legacy when the fence says %s, and counted so',
    async (reason) => {
      const at = await bench(new ScriptedFence(reason));
      expect((await ask(at, READ)).side).toBe('legacy');
      const report = at.guard.report();
      expect(report.fence).toMatchObject({ passed: 0, fenced: { [reason]: 1 } });
      expect(report.fenced).toBe(1);
      expect(report.fence?.waited.p50Ms).toBeGreaterThanOrEqual(0);
      expect(reportText(report)).toMatch(
        /^fence: 0 let through · 1 kept with legacy \(.+ 1\) · waited p50/m,
      );
      await at.guard.stop({ withinMs: 0 });
      const served = at.link.batches.flatMap(({ seams }) => seams);
      expect(served).toMatchObject([
        { seam: 'GET /accounts/{id}', served: { legacy: { fenced: 1 } } },
      ]);
    },
  );

  it('is served by legacy when the fence rejects or throws: nothing is known then', async () => {
    const fence = new ScriptedFence();
    const at = await bench(fence);
    fence.says = () => Promise.reject(new Error('no store'));
    expect((await ask(at, READ)).side).toBe('legacy');
    fence.says = () => {
      throw new Error('no fence');
    };
    expect((await ask(at, READ)).side).toBe('legacy');
    expect(at.guard.report().fence?.fenced.unknown).toBe(2);
  });

  it('goes on with its own head, however many others have come since', async () => {
    const { fence, tell } = heldFence();
    const at = await bench(fence);
    const count = 50;
    const answers = Array.from({ length: count }, (_, i) =>
      ask(at, `/accounts/${i}`, { headers: { 'x-n': String(i), cookie: 'a'.repeat(i) } }),
    );
    await until(() => tell.length === count, 'all of them wait');
    for (const [i, one] of tell.entries()) one(i % 3 === 0 ? 'pending' : null);
    // In the order of asking, which is not that of coming.
    const isKept = new Map(fence.asked.map((key, i) => [key, i % 3 === 0]));
    for (const [i, said] of (await Promise.all(answers)).entries()) {
      const expected = isKept.get(String(i)) === true ? 'legacy' : 'candidate';
      expect(said).toMatchObject({ side: expected, url: `/accounts/${i}`, n: String(i) });
    }
  });
});

describe('a fence', () => {
  it.each([
    ['legacy serves', { percent: 0 }, READ, 'GET'],
    ['there is one store', { topology: 'shared' }, READ, 'GET'],
    ['the candidate is alone', { stage: 'seal' }, READ, 'GET'],
    ['something is written', {}, '/accounts/7/orders', 'POST'],
  ] as const)('is not asked where %s', async (_, over, path, method) => {
    const fence = new ScriptedFence('pending');
    const at = await bench(fence, over);
    await ask(at, path, { method, body: method === 'POST' ? 'x' : null });
    expect(fence.asked).toEqual([]);
  });

  it('that knows nothing keeps nobody from the candidate once that one takes the writes', async () => {
    const at = await bench(new ScriptedFence('unknown'), { stage: 'turnover' });
    expect((await ask(at, READ)).side).toBe('candidate');
    const way = await bench(new ScriptedFence('pending'), { stage: 'turnover' });
    expect((await ask(way, READ)).side).toBe('legacy');
  });

  it.each([
    ['back to legacy', { ...SHIFT, percent: 0 }, null, 'legacy'],
    ['on to turnover', { ...SHIFT, stage: 'turnover' }, 'unknown', 'candidate'],
    ['on to seal', { ...SHIFT, stage: 'seal' }, 'pending', 'candidate'],
  ] as const)('is heeded by what was decided meanwhile: %s', async (_, next, says, expected) => {
    const { fence, tell } = heldFence();
    const at = await bench(fence);
    const answer = ask(at, READ);
    await until(() => tell.length === 1, 'it waits');
    at.link.push(snapshotWith({ ...next, version: 2, shadow: { sample: 0 } }));
    tell[0]?.(says);
    expect((await answer).side).toBe(expected);
  });

  it('cannot be another one after a reload: reads wait for the one that there is', async () => {
    const fence = new ScriptedFence();
    const at = await bench(fence);
    const { legacy, candidate } = at;
    const options = { legacy: legacy.origin, candidate: candidate.origin, port: 0, routes: ROUTES };
    const { reload } = at.guard as RunningGuard & { reload: (to: GuardOptions) => void };
    expect(() => reload({ ...options, fence: new ScriptedFence() })).toThrow(
      expect.objectContaining({ code: 'FW_GUARD_RELOAD' }),
    );
  });
});

describe('the body of a read that waits', () => {
  const body = randomBytes(1024 * 1024);
  const sum = createHash('sha256').update(body).digest('hex');
  const whole = { bytes: body.length, sum };

  it.each([
    ['candidate', null],
    ['legacy', 'pending'],
  ] as const)('reaches the %s whole, and the connection goes on', async (expected, says) => {
    const { fence, tell } = heldFence();
    const at = await bench(fence);
    const answer = ask(at, '/accounts/7/search', { method: 'POST', body });
    await until(() => tell.length === 1, 'it waits');
    tell[0]?.(says);
    expect(await answer).toMatchObject({ ...whole, side: expected });
    fence.says = () => Promise.resolve(null);
    expect((await ask(at, '/accounts/8')).url).toBe('/accounts/8');
  });

  it('is never taken for a request, and the one behind it waits for its turn', async () => {
    const { fence, tell } = heldFence();
    const at = await bench(fence);
    const inner = 'GET /accounts/smuggled HTTP/1.1\r\nHost: a\r\n\r\n';
    const texts = [
      `POST /accounts/1/search HTTP/1.1\r\nHost: a\r\nContent-Length: ${inner.length}\r\n\r\n${inner}`,
      'GET /accounts/2 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
    ];
    const received = exchangeRaw(at.guard.port, texts.join(''));
    await until(() => tell.length >= 1, 'the first one waits');
    tell[0]?.(null);
    await until(() => tell.length === 2, 'the second one waits');
    tell[1]?.(null);
    const urls = [...(await received).matchAll(/"url":"([^"]+)"/g)].map(([, url]) => url);
    expect(urls).toEqual(['/accounts/1/search', '/accounts/2']);
    expect(at.candidate.asked).toEqual(urls);
  });

  it.each([
    ['candidate', null],
    ['legacy', 'every-key'],
  ] as const)('reaches the %s whole over HTTP/2 too', async (expected, says) => {
    const { fence, tell } = heldFence();
    const at = await bench(fence);
    const session = connectHttp2(at.guard.url);
    atEnd(() => session.destroy());
    const stream = session.request({ ':method': 'POST', ':path': '/accounts/7/search' });
    stream.end(body);
    await until(() => tell.length === 1, 'it waits');
    tell[0]?.(says);
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk as Buffer);
    const said = JSON.parse(Buffer.concat(chunks).toString()) as Said;
    expect(said).toMatchObject({ ...whole, side: expected });
  });
});

const POST = 'POST /accounts/7/search HTTP/1.1\r\nHost: a\r\n';

describe('a caller that leaves while the fence is asked', () => {
  it.each([
    ['a question', 'GET /accounts/7 HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['half a body', `${POST}Content-Length: 100000\r\n\r\nhalf`],
  ])('with %s is counted, and no side is asked, then or later', async (_, text) => {
    const { fence, tell } = heldFence();
    const at = await bench(fence);
    const socket = connect(at.guard.port, '127.0.0.1');
    socket.write(text);
    await until(() => tell.length === 1, 'it waits');
    socket.destroy();
    await until(() => abandoned(at) === 1, 'it was noticed');
    tell[0]?.(null);
    fence.says = () => Promise.resolve(null);
    // A whole turn of another read: what was to happen to the first one has happened by then.
    await ask(at, '/accounts/8');
    expect([at.legacy.asked, at.candidate.asked]).toEqual([[], ['/accounts/8']]);
    expect(at.guard.report().faults).toBe(0);
  });

  it('is noticed over HTTP/2 too', async () => {
    const { fence, tell } = heldFence();
    const at = await bench(fence);
    const session = connectHttp2(at.guard.url);
    atEnd(() => session.destroy());
    const stream = session.request({ ':path': READ });
    stream.on('error', () => {});
    await until(() => tell.length === 1, 'it waits');
    stream.close();
    await until(() => abandoned(at) === 1, 'it was noticed');
    tell[0]?.('pending');
    fence.says = () => Promise.resolve(null);
    await ask(at, '/accounts/8');
    expect([at.legacy.asked, at.candidate.asked]).toEqual([[], ['/accounts/8']]);
  });
});

const abandoned = ({ guard }: Bench): number =>
  guard.report().routes.reduce((sum, route) => sum + route.abandoned, 0);

describe('a read that waits too long', () => {
  it('is a 504 when its total time is over, counted from its beginning', async () => {
    const { fence, tell } = heldFence();
    const at = await bench(fence, {}, { limits: { totalTimeoutMs: 100 } });
    const { statusCode, body } = await send(`${at.guard.url}${READ}`);
    expect(statusCode).toBe(504);
    expect(await body.json()).toMatchObject({ error: { code: 'FW_GUARD_SIDE_TIMEOUT' } });
    tell[0]?.(null);
    fence.says = () => Promise.resolve(null);
    await ask(at, '/accounts/8');
    expect(at.candidate.asked).toEqual(['/accounts/8']);
    expect(abandoned(at)).toBe(1);
    // That the stores were slow is neither side's failure, and moves nobody back.
    expect(at.guard.report().failed).toEqual({ legacy: 0, candidate: 0 });
  });
});

describe('a guard that stops', () => {
  it('lets reads finish that wait for the fence', async () => {
    const { fence, tell } = heldFence();
    const at = await bench(fence);
    const answer = ask(at, READ);
    await until(() => tell.length === 1, 'it waits');
    const stopped = at.guard.stop({ withinMs: 5_000 });
    setTimeout(() => tell[0]?.(null), 50);
    expect((await answer).side).toBe('candidate');
    await stopped;
  });

  it('does not wait for a fence for longer than it was given', async () => {
    const { fence, tell } = heldFence();
    const at = await bench(fence);
    const answer = ask(at, READ).catch((error: unknown) => error);
    await until(() => tell.length === 1, 'it waits');
    await at.guard.stop({ withinMs: 20 });
    expect(await answer).toBeInstanceOf(Error);
    tell[0]?.(null);
    await once(connect(at.legacy.port, '127.0.0.1'), 'connect');
    expect([at.legacy.asked, at.candidate.asked]).toEqual([[], []]);
  });
});

describe('a difference between two stores', () => {
  const COMPARED = { shadow: { sample: 1 } };
  const rowOf = ({ guard }: Bench) =>
    guard.report().routes.find(({ seam }) => seam === 'GET /accounts/{id}');

  it.each(['shadow', 'shift'] as const)(
    'is nobody’s in %s when the key was written while the sides answered',
    async (stage) => {
      const fence = new ScriptedFence();
      fence.moved.add('7');
      const at = await bench(fence, { stage, percent: stage === 'shift' ? 100 : 0, ...COMPARED });
      await ask(at, READ);
      await at.guard.settled();
      expect(rowOf(at)).toMatchObject({ compared: 0, differing: 0, shed: { fenced: 1 } });
      // Of a key at rest it is the candidate's own.
      await ask(at, '/accounts/8');
      await at.guard.settled();
      expect(rowOf(at)).toMatchObject({ compared: 1, differing: 1 });
    },
  );

  it('stands while nothing is known of the stores', async () => {
    const fence = new ScriptedFence('unknown');
    fence.moved.add('7');
    fence.position = null;
    const at = await bench(fence, { stage: 'shadow', percent: 0, ...COMPARED });
    await ask(at, READ);
    await at.guard.settled();
    expect(rowOf(at)).toMatchObject({ compared: 1, differing: 1, shed: { fenced: 0 } });
  });

  it('is not looked at again while the key is on its way', async () => {
    const fence = new ScriptedFence('pending');
    const at = await bench(fence, {
      stage: 'shadow',
      percent: 0,
      shadow: { sample: 1, recheckAfterMs: 1 },
    });
    await ask(at, READ);
    await at.guard.settled();
    expect(rowOf(at)).toMatchObject({ differing: 0, shed: { fenced: 1 } });
    // Asked for the comparison only: legacy serves, and its callers wait for nothing.
    expect(fence.asked).toEqual(['7']);
    expect(at.guard.report().fence).toMatchObject({ passed: 0, waited: { p50Ms: null } });
  });
});
