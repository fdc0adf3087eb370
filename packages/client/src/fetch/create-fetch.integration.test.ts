import { execFile } from 'node:child_process';
import { createServer } from 'node:net';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { busyUntil, deadOrigin, startServer } from '../../test/real-server.ts';
import { createFetch, reportOf } from './index.ts';

// Quick waits: these tests look at what goes over the wire, not at how long it takes.
const backoff = { firstMs: 5, capMs: 20 };

describe('over real connections', () => {
  it('a POST is repeated under one key until the server can take it', async () => {
    await using server = await startServer(busyUntil(3));
    const call = createFetch({ backoff, deadlineMs: 5_000 });
    const response = await call(`${server.origin}/orders`, { method: 'POST', body: '{"a":1}' });
    expect(await response.text()).toBe('got {"a":1}');
    expect(server.seen.map(({ body }) => body)).toEqual(['{"a":1}', '{"a":1}', '{"a":1}']);
    const keys = server.seen.map(({ headers }) => headers['idempotency-key']);
    expect(keys[0]).toMatch(/^[0-9a-f-]{36}$/);
    expect(new Set(keys).size).toBe(1);
    expect(reportOf(response)).toMatchObject({ tries: 3, idempotencyKey: keys[0] });
  });

  it('small answers that are dropped leave their connection in use', async () => {
    await using server = await startServer(busyUntil(4, { 'content-length': '4' }));
    await (await createFetch({ backoff })(server.origin)).text();
    expect(server.seen).toHaveLength(4);
    expect(server.connections()).toBe(1);
  });

  it('an endless answer that is dropped is not read', async () => {
    await using server = await startServer((response, _, nth) => {
      if (nth > 1) {
        response.end('fine');
        return;
      }
      response.writeHead(503);
      const flood = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536)));
      };
      response.on('drain', flood);
      flood();
    });
    const response = await createFetch({ backoff })(server.origin);
    expect(await response.text()).toBe('fine');
  });

  it('nobody listening is tried again, and ends in fetch’s own error', async () => {
    const origin = await deadOrigin();
    const thrown = await createFetch({ backoff })(origin).catch((error: unknown) => error);
    expect(thrown).toBeInstanceOf(TypeError);
    expect(thrown).toMatchObject({ message: 'fetch failed', cause: { code: 'ECONNREFUSED' } });
    expect(reportOf(thrown)).toMatchObject({ tries: 4, last: 'ECONNREFUSED', stop: 'tries' });
  });

  it('a connection that is reset is tried again; without a key, a POST is not', async () => {
    let met = 0;
    const server = createServer((socket) => {
      met += 1;
      if (met % 2 === 1) socket.once('data', () => socket.resetAndDestroy());
      else socket.once('data', () => socket.end('HTTP/1.1 204 No Content\r\n\r\n'));
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    const url = `http://127.0.0.1:${(server.address() as { port: number }).port}/`;
    try {
      expect((await createFetch({ backoff })(url, { method: 'POST', body: 'x' })).status).toBe(204);
      expect(met).toBe(2);
      const careful = createFetch({ backoff, keys: 'given' });
      const thrown = await careful(url, { method: 'POST', body: 'x' }).catch((error) => error);
      expect(thrown).toBeInstanceOf(TypeError);
      expect(reportOf(thrown)).toMatchObject({ stop: 'not-idempotent', tries: 1 });
      expect(met).toBe(3);
    } finally {
      server.close();
    }
  });

  it('an answer that breaks off half way is the caller’s: it is never sent for again', async () => {
    await using server = await startServer((response) => {
      response.writeHead(200, { 'content-length': '100' }).write('half');
      response.socket?.end();
    });
    const response = await createFetch({ backoff })(server.origin);
    await expect(response.text()).rejects.toThrow('terminated');
    expect(server.seen).toHaveLength(1);
  });

  it('the deadline ends a body that never comes', async () => {
    await using server = await startServer((response) => {
      response.writeHead(200).write('begun');
    });
    const response = await createFetch({ deadlineMs: 150 })(server.origin);
    await expect(response.text()).rejects.toMatchObject({ code: 'FW_CLIENT_DEADLINE' });
    expect(server.seen[0]?.headers['falsework-deadline-ms']).toMatch(/^1[0-5]\d$/);
  });

  it('the caller’s signal ends a body under way, with the caller’s reason', async () => {
    await using server = await startServer((response) => {
      response.writeHead(200).write('begun');
    });
    const caller = new AbortController();
    const response = await createFetch()(server.origin, { signal: caller.signal });
    const reason = new Error('enough');
    const body = response.text();
    caller.abort(reason);
    await expect(body).rejects.toBe(reason);
  });

  it('versions are negotiated, and what an origin speaks is remembered', async () => {
    await using server = await startServer((response, { headers }) => {
      response.setHeader('Falsework-Versions', '2, 1');
      const asked = headers['falsework-version'];
      if (asked === '3') response.writeHead(406).end();
      else response.writeHead(200, { 'Falsework-Version': String(asked) }).end();
    });
    const call = createFetch({ versions: ['3', '2'] });
    const first = await call(server.origin, {
      method: 'POST',
      falsework: { bodyFor: (version) => `order in ${version}` },
    });
    const second = await call(server.origin);
    expect(server.seen.map(({ headers }) => headers['falsework-version'])).toEqual(['3', '2', '2']);
    expect(server.seen[1]?.body).toBe('order in 2');
    expect(server.seen[0]?.headers['falsework-accept-versions']).toBe('3, 2');
    expect(new Set(server.seen.slice(0, 2).map((s) => s.headers['idempotency-key'])).size).toBe(1);
    expect(reportOf(first)).toMatchObject({ tries: 2, answeredVersion: '2' });
    expect(reportOf(second)).toMatchObject({ tries: 1, askedVersion: '2' });
  });

  it('what another origin speaks, behind a redirect, is not remembered of the one that was asked', async () => {
    await using other = await startServer((response) => {
      response.setHeader('Falsework-Versions', '1').end();
    });
    await using server = await startServer((response) => {
      response.writeHead(307, { location: other.origin }).end();
    });
    const call = createFetch({ versions: ['2', '1'] });
    await call(server.origin);
    await call(server.origin);
    expect(server.seen.map(({ headers }) => headers['falsework-version'])).toEqual(['2', '2']);
  });

  it('a Request object goes out with its length, not in chunks', async () => {
    await using server = await startServer(busyUntil(2));
    const request = new Request(server.origin, { method: 'POST', body: 'whole' });
    await (await createFetch({ backoff })(request)).text();
    expect(server.seen.map(({ headers }) => headers['content-length'])).toEqual(['5', '5']);
  });

  it('a script that only waits for its next try is not ended by it', async () => {
    await using server = await startServer(busyUntil(2, { 'retry-after': '1' }));
    const script = `
      import { createFetch } from '@falsework/client/fetch';
      const response = await createFetch()(${JSON.stringify(server.origin)});
      console.log(response.status);`;
    const flags = ['--conditions=falsework-source', '--no-warnings', '--input-type=module'];
    const { stdout } = await promisify(execFile)(process.execPath, [...flags, '--eval', script], {
      cwd: import.meta.dirname,
    });
    expect(stdout).toBe('200\n');
  });
});
