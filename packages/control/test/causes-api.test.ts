import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AdminClient } from '@falsework/client';
import { ROUTES } from '@falsework/client/contract';
import { type RunningControl, startControl, type Token } from '@falsework/control';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { causeAt, FixturePlane, idOf, MANAGED, pairAt, SEAM } from './fixtures.ts';

const DAY_MS = 86_400_000;
const TOKENS: readonly Token[] = [
  { secret: 'viewer-secret', role: 'viewer', name: null },
  { secret: 'plane-secret', role: 'plane', name: null },
  { secret: 'operator-secret', role: 'operator', name: null },
  { secret: 'ada-secret', role: 'operator', name: 'ada' },
];

let folder: string;
let control: RunningControl;
let plane: FixturePlane;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'falsework-causes-'));
  control = await startControl({
    migrations: [MANAGED],
    store: join(folder, 'state.db'),
    port: 0,
    tokens: TOKENS,
    version: '0.1.0',
    // The loop is looked at elsewhere; here nothing may decide but the test.
    loopMs: 3_600_000,
    log: pino({ level: 'silent' }),
  });
  plane = new FixturePlane(() => control.service, Date.now);
});

afterEach(async () => {
  await control.stop();
  rmSync(folder, { recursive: true });
});

const params = { migration: 'orders' };
const as = (role: string): AdminClient =>
  new AdminClient({ url: control.url, token: `${role}-secret` });
const causes = async (query: object = {}, role = 'viewer') =>
  (await as(role).call(ROUTES.causes, { params, query, body: {} })).causes;
const pairs = async (query: object = {}, role = 'viewer') =>
  (await as(role).call(ROUTES.pairs, { params, query, body: {} })).pairs;
const status = () => as('viewer').call(ROUTES.migration, { params, query: {}, body: {} });
const decide = (request: object, role = 'operator') => {
  const body = { by: 'grace', execute: true, request } as never;
  return as(role).call(ROUTES.decide, { params, query: {}, body });
};
const note = (id: string, body: object, role = 'operator') =>
  as(role).call(ROUTES.note, { params: { ...params, id }, query: {}, body: body as never });

/** Reports over HTTP, as a plane does. */
const report = async (over: Parameters<FixturePlane['batch']>[1]): Promise<void> => {
  const body = (await plane.batch({ match: 10, mismatch: 1 }, over)) as never;
  await as('plane').call(ROUTES.evidence, { params, query: {}, body });
};

const accept = (over: object = {}): object => ({
  type: 'accept',
  id: idOf('a41f'),
  owner: 'grace',
  reason: 'as the law says',
  expiresAt: Date.now() + 5 * DAY_MS,
  ...over,
});

describe('causes over HTTP', () => {
  it('come from planes and go to people with everything that is known of them', async () => {
    const request = {
      method: 'GET',
      target: '/orders/7',
      headers: [['accept', 'application/json']],
      isComplete: true,
    } as const;
    const pair = pairAt(['a41f'], 5, { request });
    await report({ signatures: [causeAt('a41f', 5, { kind: 'order' })], pairs: [pair] });
    expect(await causes()).toMatchObject([
      {
        record: { id: idOf('a41f'), seam: SEAM, count: 1, shapes: ['number within 0.01 more'] },
        state: 'explained',
        acceptance: null,
        proposal: { rule: '{"rule":"unordered","path":"$.total"}' },
        note: null,
      },
    ]);
    expect(await pairs({ id: idOf('a41f') })).toEqual([pair]);
  });

  it('are found by the first digits of their id, among however many', async () => {
    const id = (i: number): string => (i * 7_919).toString(16).padStart(16, '0');
    for (let from = 0; from < 6_000; from += 2_000) {
      const signatures = Array.from({ length: 2_000 }, (_, i) =>
        causeAt(id(from + i + 1), 1, { count: 10 }),
      );
      await report({ signatures });
    }
    await report({ signatures: [causeAt('a41f', 1)] });
    expect(await causes()).toHaveLength(100);
    expect(await causes({ limit: 1_000 })).toHaveLength(1_000);
    expect((await causes({ limit: 1_000 })).map(({ record }) => record.id)).not.toContain(
      idOf('a41f'),
    );
    expect((await causes({ id: 'a41' })).map(({ record }) => record.id)).toEqual([idOf('a41f')]);
    expect(await causes({ id: 'a42' })).toEqual([]);
  });

  it('of another epoch are left out when one is asked for', async () => {
    await report({ signatures: [causeAt('a41f', 1)] });
    expect(await causes({ epoch: 1 })).toHaveLength(1);
    expect(await causes({ epoch: 2 })).toEqual([]);
  });

  it.each([
    ['causes', { limit: 0 }],
    ['causes', { limit: 1_001 }],
    ['causes', { epoch: 0 }],
    ['causes', { id: 'not hex' }],
    ['pairs', { limit: 'many' }],
    ['pairs', { id: 'a41f' }],
  ])('a question after %s with %j is refused', async (route, query) => {
    const asked = route === 'causes' ? causes(query) : pairs(query);
    await expect(asked).rejects.toMatchObject({ code: 'FW_REQUEST_INVALID', status: 400 });
  });

  it('are not shown to whoever has no token', async () => {
    for (const path of ['causes', 'pairs']) {
      const response = await fetch(`${control.url}/v1/migrations/orders/${path}`);
      expect(response.status).toBe(401);
    }
  });
});

describe('evidence with pairs, as it travels', () => {
  const long = 'x'.repeat(32_769);
  it.each([
    { title: 'a text beyond the limit', over: { legacy: long } },
    { title: 'an id that is none', over: { ids: ['../../etc'] } },
    { title: 'another format', over: { format: 'xml' } },
    { title: 'a moment that is none', over: { at: -1 } },
    { title: 'more causes than a comparison names', over: { ids: Array(51).fill(idOf('a')) } },
  ])('$title is refused whole', async ({ over }) => {
    const batch = { pairs: [pairAt(['7c20'], 1), pairAt(['a41f'], 1, over as never)] };
    await expect(report(batch)).rejects.toMatchObject({ code: 'FW_REQUEST_INVALID' });
    expect(await pairs()).toEqual([]);
  });

  it('a batch of a plane at its limits is taken, however many bytes its letters have', async () => {
    const text = '漢'.repeat(200);
    const sample = { at: 1, path: text, legacy: text, candidate: text, request: text };
    const signatures = Array.from({ length: 2_000 }, (_, i) =>
      causeAt(i.toString(16).padStart(16, '0'), 1, {
        template: text,
        samples: Array.from({ length: 5 }, () => sample),
      }),
    );
    await report({ signatures });
    expect(await causes({ limit: 1 })).toHaveLength(1);
  });

  it('more pairs than a plane keeps between two batches are refused', async () => {
    const many = Array.from({ length: 51 }, (_, i) => pairAt(['a41f'], i));
    await expect(report({ pairs: many })).rejects.toMatchObject({ code: 'FW_REQUEST_INVALID' });
    await report({ pairs: many.slice(1) });
    expect(await pairs()).toHaveLength(3);
  });
});

describe('accepting over HTTP', () => {
  beforeEach(() => report({ signatures: [causeAt('a41f', 1)] }));

  it('is for operators, in the name of the token’s owner', async () => {
    for (const role of ['viewer', 'plane']) {
      await expect(decide(accept(), role)).rejects.toMatchObject({ code: 'FW_TOKEN_REFUSED' });
    }
    expect((await decide(accept(), 'ada')).decision?.by).toBe('ada');
    const [accepted, ...others] = (await status()).accepted;
    expect(others).toEqual([]);
    expect(accepted).toMatchObject({
      id: idOf('a41f'),
      owner: 'grace',
      reason: 'as the law says',
      acceptedBy: 'ada',
      daysLeft: 5,
      isExpiring: true,
    });
    expect(accepted).not.toHaveProperty('shapes');
  });

  it.each([
    { title: 'an owner', over: { owner: undefined } },
    { title: 'an owner who is nobody', over: { owner: '  ' } },
    { title: 'a reason', over: { reason: undefined } },
    { title: 'a reason that says something', over: { reason: ' \n' } },
    { title: 'an expiry', over: { expiresAt: undefined } },
    { title: 'an expiry that is a moment', over: { expiresAt: '2027-03-31' } },
    { title: 'a whole id', over: { id: 'a41f' } },
  ])('needs $title', async ({ over }) => {
    await expect(decide(accept(over))).rejects.toMatchObject({ code: 'FW_REQUEST_INVALID' });
    expect((await status()).accepted).toEqual([]);
  });

  it('says clearly that there is no such cause', async () => {
    await expect(decide(accept({ id: idOf('b') }))).rejects.toMatchObject({
      code: 'FW_CAUSE_UNKNOWN',
      status: 404,
    });
  });

  it('refuses with words, and changes nothing', async () => {
    const before = await status();
    const answer = await decide(accept({ expiresAt: 1 }));
    expect(answer.refusal).toMatchObject({
      code: 'expiry-past',
      message: expect.stringContaining('Nothing was changed.'),
    });
    expect((await status()).version).toBe(before.version);
  });

  it('is shown to Prometheus with its owner and the days that are left, and no cause', async () => {
    await decide(accept({ owner: 'a "quoted" \\ owner\nin two lines' }));
    const response = await fetch(`${control.url}/metrics`, {
      headers: { authorization: 'Bearer viewer-secret' },
    });
    const lines = (await response.text()).split('\n');
    expect(lines).toContain('falsework_accepted_differences{migration="orders"} 1');
    const days = lines.find((line) => line.startsWith('falsework_accepted_days_left{')) ?? '';
    expect(days).toContain(`seam="${SEAM}",owner="a \\"quoted\\" \\\\ owner\\nin two lines"}`);
    expect(Number(days.split('} ')[1])).toBeCloseTo(5, 1);
    await decide({ type: 'reopen', id: idOf('a41f') });
    const after = await fetch(`${control.url}/metrics`, {
      headers: { authorization: 'Bearer viewer-secret' },
    });
    expect(await after.text()).not.toContain('falsework_accepted_days_left{');
  });
});

describe('notes over HTTP', () => {
  beforeEach(() => report({ signatures: [causeAt('a41f', 1)] }));
  const words = { by: 'grace', owner: null, text: 'rounding' };

  it('are written by operators, in the name of the token’s owner', async () => {
    for (const role of ['viewer', 'plane']) {
      const writing = note(idOf('a41f'), words, role);
      await expect(writing).rejects.toMatchObject({ code: 'FW_TOKEN_REFUSED' });
    }
    await note(idOf('a41f'), words, 'ada');
    expect((await causes())[0]?.note).toMatchObject({ text: 'rounding', by: 'ada', owner: null });
  });

  it.each([
    { title: 'an empty one', body: { ...words, text: ' ' } },
    { title: 'a document', body: { ...words, text: 'x'.repeat(501) } },
    { title: 'one without an author', body: { ...words, by: '' } },
  ])('$title is refused', async ({ body }) => {
    const writing = note(idOf('a41f'), body);
    await expect(writing).rejects.toMatchObject({ code: 'FW_REQUEST_INVALID' });
  });

  it('of a cause that nobody has seen is refused', async () => {
    await expect(note(idOf('b'), words)).rejects.toMatchObject({ code: 'FW_CAUSE_UNKNOWN' });
  });
});
