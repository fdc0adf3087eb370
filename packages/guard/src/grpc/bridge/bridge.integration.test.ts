import { request as ask } from 'node:http';
import {
  Metadata,
  type ServerUnaryCall,
  type ServerWritableStream,
  type sendUnaryData,
  status,
} from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import { atEnd, deadService, guardBetween, jsonService, until } from '../../../test/fixtures.ts';
import { librarySet } from '../../../test/grpc-fixtures.ts';
import { type Init, libraryService } from '../../../test/grpc-services.ts';
import { type BridgeOptions, startBridge } from './start-bridge.ts';

type Unary = (call: ServerUnaryCall<Init, Init>, done: sendUnaryData<Init>) => void;
type Handlers = Parameters<typeof libraryService>[0];

async function bridgeTo(handlers: Handlers, options: Partial<BridgeOptions> = {}) {
  const { origin } = await libraryService(handlers);
  const bridge = await startBridge({ candidate: origin, descriptors: librarySet(), ...options });
  atEnd(() => bridge.stop());
  const get = async (path: string, init: RequestInit = {}) => {
    const response = await fetch(`${bridge.url}${path}`, init);
    const text = await response.text();
    return { status: response.status, headers: response.headers, text };
  };
  return { bridge, get };
}

const BOOK = '/v1/shelves/1/books/2';

describe('a request over the bridge', () => {
  it('is a call of the service, and its answer JSON', async () => {
    let seen: unknown;
    const { get } = await bridgeTo({
      GetBook: ((call, done) => {
        const { name, full } = call.request;
        seen = {
          name,
          full,
          tenant: call.metadata.get('x-tenant'),
          raw: call.metadata.get('x-raw'),
        };
        call.sendMetadata(Metadata.fromHttp2Headers({ 'falsework-build': 'b7' }));
        done(null, { name, title: 'T', copies: 9007199254740993n });
      }) satisfies Unary,
    });
    const headers = { 'x-tenant': 'a', 'grpc-metadata-x-raw': 'r' };
    const answer = await get(`${BOOK}?full=true`, { headers });
    expect(seen).toEqual({ name: 'shelves/1/books/2', full: true, tenant: ['a'], raw: ['r'] });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('application/json');
    expect(answer.headers.get('falsework-build')).toBe('b7');
    expect(JSON.parse(answer.text)).toMatchObject({
      title: 'T',
      copies: '9007199254740993',
      pages: 0,
    });
  });

  it('writes by body, path and query', async () => {
    const seen: unknown[] = [];
    const note: Unary = (call, done) => {
      seen.push(call.request);
      done(null, {});
    };
    const { get } = await bridgeTo({ CreateBook: note, DeleteBook: note });
    const body = JSON.stringify({ title: 'T' });
    const headers = { 'content-type': 'application/json' };
    expect(
      (await get('/v1/shelves/1/books?book_id=7', { method: 'POST', body, headers })).status,
    ).toBe(200);
    expect((await get(BOOK, { method: 'DELETE' })).text).toBe('{}');
    expect(seen).toMatchObject([
      { parent: 'shelves/1', bookId: '7', book: { title: 'T' } },
      { name: 'shelves/1/books/2' },
    ]);
  });

  it.each([
    [status.NOT_FOUND, 404],
    [status.ALREADY_EXISTS, 409],
    [status.INVALID_ARGUMENT, 400],
    [status.PERMISSION_DENIED, 403],
    [status.UNAUTHENTICATED, 401],
    [status.RESOURCE_EXHAUSTED, 429],
    [status.UNAVAILABLE, 503],
    [status.INTERNAL, 500],
  ])('that fails with code %i is answered with %i and a google.rpc.Status', async (code, http) => {
    const { get } = await bridgeTo({
      GetBook: ((_call, done) => done({ code, details: 'wh€' })) satisfies Unary,
    });
    const answer = await get(BOOK);
    expect(answer.status).toBe(http);
    expect(JSON.parse(answer.text)).toEqual({ code, message: 'wh€', details: [] });
  });

  it.each<[string, string, RequestInit, number, number]>([
    ['an unknown path', '/v2', {}, 404, 5],
    ['another method', BOOK, { method: 'OPTIONS' }, 501, 12],
    ['a body that is no JSON', BOOK, { method: 'PUT', body: '{' }, 400, 3],
    ['an unknown parameter', `${BOOK}?nope=1`, {}, 400, 3],
    [
      'a body too long',
      BOOK,
      { method: 'PUT', body: JSON.stringify({ title: 'x'.repeat(2_000) }) },
      400,
      3,
    ],
  ])('with %s never reaches the service', async (_what, path, init, http, code) => {
    const { get } = await bridgeTo({}, { maxBodyBytes: 1_000 });
    const answer = await get(path, init);
    expect([answer.status, JSON.parse(answer.text).code]).toEqual([http, code]);
  });

  it('to a service that is not there is told so', async () => {
    const dead = await deadService();
    const { get } = await bridgeTo({}, { candidate: dead.origin });
    const answer = await get(BOOK);
    expect(answer.status).toBe(503);
    expect(answer.text).toContain('refused the connection');
  });

  it('that takes too long is cut off at both ends', async () => {
    let isCancelled = false;
    const { get } = await bridgeTo(
      {
        GetBook: ((call) => void call.on('cancelled', () => (isCancelled = true))) satisfies Unary,
      },
      { timeoutMsMax: 100 },
    );
    expect((await get(BOOK)).status).toBe(504);
    await until(() => isCancelled, 'the service was told');
  });

  it('whose caller leaves is cancelled', async () => {
    let [isAsked, isCancelled] = [false, false];
    const { bridge } = await bridgeTo({
      GetBook: ((call) => {
        isAsked = true;
        call.on('cancelled', () => (isCancelled = true));
      }) satisfies Unary,
    });
    const request = ask(`${bridge.url}${BOOK}`);
    request.on('error', () => {});
    request.end();
    await until(() => isAsked, 'the service was asked');
    request.destroy();
    await until(() => isCancelled, 'the service was told');
  });

  it('of a raw body is passed as it is', async () => {
    const { get } = await bridgeTo({
      Download: ((_call, done) =>
        done(null, { contentType: 'text/csv', data: Buffer.from('a,b') })) satisfies Unary,
    });
    const answer = await get(`${BOOK}:download`);
    expect([answer.headers.get('content-type'), answer.text]).toEqual(['text/csv', 'a,b']);
  });

  it('with an answer longer than taken says which setting to raise', async () => {
    const { get } = await bridgeTo(
      { GetBook: ((_call, done) => done(null, { title: 'x'.repeat(2_000) })) satisfies Unary },
      { maxMessageBytes: 1_000 },
    );
    const answer = await get(BOOK);
    expect(answer.status).toBe(429);
    expect(answer.text).toContain('raise `maxMessageBytes`');
  });
});

describe('a stream over the bridge', () => {
  const streaming = (count: number, code = status.OK) => ({
    StreamBooks: (call: ServerWritableStream<Init, Init>) => {
      for (let pages = 0; pages < count; pages += 1) call.write({ pages });
      if (code === status.OK) call.end();
      else setTimeout(() => call.emit('error', { code, details: 'no more' }), 20);
    },
  });
  const PATH = '/v1/shelves/1/books:stream';
  const style = { emitsDefaults: false };

  it.each([0, 1, 500])('is one array of %i', async (count) => {
    const { get } = await bridgeTo(streaming(count));
    const books = JSON.parse((await get(PATH)).text) as { pages: number }[];
    expect(books.map(({ pages }) => pages)).toEqual(Array.from({ length: count }, (_, i) => i));
  });

  it('may be lines, of which the last says what went wrong', async () => {
    const { get } = await bridgeTo(streaming(2, status.ABORTED), { stream: 'lines', style });
    expect((await get(PATH)).text).toBe(
      '{"result":{}}\n{"result":{"pages":1}}\n{"error":{"code":10,"message":"no more","details":[]}}\n',
    );
  });

  it('that fails at once is an error like any other', async () => {
    const { get } = await bridgeTo(streaming(0, status.NOT_FOUND));
    expect((await get(PATH)).status).toBe(404);
  });

  it('that fails in an array is broken off, so that nobody takes it for whole', async () => {
    const { get } = await bridgeTo(streaming(2, status.ABORTED));
    await expect(get(PATH)).rejects.toThrow();
  });
});

describe('a guard with an HTTP legacy and a gRPC candidate', () => {
  it('asks the candidate over the bridge, and the caller keeps legacy’s answer', async () => {
    const legacy = await jsonService((path) =>
      path.startsWith('/v1/shelves') ? { name: path.slice(4), title: 'T', pages: 7 } : undefined,
    );
    const { bridge } = await bridgeTo(
      {
        GetBook: ((call, done) =>
          done(null, { name: call.request['name'], title: 'T', pages: 7 })) satisfies Unary,
      },
      { style: { emitsDefaults: false } },
    );
    const guard = await guardBetween(legacy, { origin: bridge.url });
    for (let i = 1; i <= 30; i += 1) {
      const answer = await fetch(`${guard.url}/v1/shelves/1/books/${i}`);
      expect(await answer.json()).toEqual({ name: `shelves/1/books/${i}`, title: 'T', pages: 7 });
    }
    await guard.settled();
    const routes = guard.report().routes;
    expect(routes.some(({ causes }) => causes.length > 0)).toBe(false);
    expect(routes.reduce((sum, { compared }) => sum + compared, 0)).toBeGreaterThan(20);
  });
});

describe('options of a bridge', () => {
  it('need a descriptor set with annotations, and an address', async () => {
    const set = librarySet();
    const bare = { ...set, services: [], registry: set.registry } as never;
    await expect(startBridge({ candidate: 'grpc://a:1', descriptors: bare })).rejects.toMatchObject(
      { code: 'FW_GRPC_OPTION' },
    );
    await expect(startBridge({ candidate: 'a:1', descriptors: set })).rejects.toMatchObject({
      code: 'FW_GRPC_ADDRESS',
    });
  });
});
