import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AdminClient, connectToControl } from '@falsework/client';
import { ROUTES } from '@falsework/client/contract';
import { type RunningControl, startControl, type Token } from '@falsework/control';
import { BatchRefused } from '@falsework/core/ports';
import type { Snapshot } from '@falsework/core/routing';
import { systemClock, systemRandom } from '@falsework/system';
import { QUICK_POLICY } from '@falsework/testkit';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

const TOKENS: readonly Token[] = [
  { secret: 'viewer-secret', role: 'viewer', name: null },
  { secret: 'plane-secret', role: 'plane', name: null },
  { secret: 'operator-secret', role: 'operator', name: null },
  { secret: 'ada-secret', role: 'operator', name: 'ada' },
];

let folder: string;
let control: RunningControl;

const start = (over: Partial<Parameters<typeof startControl>[0]> = {}): Promise<RunningControl> =>
  startControl({
    migrations: [
      {
        name: 'orders',
        owner: 'payments',
        topology: 'shared',
        deleteBy: Date.UTC(2026, 11, 31),
        comparator: 'cmp-1',
        schema: '1',
        policy: QUICK_POLICY,
        cohorts: {},
      },
    ],
    store: join(folder, 'state.db'),
    port: 0,
    tokens: TOKENS,
    version: '0.1.0',
    loopMs: 50,
    log: pino({ level: 'silent' }),
    ...over,
  });

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'falsework-control-'));
  control = await start();
});

afterEach(async () => {
  await control.stop();
  rmSync(folder, { recursive: true });
});

const as = (role: string): AdminClient =>
  new AdminClient({ url: control.url, token: `${role}-secret` });
const one = { params: { migration: 'orders' }, query: {} };
const ask = (client: AdminClient, request: unknown, { by = 'ada', execute = true } = {}) =>
  client.call(ROUTES.decide, { ...one, body: { by, execute, request } as never });

describe('the admin API', () => {
  it('is closed without a token, but says that it is alive', async () => {
    expect((await fetch(`${control.url}/healthz`)).status).toBe(200);
    for (const path of ['/v1/migrations', '/v1/migrations/orders', '/metrics']) {
      const response = await fetch(`${control.url}${path}`);
      expect(response.status).toBe(401);
      expect(await response.json()).toMatchObject({ code: 'FW_TOKEN_MISSING' });
    }
  });

  it.each(Object.values(ROUTES).filter(({ role }) => role !== 'none'))(
    'answers nobody $method $path without a token, nor with one below its role',
    async ({ method, path, role }) => {
      const url = `${control.url}${path.replace(':migration', 'orders').replace(':id', '0'.repeat(16))}`;
      const ask = (headers: Record<string, string>) =>
        fetch(url, {
          method,
          headers: { 'content-type': 'application/json', ...headers },
          ...(method === 'POST' ? { body: '{}' } : {}),
        });
      expect((await ask({})).status).toBe(401);
      // Neither an event stream nor a cookie from elsewhere is a way around.
      expect((await ask({ accept: 'text/event-stream', cookie: 'falsework_0=x' })).status).toBe(
        401,
      );
      const weaker = {
        viewer: 'wrong',
        plane: 'viewer-secret',
        operator: 'plane-secret',
        none: '',
      };
      const { status } = await ask({ authorization: `Bearer ${weaker[role]}` });
      expect(status).toBe(403);
    },
  );

  it.each(['', 'Bearer', 'Bearer wrong', 'Basic viewer-secret', 'Bearer viewer-secret extra'])(
    'refuses the authorization %j',
    async (authorization) => {
      const response = await fetch(`${control.url}/v1/migrations`, { headers: { authorization } });
      expect([401, 403]).toContain(response.status);
    },
  );

  it('lets a viewer look and not act, and a plane report and not act', async () => {
    expect((await as('viewer').call(ROUTES.migration, { ...one, body: {} })).stage).toBe('inert');
    for (const role of ['viewer', 'plane']) {
      const step = ask(as(role), { type: 'hold', reason: 'freeze' });
      await expect(step).rejects.toMatchObject({ code: 'FW_TOKEN_REFUSED' });
    }
    const report = as('viewer').call(ROUTES.evidence, { ...one, body: {} as never });
    await expect(report).rejects.toMatchObject({ code: 'FW_TOKEN_REFUSED' });
  });

  it('refuses a skipped stage with the evidence that is missing, and changes nothing', async () => {
    const answer = await ask(as('operator'), { type: 'advance', to: 'seal' });
    expect(answer.isExecuted).toBe(false);
    expect(answer.refusal).toMatchObject({ code: 'stage-skipped' });
    expect(answer.refusal?.missing.map((gate) => gate.gate)).toContain('candidate-health');
    expect(
      (await as('viewer').call(ROUTES.decisions, { ...one, body: {} })).decisions,
    ).toHaveLength(1);
  });

  it('rehearses before it acts', async () => {
    const hold = { type: 'hold', reason: 'release freeze' };
    const rehearsed = await ask(as('operator'), hold, { execute: false });
    expect(rehearsed).toMatchObject({ isExecuted: false, refusal: null });
    expect((await as('viewer').call(ROUTES.migration, { ...one, body: {} })).hold).toBeNull();
    await ask(as('operator'), hold);
    const status = await as('viewer').call(ROUTES.migration, { ...one, body: {} });
    expect(status.hold).toMatchObject({ by: 'ada', reason: 'release freeze' });
  });

  it('signs with the name of the token’s owner, whatever the body says', async () => {
    const answer = await ask(as('ada'), { type: 'hold', reason: 'freeze' }, { by: 'grace' });
    expect(answer.decision?.by).toBe('ada');
  });

  it.each([
    { title: 'a body that is not JSON', body: '{"by":', type: 'application/json' },
    { title: 'an empty body', body: '', type: 'application/json' },
    { title: 'another shape', body: '{"by":"ada"}', type: 'application/json' },
    {
      title: 'an unknown stage',
      body: '{"by":"a","execute":true,"request":{"type":"advance","to":"x"}}',
      type: 'application/json',
    },
    { title: 'another media type', body: 'by=ada', type: 'text/plain' },
  ])('answers $title with a clear error', async ({ body, type }) => {
    const response = await fetch(`${control.url}/v1/migrations/orders/decisions`, {
      method: 'POST',
      headers: { authorization: 'Bearer operator-secret', 'content-type': type },
      body,
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: 'FW_REQUEST_INVALID' });
  });

  it('names the migrations that there are when asked for another', async () => {
    const call = as('viewer').call(ROUTES.migration, {
      params: { migration: 'ledger' },
      query: {},
      body: {},
    });
    await expect(call).rejects.toMatchObject({ code: 'FW_MIGRATION_UNKNOWN', message: /orders/ });
  });

  it('describes every route that it serves', async () => {
    const document = (await (await fetch(`${control.url}/openapi.json`)).json()) as {
      openapi: string;
      paths: Record<string, Record<string, unknown>>;
    };
    expect(document.openapi).toBe('3.1.0');
    const described = Object.entries(document.paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const served = Object.values(ROUTES).map(
      (r) => `${r.method} ${r.path.replace(/:(\w+)/g, '{$1}')}`,
    );
    expect(described.sort()).toEqual(served.sort());
  });

  it('shows its metrics to Prometheus', async () => {
    const response = await fetch(`${control.url}/metrics`, {
      headers: { authorization: 'Bearer viewer-secret' },
    });
    const text = await response.text();
    expect(text).toContain('falsework_stage{migration="orders"} 1');
    expect(text).toContain('# HELP falsework_share_percent');
  });
});

describe('a plane', () => {
  const link = (token = 'plane-secret') =>
    connectToControl({
      url: control.url,
      token,
      migration: 'orders',
      clock: systemClock,
      random: systemRandom,
    });

  it('hears the present snapshot at once and every newer one as it is decided', async () => {
    const heard: Snapshot[] = [];
    const cancel = link().subscribe((snapshot) => heard.push(snapshot));
    await vi.waitFor(() => expect(heard.map((s) => s.version)).toEqual([1]), 5_000);
    await ask(as('operator'), { type: 'hold', reason: 'freeze' });
    await ask(as('operator'), { type: 'resume' });
    await vi.waitFor(() => expect(heard.map((s) => s.version)).toEqual([1, 2, 3]), 5_000);
    cancel();
  });

  it('learns that a batch is refused for what it holds, and not for control being away', async () => {
    const batch = {
      plane: 'p1',
      sequence: 1,
      sentAt: 0,
      snapshotVersion: 1,
      strata: [],
      seams: [],
      signatures: [],
      pairs: [],
      health: [],
      legacyHits: 0,
      legacyProbes: 0,
      retreat: null,
    };
    const tooLong = { ...batch, plane: 'p'.repeat(100_000) };
    await expect(link().report(tooLong)).rejects.toBeInstanceOf(BatchRefused);
    await expect(link('viewer-secret').report(batch)).rejects.not.toBeInstanceOf(BatchRefused);
    await link().report(batch);
    await control.stop();
    await expect(link().report(batch)).rejects.not.toBeInstanceOf(BatchRefused);
    control = await start();
  });

  it('tells how many reads its fences kept with legacy, and that is a metric', async () => {
    const quote = {
      seam: 'quote',
      step: 1,
      served: {
        legacy: { requests: 5, failures: 0, fenced: 3 },
        candidate: { requests: 0, failures: 0 },
      },
    };
    const batch = {
      plane: 'p-fenced',
      sequence: 1,
      sentAt: 0,
      snapshotVersion: 1,
      strata: [],
      seams: [quote],
      signatures: [],
      pairs: [],
      health: [],
      legacyHits: 0,
      legacyProbes: 0,
      retreat: null,
    };
    await link().report(batch);
    const headers = { authorization: 'Bearer viewer-secret' };
    const response = await fetch(`${control.url}/metrics`, { headers });
    expect(await response.text()).toContain(
      'falsework_reads_fenced_total{migration="orders",seam="quote"} 3',
    );
  });

  it('finds control again after control was away, and never hears an older snapshot', async () => {
    const heard: number[] = [];
    const cancel = link().subscribe((snapshot) => heard.push(snapshot.version));
    await vi.waitFor(() => expect(heard).toEqual([1]), 5_000);
    const port = Number(new URL(control.url).port);
    await control.stop();
    control = await start({ port });
    await ask(as('operator'), { type: 'hold', reason: 'freeze' });
    await vi.waitFor(() => expect(heard.at(-1)).toBe(2), 10_000);
    expect(heard).toEqual([...heard].sort((a, b) => a - b));
    cancel();
  });

  it('is told when its evidence is not taken', async () => {
    const batch = { plane: 'p', sequence: 0 } as never;
    await expect(link().report(batch)).rejects.toMatchObject({
      cause: { code: 'FW_REQUEST_INVALID' },
    });
    await expect(link('viewer-secret').report(batch)).rejects.toMatchObject({
      code: 'FW_TOKEN_REFUSED',
    });
  });
});

describe('starting control', () => {
  it('refuses a port that is in use, and leaves nothing behind', async () => {
    const port = Number(new URL(control.url).port);
    await expect(start({ port })).rejects.toMatchObject({ code: 'FW_LISTEN', exitCode: 2 });
  });

  it('refuses to listen beyond this machine without tokens', async () => {
    const open = start({ host: '0.0.0.0', tokens: [] });
    await expect(open).rejects.toMatchObject({ code: 'FW_LISTEN_UNPROTECTED' });
  });

  it('is called unreachable by a client when it is not there', async () => {
    const client = new AdminClient({ url: 'http://127.0.0.1:1', token: null });
    const call = client.call(ROUTES.migrations, { params: {}, query: {}, body: {} });
    await expect(call).rejects.toMatchObject({
      code: 'FW_CONTROL_UNREACHABLE',
      message: /ECONNREFUSED/,
    });
  });
});
