import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import axios, { AxiosError, type AxiosInstance, isCancel } from 'axios';
import { describe, expect, it } from 'vitest';
import { busyUntil, deadOrigin, startServer } from '../../test/real-server.ts';
import { reportOf, type SafeAdapterOptions, safeAdapter, withCall } from './index.ts';

const backoff = { firstMs: 5, capMs: 20 };
const thrownBy = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => expect.fail('It resolved.'),
    (error: unknown) => error,
  );

describe.each(['http', 'fetch'] as const)('axios with the adapter over its own %s', (adapter) => {
  const clientOf = (baseURL: string, options: SafeAdapterOptions = {}): AxiosInstance =>
    axios.create({ baseURL, adapter: safeAdapter({ adapter, backoff, ...options }) });

  it('repeats under one key, with axios’s own transformations', async () => {
    await using server = await startServer((response, { body }, nth) => {
      if (nth < 3) response.writeHead(503).end('busy');
      else response.writeHead(200, { 'content-type': 'application/json' }).end(body);
    });
    const { data, status } = await clientOf(server.origin).post('/orders', { sku: 'a' });
    expect([status, data]).toEqual([200, { sku: 'a' }]);
    expect(server.seen.map(({ body }) => body)).toEqual(Array(3).fill('{"sku":"a"}'));
    const keys = server.seen.map(({ headers }) => headers['idempotency-key']);
    expect(keys[0]).toMatch(/^[0-9a-f-]{36}$/);
    expect(new Set(keys).size).toBe(1);
  });

  it('rejects with axios’s own error of the last answer, and tells what became of it', async () => {
    await using server = await startServer(busyUntil(9));
    const thrown = await thrownBy(clientOf(server.origin).get('/'));
    expect(thrown).toBeInstanceOf(AxiosError);
    expect((thrown as AxiosError).response).toMatchObject({ status: 503, data: 'busy' });
    expect(reportOf(thrown)).toMatchObject({ tries: 4, stop: 'tries', last: '503' });
    expect(server.seen).toHaveLength(4);
  });

  it('gives the last answer where every status is allowed', async () => {
    await using server = await startServer(busyUntil(9));
    const answer = await clientOf(server.origin).get('/', { validateStatus: () => true });
    expect(answer.status).toBe(503);
    expect(reportOf(answer)).toMatchObject({ tries: 4 });
  });

  it('does not repeat what is final', async () => {
    await using server = await startServer((response) => {
      response.writeHead(404).end();
    });
    const thrown = await thrownBy(clientOf(server.origin).get('/'));
    expect((thrown as AxiosError).response?.status).toBe(404);
    expect(server.seen).toHaveLength(1);
  });

  it('repeats what could not be reached, and ends in axios’s own error', async () => {
    const thrown = await thrownBy(clientOf(await deadOrigin()).get('/'));
    expect(thrown).toBeInstanceOf(AxiosError);
    expect(reportOf(thrown)).toMatchObject({ tries: 4, last: 'ECONNREFUSED' });
  });

  it('never repeats a stream, nor a POST without a key', async () => {
    await using server = await startServer(busyUntil(9));
    const stream = Readable.from(['streamed']);
    const body = adapter === 'http' ? stream : Readable.toWeb(stream);
    const thrown = await thrownBy(clientOf(server.origin).post('/', body));
    expect(reportOf(thrown)).toMatchObject({ stop: 'body-spent', tries: 1 });
    await thrownBy(clientOf(server.origin, { keys: 'given' }).post('/', 'text'));
    expect(server.seen.map(({ body }) => body)).toEqual(['streamed', 'text']);
  });

  it('ends at once when the caller aborts while it waits', async () => {
    await using server = await startServer(busyUntil(2, { 'retry-after': '20' }));
    const caller = new AbortController();
    const given = thrownBy(clientOf(server.origin).get('/', { signal: caller.signal }));
    while (server.seen.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await new Promise((resolve) => setTimeout(resolve, 20));
    caller.abort();
    expect(isCancel(await given)).toBe(true);
    expect(server.seen).toHaveLength(1);
  });

  it('ends at its deadline, and says so', async () => {
    await using server = await startServer(() => {});
    const config = withCall({}, { deadlineMs: 100 });
    const thrown = await thrownBy(clientOf(server.origin).get('/', config));
    expect(thrown).toMatchObject({ code: 'FW_CLIENT_DEADLINE' });
    expect(server.seen[0]?.headers['falsework-deadline-ms']).toMatch(/^\d+$/);
  });

  it('negotiates the version', async () => {
    await using server = await startServer((response, { headers }) => {
      const isSpoken = headers['falsework-version'] === '1';
      response.writeHead(isSpoken ? 200 : 406, { 'Falsework-Versions': '1' }).end();
    });
    const client = clientOf(server.origin, { versions: ['2', '1'] });
    await client.get('/a');
    await client.get('/b');
    expect(server.seen.map(({ headers }) => headers['falsework-version'])).toEqual(['2', '1', '1']);
  });

  it('says of an address that is none what axios says', async () => {
    const plain = await thrownBy(axios.create({ adapter }).get('nowhere'));
    const ours = await thrownBy(clientOf('').get('nowhere'));
    expect(ours).toMatchObject({ name: (plain as Error).name, message: (plain as Error).message });
  });
});

describe('axios with the adapter, asked for a stream', () => {
  it('drops the streams of tries and hands out the last', async () => {
    await using server = await startServer(busyUntil(3));
    const client = axios.create({ adapter: safeAdapter({ backoff }) });
    const { data } = await client.get(server.origin, { responseType: 'stream' });
    expect(await text(data)).toBe('got ');
  });
});
