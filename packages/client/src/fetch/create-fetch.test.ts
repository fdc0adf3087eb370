import { afterEach, describe, expect, it, vi } from 'vitest';
import { refused, simulated } from '../../test/simulated.ts';
import { Deadline } from '../calls/deadline.ts';
import { HEADERS } from '../calls/header-names.ts';
import { reportOf } from '../calls/report.ts';

afterEach(() => {
  vi.unstubAllGlobals();
});

const URL_ = 'http://orders.test/orders';
const busy = (headers: Record<string, string> = {}): Response =>
  new Response('busy', { status: 503, headers });
const fine = (): Response => new Response('fine');

/** What a promise rejects with; a promise that resolves fails the test. */
async function thrownBy(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => expect.fail('It resolved.'),
    (error: unknown) => error,
  );
}

describe('what comes back', () => {
  it('is the very answer that fetch gave', async () => {
    const answer = fine();
    const { call, settle } = simulated(() => answer);
    expect(await settle(call(URL_))).toBe(answer);
    expect(reportOf(answer)).toMatchObject({ stop: 'answered', tries: 1, last: '200' });
  });

  it('is the last answer, when the server stayed busy', async () => {
    const answers = [busy(), busy(), busy(), busy()];
    const { call, settle } = simulated((_, nth) => answers[nth - 1] as Response);
    const given = await settle(call(URL_));
    expect(given).toBe(answers[3]);
    expect(reportOf(given)).toMatchObject({ stop: 'tries', tries: 4, last: '503' });
    expect(await given.text()).toBe('busy');
  });

  it('is the very error that fetch threw last, when nothing could be reached', async () => {
    const errors = [refused(), refused(), refused(), refused('ECONNRESET')];
    const { call, settle } = simulated((_, nth) => errors[nth - 1] as Error);
    const thrown = await thrownBy(settle(call(URL_)));
    expect(thrown).toBe(errors[3]);
    expect(reportOf(thrown)).toMatchObject({ stop: 'tries', tries: 4, last: 'ECONNRESET' });
    expect(reportOf(thrown)?.action).toContain('Look at that service');
  });

  it('is the error at once, when sending again would fail the same way', async () => {
    const error = new TypeError('fetch failed', {
      cause: Object.assign(new Error('expired'), { code: 'CERT_HAS_EXPIRED' }),
    });
    const { call, settle, arrived } = simulated(() => error);
    expect(await thrownBy(settle(call(URL_)))).toBe(error);
    expect(arrived).toHaveLength(1);
    expect(reportOf(error)).toMatchObject({ stop: 'failed' });
  });

  it('is what fetch says of an address that is none, or not of HTTP', async () => {
    const { call, arrived } = simulated(fine);
    await expect(call('nowhere')).rejects.toThrow(TypeError);
    await call('data:text/plain,hello');
    expect(arrived.map(({ url }) => url)).toEqual(['data:text/plain,hello']);
  });
});

describe('retries', () => {
  it.each([429, 503])('come after %i', async (status) => {
    const { call, settle, arrived } = simulated((_, nth) =>
      nth < 3 ? new Response(null, { status }) : fine(),
    );
    expect((await settle(call(URL_))).status).toBe(200);
    expect(arrived).toHaveLength(3);
  });

  it.each([400, 404, 406, 409, 422, 500, 502, 504])('never come after %i', async (status) => {
    const { call, settle, arrived } = simulated(() => new Response(null, { status }));
    expect((await settle(call(URL_))).status).toBe(status);
    expect(arrived).toHaveLength(1);
  });

  it('wait at least as long as the server asks, in seconds', async () => {
    const { call, settle, arrived } = simulated((_, nth) =>
      nth === 1 ? busy({ 'retry-after': '7' }) : fine(),
    );
    await settle(call(URL_));
    expect(arrived[1]?.atMs).toBeGreaterThanOrEqual(7_000);
    expect(arrived[1]?.atMs).toBeLessThan(7_102);
  });

  it('wait until the moment that the server names, by the server’s own clock', async () => {
    const { call, settle, arrived } = simulated((_, nth) =>
      nth === 1
        ? busy({
            date: 'Wed, 21 Oct 2015 07:28:00 GMT',
            'retry-after': 'Wed, 21 Oct 2015 07:28:05 GMT',
          })
        : fine(),
    );
    await settle(call(URL_));
    expect(arrived[1]?.atMs).toBeGreaterThanOrEqual(5_000);
    expect(arrived[1]?.atMs).toBeLessThan(5_102);
  });

  it('wait no longer than the limit, however long the server asks for', async () => {
    const { call, settle, arrived } = simulated(
      (_, nth) => (nth === 1 ? busy({ 'retry-after': '86400' }) : fine()),
      { retryAfterMsMax: 2_000 },
    );
    await settle(call(URL_));
    expect(arrived[1]?.atMs).toBeLessThan(2_102);
  });

  it('stop when the budget is empty, and say so', async () => {
    const { call, settle, arrived } = simulated(() => busy(), {
      budget: { ratio: 0, perSecond: 0, burst: 1 },
    });
    const first = await settle(call(URL_));
    expect(arrived).toHaveLength(2);
    expect(reportOf(first)).toMatchObject({ stop: 'budget' });
  });

  it('are none when a call asks to be sent once', async () => {
    const { call, settle, arrived } = simulated(() => busy());
    await settle(call(URL_, { falsework: { triesMax: 1 } }));
    expect(arrived).toHaveLength(1);
  });
});

describe('a request that must not be repeated', () => {
  it.each(['POST', 'PATCH', 'patch', 'CUSTOM'])('%s without a key is sent once', async (method) => {
    const { call, settle, arrived } = simulated(() => busy(), { keys: 'given' });
    const given = await settle(call(URL_, { method, body: '{}' }));
    expect(arrived).toHaveLength(1);
    expect(reportOf(given)).toMatchObject({ stop: 'not-idempotent', idempotencyKey: null });
  });

  it.each(['PUT', 'DELETE', 'GET'])('%s needs no key for it', async (method) => {
    const { call, settle, arrived } = simulated(() => busy(), { keys: 'given' });
    await settle(call(URL_, { method }));
    expect(arrived).toHaveLength(4);
    expect(arrived.every(({ headers }) => !headers.has(HEADERS.idempotencyKey))).toBe(true);
  });

  it('is one whose body was a stream, with a key or without', async () => {
    const { call, settle, arrived } = simulated(() => busy());
    const body = new Response('streamed').body;
    const init = { method: 'POST', body, duplex: 'half' } as RequestInit;
    const given = await settle(call(URL_, init));
    expect(arrived.map((one) => one.body)).toEqual(['streamed']);
    expect(reportOf(given)).toMatchObject({ stop: 'body-spent' });
  });

  it('is one whose form is larger than what is kept', async () => {
    const { call, settle, arrived } = simulated(() => busy());
    const body = new FormData();
    body.set('file', new Blob([new Uint8Array(1_048_577)]));
    const given = await settle(call(URL_, { method: 'POST', body }));
    expect(arrived).toHaveLength(1);
    expect(reportOf(given)).toMatchObject({ stop: 'body-spent' });
  });
});

describe('the body', () => {
  it('is the same on every try, though the caller changes its buffer meanwhile', async () => {
    const { call, settle, arrived } = simulated((_, nth) => (nth < 3 ? busy() : fine()));
    const body = new TextEncoder().encode('before');
    const given = call(URL_, { method: 'POST', body });
    body.fill(65);
    await settle(given);
    expect(arrived.map((one) => one.body)).toEqual(['before', 'before', 'before']);
  });

  it('of a form has one boundary for all tries', async () => {
    const { call, settle, arrived } = simulated((_, nth) => (nth < 3 ? busy() : fine()));
    const body = new FormData();
    body.set('name', 'Ada');
    await settle(call(URL_, { method: 'POST', body }));
    expect(new Set(arrived.map((one) => one.body)).size).toBe(1);
    const types = arrived.map(({ headers }) => headers.get('content-type'));
    expect(types[0]).toMatch(/^multipart\/form-data; boundary=/);
    expect(new Set(types).size).toBe(1);
    expect(arrived[0]?.body).toContain((types[0] as string).split('=')[1]);
  });

  it('of searches keeps its type', async () => {
    const { call, settle, arrived } = simulated(fine);
    await settle(call(URL_, { method: 'POST', body: new URLSearchParams({ a: '1' }) }));
    expect(arrived[0]?.body).toBe('a=1');
    expect(arrived[0]?.headers.get('content-type')).toMatch(/^application\/x-www-form-urlencoded/);
  });

  it('of a Request object is sent again, with its headers and method', async () => {
    const { call, settle, arrived } = simulated((_, nth) => (nth < 2 ? busy() : fine()));
    const request = new Request(URL_, {
      method: 'PUT',
      body: '{"a":1}',
      headers: { 'content-type': 'application/json', 'x-own': 'yes' },
    });
    await settle(call(request));
    expect(arrived.map(({ body, method }) => [method, body])).toEqual([
      ['PUT', '{"a":1}'],
      ['PUT', '{"a":1}'],
    ]);
    expect(arrived[1]?.headers.get('x-own')).toBe('yes');
    expect(arrived[1]?.headers.get('content-type')).toBe('application/json');
  });

  it('of a Request object that is too large to keep arrives whole, once', async () => {
    const { call, settle, arrived } = simulated(() => busy());
    const large = 'x'.repeat(3_000_000);
    const given = await settle(call(new Request(URL_, { method: 'PUT', body: large })));
    expect(arrived.map(({ body }) => body === large)).toEqual([true]);
    expect(reportOf(given)).toMatchObject({ stop: 'body-spent' });
  });

  it('of a Request object that never comes is waited for only until the caller aborts', async () => {
    const { call, arrived } = simulated(fine);
    const caller = new AbortController();
    const body = new ReadableStream({ pull: () => new Promise(() => {}) });
    const init = { method: 'PUT', body, duplex: 'half', signal: caller.signal } as RequestInit;
    const given = thrownBy(call(new Request(URL_, init)));
    caller.abort(new Error('enough'));
    expect(await given).toEqual(new Error('enough'));
    expect(arrived).toEqual([]);
  });
});

describe('the idempotency key', () => {
  const keys = (arrived: readonly { headers: Headers }[]): (string | null)[] =>
    arrived.map(({ headers }) => headers.get('idempotency-key'));

  it('is a UUID of version 7, the same on every try, and new for every call', async () => {
    const { call, settle, arrived } = simulated((_, nth) => (nth % 3 > 0 ? busy() : fine()));
    await settle(call(URL_, { method: 'POST', body: '1' }));
    await settle(call(URL_, { method: 'POST', body: '2' }));
    expect(arrived).toHaveLength(6);
    expect(new Set(keys(arrived.slice(0, 3))).size).toBe(1);
    expect(new Set(keys(arrived)).size).toBe(2);
    expect(keys(arrived)[0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-/);
  });

  it('is the caller’s own where the caller gave one, as option or as header', async () => {
    const { call, settle, arrived } = simulated(fine);
    await settle(call(URL_, { method: 'POST', falsework: { idempotencyKey: 'mine' } }));
    await settle(call(URL_, { method: 'POST', headers: { 'Idempotency-Key': 'own' } }));
    await settle(call(URL_, { falsework: { idempotencyKey: 'asked' } }));
    expect(keys(arrived)).toEqual(['mine', 'own', 'asked']);
  });

  it.each(['GET', 'HEAD', 'OPTIONS', 'QUERY'])('is not put on %s', async (method) => {
    const { call, settle, arrived } = simulated(fine);
    await settle(call(URL_, { method }));
    expect(keys(arrived)).toEqual([null]);
  });

  it('is put on everything when the client is told so', async () => {
    const { call, settle, arrived } = simulated(fine, { keys: 'always' });
    await settle(call(URL_));
    expect(keys(arrived)).not.toEqual([null]);
  });
});

describe('the deadline', () => {
  it('travels with each try as what is left', async () => {
    const { call, settle, arrived } = simulated((_, nth) =>
      nth === 1 ? busy({ 'retry-after': '2' }) : fine(),
    );
    await settle(call(URL_, { falsework: { deadlineMs: 5_000 } }));
    const left = arrived.map(({ headers }) => Number(headers.get('falsework-deadline-ms')));
    expect(left[0]).toBe(5_000);
    expect(left[1]).toBe(Math.floor(5_000 - (arrived[1]?.atMs as number)));
  });

  it('is the earlier one of the call’s and of the request that it is made for', async () => {
    const { call, settle, arrived, clock } = simulated(fine, { deadlineMs: 9_000 });
    const deadline = Deadline.fromHeaders({ 'falsework-deadline-ms': '3000' }, clock);
    await clock.advance(1_000);
    await settle(call(URL_, { falsework: { deadline } }));
    expect(arrived[0]?.headers.get('falsework-deadline-ms')).toBe('2000');
  });

  it('ends a try that hangs, and says what was the last thing to happen', async () => {
    const { call, settle, clock } = simulated(() => 'hang', { deadlineMs: 1_500 });
    const thrown = await thrownBy(settle(call(URL_)));
    expect(thrown).toMatchObject({
      code: 'FW_CLIENT_DEADLINE',
      facts: { method: 'GET', origin: 'http://orders.test', tries: 1 },
    });
    expect((thrown as Error).message).toContain('no answer yet to try 1');
    expect(reportOf(thrown)).toMatchObject({ stop: 'deadline' });
    expect(clock.monotonicMs()).toBeLessThan(1_600);
  });

  it('is not waited for: an answer that cannot be bettered in time is given at once', async () => {
    const { call, settle, clock } = simulated(() => busy({ 'retry-after': '10' }), {
      deadlineMs: 4_000,
    });
    const given = await settle(call(URL_));
    expect(given.status).toBe(503);
    expect(reportOf(given)).toMatchObject({ stop: 'deadline', tries: 1 });
    expect(clock.monotonicMs()).toBeLessThan(100);
  });

  it('that has passed already sends nothing', async () => {
    const { call, settle, arrived, clock } = simulated(fine);
    const deadline = Deadline.in(10, clock);
    await clock.advance(20);
    const thrown = await thrownBy(settle(call(URL_, { falsework: { deadline } })));
    expect(thrown).toMatchObject({ code: 'FW_CLIENT_DEADLINE', facts: { tries: 0 } });
    expect(arrived).toEqual([]);
  });

  it('holds for the body too: the signal of the try ends when it passes', async () => {
    const { call, settle, arrived, clock } = simulated(fine, { deadlineMs: 1_000 });
    await settle(call(URL_));
    expect(arrived[0]?.signal.aborted).toBe(false);
    await clock.advance(1_000);
    expect(arrived[0]?.signal.reason).toMatchObject({ code: 'FW_CLIENT_DEADLINE' });
  });

  it('leaves no timer behind once an answer without a body is there', async () => {
    const { call, settle, clock } = simulated(() => new Response(null, { status: 204 }), {
      deadlineMs: 60_000,
    });
    await settle(call(URL_));
    expect(clock.pending).toBe(0);
  });
});

describe('the time limit of a try', () => {
  it('ends one try, and the next may succeed', async () => {
    const { call, settle, arrived } = simulated((_, nth) => (nth === 1 ? 'hang' : fine()), {
      tryTimeoutMs: 200,
    });
    expect((await settle(call(URL_))).status).toBe(200);
    expect(arrived).toHaveLength(2);
    expect(arrived[1]?.atMs).toBeGreaterThanOrEqual(200);
  });

  it('is an error of its own when no try was answered in time', async () => {
    const { call, settle, clock } = simulated(() => 'hang', { tryTimeoutMs: 200 });
    const thrown = await thrownBy(settle(call(URL_)));
    expect(thrown).toMatchObject({ code: 'FW_CLIENT_TRY_TIMEOUT', facts: { timeoutMs: 200 } });
    expect(reportOf(thrown)).toMatchObject({ tries: 4, last: 'no answer in time' });
    expect(clock.pending).toBe(0);
  });

  it('does not end an answer that has begun', async () => {
    const { call, settle, arrived, clock } = simulated(fine, { tryTimeoutMs: 200 });
    await settle(call(URL_));
    await clock.advance(1_000);
    expect(arrived[0]?.signal.aborted).toBe(false);
  });
});

describe('an abort by the caller', () => {
  it('ends the call at once while it waits for its next try, with the caller’s own reason', async () => {
    const caller = new AbortController();
    const { call, arrived, clock } = simulated(() => busy({ 'retry-after': '20' }));
    const given = thrownBy(call(URL_, { signal: caller.signal }));
    await clock.advance(1_000);
    const reason = new Error('the user left');
    caller.abort(reason);
    expect(await given).toBe(reason);
    expect(clock.pending).toBe(0);
    expect(clock.monotonicMs()).toBe(1_000);
    expect(arrived).toHaveLength(1);
    expect(reportOf(reason)).toMatchObject({ stop: 'aborted', tries: 1, last: '503' });
  });

  it('that comes with an answer to be retried ends the call before it waits', async () => {
    const caller = new AbortController();
    const { call, arrived, settle, clock } = simulated(() => {
      caller.abort(new Error('left'));
      return busy({ 'retry-after': '20' });
    });
    expect(await thrownBy(settle(call(URL_, { signal: caller.signal })))).toEqual(
      new Error('left'),
    );
    expect([arrived.length, clock.pending]).toEqual([1, 0]);
    expect(clock.monotonicMs()).toBeLessThan(100);
  });

  it('ends a try that is under way', async () => {
    const caller = new AbortController();
    const { call, clock } = simulated(() => 'hang');
    const given = thrownBy(call(URL_, { signal: caller.signal }));
    await clock.advance(10);
    caller.abort();
    expect(await given).toBe(caller.signal.reason);
  });

  it('before the call sends nothing', async () => {
    const { call, arrived } = simulated(fine);
    const thrown = await thrownBy(call(URL_, { signal: AbortSignal.abort('no') }));
    expect(thrown).toBe('no');
    expect(arrived).toEqual([]);
  });
});
