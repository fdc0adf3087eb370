import { Readable } from 'node:stream';
import { Agent, Client, type Dispatcher, interceptors, fetch as undiciFetch } from 'undici';
import { afterEach, describe, expect, it } from 'vitest';
import { busyUntil, deadOrigin, startServer } from '../../test/real-server.ts';
import type { ClientOptions } from '../calls/client-options.ts';
import { reportOf, safeCalls, withCall } from './index.ts';

const agents: Agent[] = [];

afterEach(async () => {
  await Promise.all(agents.splice(0).map((agent) => agent.destroy()));
});

function agentWith(options: ClientOptions = {}): Dispatcher.ComposedDispatcher {
  const agent = new Agent();
  agents.push(agent);
  return agent.compose(safeCalls({ backoff: { firstMs: 5, capMs: 20 }, ...options }));
}

describe('undici with the interceptor', () => {
  it('repeats under one key, and the caller sees one answer', async () => {
    await using server = await startServer(busyUntil(3));
    const { statusCode, body } = await agentWith().request({
      origin: server.origin,
      path: '/orders',
      method: 'POST',
      body: '{"a":1}',
      headers: { 'content-type': 'application/json' },
    });
    expect(statusCode).toBe(200);
    expect(await body.text()).toBe('got {"a":1}');
    const keys = server.seen.map(({ headers }) => headers['idempotency-key']);
    expect(keys).toHaveLength(3);
    expect(new Set(keys).size).toBe(1);
  });

  it.each<[string, NonNullable<Dispatcher.DispatchOptions['headers']>]>([
    ['an object', { 'X-Own': ['a', 'b'], 'Idempotency-Key': 'mine' }],
    ['a flat list', ['X-Own', 'a', 'X-Own', 'b', 'Idempotency-Key', 'mine']],
    [
      'pairs',
      [
        ['X-Own', 'a'],
        ['X-Own', 'b'],
        ['Idempotency-Key', 'mine'],
      ] as unknown as Iterable<[string, string]>,
    ],
    [
      'a map',
      new Map<string, string | string[]>([
        ['X-Own', ['a', 'b']],
        ['Idempotency-Key', 'mine'],
      ]),
    ],
  ])('keeps the caller’s headers when they are %s', async (_, headers) => {
    await using server = await startServer(busyUntil(1));
    const request = { origin: server.origin, path: '/', method: 'POST', headers };
    await (await agentWith({ versions: ['1'] }).request(request)).body.dump();
    expect(server.seen[0]?.headers).toMatchObject({
      'idempotency-key': 'mine',
      'x-own': 'a, b',
      'falsework-version': '1',
    });
    const raw = server.seen[0]?.rawHeaders ?? [];
    expect(raw).toContain('X-Own');
    expect(raw.filter((name) => name.toLowerCase() === 'idempotency-key')).toHaveLength(1);
  });

  it('gives the last answer, whole, when the server stays busy', async () => {
    await using server = await startServer((response) => {
      response.writeHead(503).end('x'.repeat(100_000));
    });
    const answer = await agentWith().request({ origin: server.origin, path: '/', method: 'GET' });
    expect(answer.statusCode).toBe(503);
    expect(await answer.body.text()).toHaveLength(100_000);
    expect(server.seen).toHaveLength(4);
  });

  it('gives undici’s own error, and what became of the call', async () => {
    const origin = await deadOrigin();
    const thrown = await agentWith()
      .request({ origin, path: '/', method: 'GET' })
      .catch((error: unknown) => error);
    expect(thrown).toMatchObject({ code: 'ECONNREFUSED', syscall: 'connect' });
    expect(reportOf(thrown)).toMatchObject({ tries: 4, stop: 'tries' });
  });

  it('never repeats a stream, nor a POST without a key', async () => {
    await using server = await startServer(busyUntil(9));
    const once = { origin: server.origin, path: '/', method: 'POST' } as const;
    await agentWith().request({ ...once, body: Readable.from(['streamed']) });
    await agentWith({ keys: 'given' }).request({ ...once, body: 'text' });
    expect(server.seen.map(({ body }) => body)).toEqual(['streamed', 'text']);
  });

  it('never repeats once the caller has part of an answer', async () => {
    await using server = await startServer((response) => {
      response.writeHead(200, { 'content-length': '100' }).write('half');
      setImmediate(() => response.socket?.destroy());
    });
    const { body } = await agentWith().request({ origin: server.origin, path: '/', method: 'GET' });
    await expect(body.text()).rejects.toThrow('other side closed');
    expect(server.seen).toHaveLength(1);
  });

  it('ends at once when the caller aborts while it waits', async () => {
    await using server = await startServer(busyUntil(2, { 'retry-after': '20' }));
    const caller = new AbortController();
    const request = { origin: server.origin, path: '/', method: 'GET', signal: caller.signal };
    const given = agentWith()
      .request(request)
      .catch((error: unknown) => error);
    while (server.seen.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    const reason = new Error('enough');
    caller.abort(reason);
    expect(await given).toBe(reason);
    expect(server.seen).toHaveLength(1);
  });

  it('ends at its deadline while the server says nothing, and says so', async () => {
    await using server = await startServer(() => {});
    const request = { origin: server.origin, path: '/', method: 'GET' };
    const thrown = await agentWith()
      .request(withCall(request, { deadlineMs: 100 }))
      .catch((error: unknown) => error);
    expect(thrown).toMatchObject({ code: 'FW_CLIENT_DEADLINE', facts: { tries: 1 } });
    expect(server.seen[0]?.headers['falsework-deadline-ms']).toMatch(/^\d+$/);
  });

  it('ends while the connection is still being made, by deadline or by the caller', async () => {
    // A connector that never comes back, as to an address that swallows packets.
    const agent = new Agent({ connect: () => {} });
    agents.push(agent);
    const composed = agent.compose(safeCalls());
    const request = { origin: 'http://127.0.0.1:1', path: '/', method: 'GET' };
    const late = composed.request(withCall(request, { deadlineMs: 50 }));
    await expect(late).rejects.toMatchObject({ code: 'FW_CLIENT_DEADLINE' });
    const caller = new AbortController();
    const left = composed.request({ ...request, signal: caller.signal });
    caller.abort(new Error('left'));
    await expect(left).rejects.toThrow('left');
  });

  it('ends a body that never ends at the deadline', async () => {
    await using server = await startServer((response) => {
      response.writeHead(200).write('begun');
    });
    const { body } = await agentWith({ deadlineMs: 150 }).request({
      origin: server.origin,
      path: '/',
      method: 'GET',
    });
    await expect(body.text()).rejects.toMatchObject({ code: 'FW_CLIENT_DEADLINE' });
  });

  it('negotiates the version', async () => {
    await using server = await startServer((response, { headers }) => {
      const isSpoken = headers['falsework-version'] === '1';
      response.writeHead(isSpoken ? 200 : 406, { 'Falsework-Versions': '1' }).end();
    });
    const agent = agentWith({ versions: ['2', '1'] });
    for (const path of ['/a', '/b'])
      await agent.request({ origin: server.origin, path, method: 'GET' });
    expect(server.seen.map(({ headers }) => headers['falsework-version'])).toEqual(['2', '1', '1']);
  });

  it('keeps back-pressure: a slow reader slows the connection down, tries before or not', async () => {
    const bytes = 8 * 1_048_576;
    await using server = await startServer((response, _, nth) => {
      if (nth === 1) response.writeHead(503).end();
      else response.end(Buffer.alloc(bytes));
    });
    const { body } = await agentWith().request({ origin: server.origin, path: '/', method: 'GET' });
    let read = 0;
    for await (const chunk of body) {
      read += (chunk as Buffer).length;
      if (read < 1_048_576) await new Promise((resolve) => setTimeout(resolve, 1));
    }
    expect(read).toBe(bytes);
  });

  it('stands beneath other interceptors and above a single client', async () => {
    await using server = await startServer((response, { url }, nth) => {
      if (nth === 1) response.writeHead(503).end();
      else if (url === '/from') response.writeHead(302, { location: '/to' }).end();
      else response.end('arrived');
    });
    const client = new Client(server.origin);
    try {
      const composed = client.compose(
        safeCalls({ backoff: { firstMs: 1 } }),
        interceptors.redirect({ maxRedirections: 2 }),
      );
      const { body } = await composed.request({ path: '/from', method: 'GET' });
      expect(await body.text()).toBe('arrived');
      expect(server.seen.map(({ url }) => url)).toEqual(['/from', '/from', '/to']);
    } finally {
      await client.close();
    }
  });

  it('works under undici’s own fetch', async () => {
    await using server = await startServer(busyUntil(2));
    const response = await undiciFetch(server.origin, { dispatcher: agentWith() });
    expect([response.status, await response.text()]).toEqual([200, 'got ']);
  });
});
