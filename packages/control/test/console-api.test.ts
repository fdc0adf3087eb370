import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROUTES } from '@falsework/client/contract';
import { type RunningControl, startControl, type Token } from '@falsework/control';
import { passingData } from '@falsework/testkit';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { causeAt, FixturePlane, MANAGED } from './fixtures.ts';

const TOKENS: readonly Token[] = [
  { secret: 'viewer-secret', role: 'viewer', name: null },
  { secret: 'plane-secret', role: 'plane', name: null },
  { secret: 'operator-secret', role: 'operator', name: null },
];
const OURS = { 'x-falsework-console': '1', 'content-type': 'application/json' };

let folder: string;
let control: RunningControl;
let plane: FixturePlane;
let now: number;

beforeEach(async () => {
  now = Date.now();
  folder = mkdtempSync(join(tmpdir(), 'falsework-console-'));
  const site = join(folder, 'site');
  mkdirSync(join(site, 'assets'), { recursive: true });
  writeFileSync(join(site, 'index.html'), '<!doctype html><title>Falsework</title>');
  writeFileSync(join(site, 'assets', 'app-1.js'), 'export {};\n'.repeat(100));
  writeFileSync(join(folder, 'secret.html'), 'not of the console');
  control = await startControl({
    migrations: [MANAGED],
    store: join(folder, 'state.db'),
    port: 0,
    tokens: TOKENS,
    version: '0.1.0',
    loopMs: 3_600_000,
    log: pino({ level: 'silent' }),
    console: site,
    clock: { now: () => now, monotonicMs: () => now, after: () => () => {} },
  });
  plane = new FixturePlane(
    () => control.service,
    () => now,
  );
});

afterEach(async () => {
  await control.stop();
  rmSync(folder, { recursive: true });
});

const get = (path: string, headers: Record<string, string> = {}) =>
  fetch(`${control.url}${path}`, { headers });
const post = (path: string, body: unknown, headers: Record<string, string> = OURS) =>
  fetch(`${control.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });

/** Signs in and hands back the cookie as a browser sends it. */
const signIn = async (role: string, name: string | null = 'grace'): Promise<string> => {
  const answer = await post('/v1/session', { token: `${role}-secret`, name });
  expect(answer.status).toBe(200);
  return (answer.headers.get('set-cookie') ?? '').split(';', 1)[0] ?? '';
};
const hold = (cookie: string, headers: Record<string, string> = OURS) =>
  post(
    '/v1/migrations/orders/decisions',
    { by: 'mallory', execute: true, request: { type: 'hold', reason: 'freeze' } },
    { ...headers, cookie },
  );
const version = async () => (await control.service.known('orders')).state.version;

describe('signing in to the console', () => {
  it('opens what the role may see, and signs what it does with the name that was given', async () => {
    const cookie = await signIn('operator');
    expect((await get('/v1/migrations', { cookie })).status).toBe(200);
    expect(await (await get('/v1/session', { cookie })).json()).toMatchObject({
      session: { role: 'operator', name: 'grace' },
    });
    const answer = (await (await hold(cookie)).json()) as { decision: { by: string } };
    expect(answer.decision.by).toBe('grace');
  });

  it('says of nobody that it is nobody, without an error', async () => {
    const answer = await get('/v1/session');
    expect([answer.status, await answer.json()]).toEqual([200, { session: null }]);
  });

  it.each([
    { title: 'an unknown token', body: { token: 'wrong', name: 'grace' }, status: 403 },
    { title: 'a plane’s token', body: { token: 'plane-secret', name: 'grace' }, status: 403 },
    { title: 'no name', body: { token: 'operator-secret', name: null }, status: 403 },
    { title: 'an empty name', body: { token: 'operator-secret', name: ' ' }, status: 400 },
    { title: 'no token', body: { name: 'grace' }, status: 400 },
  ])('is refused with $title, and sets no cookie', async ({ body, status }) => {
    const answer = await post('/v1/session', body);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('set-cookie')).toBeNull();
  });

  it('is not tried for ever: ten wrong tokens, then a wait that is said, for right ones too', async () => {
    const cookie = await signIn('viewer');
    for (let i = 0; i < 10; i += 1) {
      expect((await post('/v1/session', { token: `guess-${i}`, name: 'mallory' })).status).toBe(
        403,
      );
    }
    const limited = await post('/v1/session', { token: 'operator-secret', name: 'mallory' });
    expect([limited.status, limited.headers.get('retry-after')]).toEqual([429, '60']);
    expect(limited.headers.get('set-cookie')).toBeNull();
    expect(await limited.json()).toMatchObject({ code: 'FW_SIGN_IN_LIMITED' });
    // Whoever is in stays in, and programs with a token are not held up by somebody's guessing.
    expect((await get('/v1/migrations', { cookie })).status).toBe(200);
    const authorization = 'Bearer viewer-secret';
    expect((await get('/v1/migrations', { authorization })).status).toBe(200);
    now += 60_000;
    await signIn('operator');
  });

  it('ends when it is asked to, and by itself', async () => {
    const cookie = await signIn('viewer');
    const out = await post('/v1/session/end', {}, { ...OURS, cookie });
    expect(out.headers.get('set-cookie')).toMatch(/Max-Age=0/);
    now += 12 * 3_600_000;
    const late = await get('/v1/migrations', { cookie });
    expect(late.status).toBe(401);
    expect(await late.json()).toMatchObject({ code: 'FW_SESSION_OVER' });
    expect(await (await get('/v1/session', { cookie })).json()).toEqual({ session: null });
  });

  it('lets a viewer see everything and change nothing', async () => {
    const cookie = await signIn('viewer');
    const before = await version();
    const answer = await hold(cookie);
    expect([answer.status, await answer.json()]).toEqual([
      403,
      expect.objectContaining({ code: 'FW_TOKEN_REFUSED' }),
    ]);
    expect(await version()).toBe(before);
  });

  it('refuses a forged session, to see as to act', async () => {
    const [name, value = ''] = (await signIn('viewer')).split('=');
    const cookie = `${name}=${value.slice(0, -4)}AAAA`;
    expect((await get('/v1/migrations', { cookie })).status).toBe(401);
    expect((await hold(cookie)).status).toBe(401);
  });
});

describe('a request that another site makes with somebody’s session', () => {
  const host = () => new URL(control.url).host;

  it.each([
    { title: 'lacks our header', headers: () => ({ 'content-type': 'application/json' }) },
    { title: 'has another origin', headers: () => ({ ...OURS, origin: 'https://evil.example' }) },
    {
      title: 'has the origin of another port of this host',
      headers: () => ({ ...OURS, origin: 'http://127.0.0.1:1' }),
    },
    { title: 'has an origin that is none', headers: () => ({ ...OURS, origin: 'null' }) },
    { title: 'is called cross-site', headers: () => ({ ...OURS, 'sec-fetch-site': 'cross-site' }) },
    { title: 'is called same-site', headers: () => ({ ...OURS, 'sec-fetch-site': 'same-site' }) },
  ])('is refused when it $title, and changes nothing', async ({ headers }) => {
    const cookie = await signIn('operator');
    const before = await version();
    const answer = await raw('POST', '/v1/migrations/orders/decisions', {
      ...headers(),
      cookie,
    });
    expect([answer.status, JSON.parse(answer.body).code]).toEqual([403, 'FW_REQUEST_CROSS_SITE']);
    expect(await version()).toBe(before);
  });

  it('is not even shown anything', async () => {
    const cookie = await signIn('operator');
    const answer = await raw('GET', '/v1/migrations', { cookie, 'sec-fetch-site': 'cross-site' });
    expect(answer.status).toBe(403);
  });

  it('cannot sign anybody in', async () => {
    const body = JSON.stringify({ token: 'operator-secret', name: 'mallory' });
    const headers = { ...OURS, origin: 'https://evil.example' };
    expect((await raw('POST', '/v1/session', headers, body)).status).toBe(403);
  });

  it('is told from our own, which names this very origin', async () => {
    const cookie = await signIn('operator');
    const headers = {
      ...OURS,
      origin: `http://${host()}`,
      'sec-fetch-site': 'same-origin',
      cookie,
    };
    expect((await raw('POST', '/v1/migrations/orders/decisions', headers)).status).toBe(200);
  });

  it('does not concern programs: they send a token, which no browser sends for them', async () => {
    const headers = { authorization: 'Bearer operator-secret', 'content-type': 'application/json' };
    expect((await raw('POST', '/v1/migrations/orders/decisions', headers)).status).toBe(200);
  });

  /** With node:http, because `fetch` does not let a caller say what only a browser says. */
  const raw = (
    method: string,
    path: string,
    headers: Record<string, string>,
    body = JSON.stringify({ by: 'x', execute: true, request: { type: 'hold', reason: 'x' } }),
  ): Promise<{ status: number; body: string }> =>
    new Promise((resolve, reject) => {
      const sent = httpRequest(`${control.url}${path}`, { method, headers }, (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => {
          text += chunk.toString();
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text }));
      });
      sent.on('error', reject);
      sent.end(method === 'POST' ? body : undefined);
    });
});

describe('the pages of the console', () => {
  it('are there for anybody, and hold nothing', async () => {
    for (const path of ['/', '/m/orders', '/m/orders/differences']) {
      const answer = await get(path);
      expect([answer.status, answer.headers.get('content-type')]).toEqual([
        200,
        'text/html; charset=utf-8',
      ]);
    }
  });

  it('may load nothing from elsewhere, run nothing inline, and be framed by nobody', async () => {
    const { headers } = await get('/');
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain('unsafe');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
  });

  it('are kept by browsers where their name says what they hold, and asked about elsewhere', async () => {
    const script = await get('/assets/app-1.js');
    expect(script.headers.get('cache-control')).toMatch(/immutable/);
    expect(script.headers.get('content-encoding')).toBe('gzip');
    const page = await get('/');
    expect(page.headers.get('cache-control')).toBe('no-cache');
    const etag = page.headers.get('etag') ?? '';
    expect((await get('/', { 'if-none-match': etag })).status).toBe(304);
  });

  it('lead nowhere outside of their folder', async () => {
    for (const path of ['/secret.html', '/assets/../../secret.html', '/%2e%2e/secret.html']) {
      expect((await get(path)).status).toBe(404);
    }
  });
});

describe('what the console shows', () => {
  const params = { migration: 'orders' };
  const path = (route: { path: string }): string =>
    route.path.replace(':migration', params.migration);
  const ask = async <T>(route: { path: string }, query = ''): Promise<T> => {
    const cookie = await signIn('viewer');
    return (await (await get(`${path(route)}${query}`, { cookie })).json()) as T;
  };

  it('is closed to whoever is not signed in', async () => {
    const { events, history, distributions, causeLines, dataNow } = ROUTES;
    for (const route of [events, history, distributions, causeLines, dataNow]) {
      expect((await get(path(route))).status).toBe(401);
    }
  });

  it('is the history of what planes reported, of all or of one stratum', async () => {
    // The first report names the builds, and with them the epoch that the next counts in.
    await plane.tell();
    await plane.tell({ match: 90, mismatch: 10 });
    const all = await ask<{ points: { trials: number; hits: number }[]; rateMax: number }>(
      ROUTES.history,
    );
    expect(all.points).toEqual([expect.objectContaining({ trials: 100, hits: 10 })]);
    expect(all.rateMax).toBe(MANAGED.policy.mismatch.rateMax);
    const other = await ask<{ points: unknown[] }>(ROUTES.history, '?seam=another');
    expect(other.points).toEqual([]);
  });

  it('is every cause in a line', async () => {
    await plane.tell({ match: 5, mismatch: 5 }, { signatures: [causeAt('a41f', now)] });
    const { causes } = await ask<{ causes: { id: string; state: string; count: number }[] }>(
      ROUTES.causeLines,
    );
    expect(causes).toEqual([expect.objectContaining({ id: 'a41f000000000000' })]);
  });

  it('is what the data side said last, whole', async () => {
    expect(await ask(ROUTES.dataNow)).toEqual({ data: null });
    const { reportedAt: _, ...report } = passingData(now);
    await control.service.noteData('orders', report);
    expect(await ask(ROUTES.dataNow)).toEqual({ data: { ...report, reportedAt: now } });
  });

  it('comes as a stream: the present state at once', async () => {
    const cookie = await signIn('viewer');
    const answer = await get(ROUTES.events.path, { cookie, accept: 'text/event-stream' });
    expect(answer.headers.get('content-type')).toBe('text/event-stream');
    const reader = answer.body?.getReader();
    const first = new TextDecoder().decode((await reader?.read())?.value);
    await reader?.cancel();
    const [event, data = ''] = first.split('\n');
    expect(event).toBe('event: status');
    const { at, shown } = JSON.parse(data.replace('data: ', '')) as { at: number; shown: unknown };
    expect(ROUTES.events.answer.safeParse({ at, migrations: shown }).success).toBe(true);
  });
});
