import { once } from 'node:events';
import { connect, createServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import {
  Metadata,
  type ServerDuplexStream,
  type ServerReadableStream,
  type ServerUnaryCall,
  type ServerWritableStream,
  type sendUnaryData,
  status,
} from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import { atEnd, deadService, snapshotWith, until } from '../../../test/fixtures.ts';
import { librarySet } from '../../../test/grpc-fixtures.ts';
import {
  answerZipped,
  type Init,
  LibraryClient,
  libraryService,
  rawService,
} from '../../../test/grpc-services.ts';
import { WINDOW_BYTES } from '../wire/channel.ts';
import type { GrpcGuardOptions } from './grpc-options.ts';
import { startGrpcGuard } from './start-grpc-guard.ts';

type Unary = (call: ServerUnaryCall<Init, Init>, done: sendUnaryData<Init>) => void;
type Handlers = Parameters<typeof libraryService>[0];

const book =
  (title: string): Unary =>
  (_call, done) =>
    done(null, { title });

/** A guard before two services, and a client of it. Nothing is compared unless asked for. */
async function between(legacy: Handlers, options: Partial<GrpcGuardOptions> = {}) {
  const [one, other] = [await libraryService(legacy), await libraryService({})];
  const guard = await startGrpcGuard({
    legacy: one.origin,
    candidate: other.origin,
    port: 0,
    snapshot: snapshotWith({ shadow: { sample: 0 } }),
    ...options,
  });
  atEnd(() => guard.stop({ withinMs: 200 }));
  return { guard, client: new LibraryClient(guard.address), legacy: one };
}

const metadataOf = (entries: Record<string, string>): Metadata => {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(entries)) metadata.set(name, value);
  return metadata;
};
const NONE = new Metadata();

describe('a call through the guard', () => {
  it('of one message gets legacy’s answer, headers and trailers', async () => {
    let seen: unknown;
    const { client } = await between({
      GetBook: ((call, done) => {
        seen = [
          call.request['name'],
          call.metadata.get('x-tenant'),
          call.metadata.get('x-bin-bin'),
        ];
        call.sendMetadata(metadataOf({ 'x-head': 'h' }));
        done(null, { title: 'T', copies: 9007199254740993n }, metadataOf({ 'x-tail': 't' }));
      }) satisfies Unary,
    });
    const metadata = metadataOf({ 'x-tenant': 'a' });
    metadata.set('x-bin-bin', Buffer.from([0, 255]));
    const { answer, headers, trailers } = await client.unary('GetBook', { name: 'n' }, metadata);
    expect(answer).toMatchObject({ title: 'T', copies: 9007199254740993n });
    expect(seen).toEqual(['n', ['a'], [Buffer.from([0, 255])]]);
    expect(headers?.get('x-head')).toEqual(['h']);
    expect(trailers?.get('x-tail')).toEqual(['t']);
  });

  it('is timed as far as it is the guard’s own, one call in sixteen', async () => {
    const { client, guard } = await between({ GetBook: book('T') });
    for (let i = 0; i < 17; i += 1) await client.unary('GetBook', { name: 'n' }, NONE);
    const { count, maxMs } = guard.plane.load.drain().ownTime;
    expect(count).toBe(2);
    expect(maxMs).toBeGreaterThan(0);
  });

  it('that fails gets legacy’s status, message and details', async () => {
    const { client } = await between({
      GetBook: ((_call, done) => {
        const metadata = new Metadata();
        metadata.set('grpc-status-details-bin', Buffer.from([8, 5]));
        done({ code: status.NOT_FOUND, details: 'no book € 100%', metadata });
      }) satisfies Unary,
    });
    const { error, trailers } = await client.unary('GetBook', {}, NONE);
    expect(error).toMatchObject({ code: status.NOT_FOUND, details: 'no book € 100%' });
    expect(trailers?.get('grpc-status-details-bin')).toEqual([Buffer.from([8, 5])]);
  });

  it('streams from the server, with trailers after the last message', async () => {
    const { client } = await between({
      StreamBooks: (call: ServerWritableStream<Init, Init>) => {
        for (let pages = 0; pages < 100; pages += 1) call.write({ pages });
        call.end(metadataOf({ 'x-tail': 't' }));
      },
    });
    const call = client.serverStream('StreamBooks', {}, NONE);
    const pages: unknown[] = [];
    call.on('data', (each: Init) => pages.push(each['pages']));
    const [end] = await once(call, 'status');
    expect(pages).toEqual(Array.from({ length: 100 }, (_, i) => i));
    expect((end as { metadata: Metadata }).metadata.get('x-tail')).toEqual(['t']);
  });

  it('streams to the server', async () => {
    const { client } = await between({
      UploadBooks: (call: ServerReadableStream<Init, Init>, done: sendUnaryData<Init>) => {
        let pages = 0;
        call.on('data', (each: Init) => (pages += each['pages'] as number));
        call.on('end', () => done(null, { nextPageToken: String(pages) }));
      },
    });
    const answer = await new Promise<Init | undefined>((resolve) => {
      const call = client.clientStream('UploadBooks', NONE, (_error, got) => resolve(got));
      for (let pages = 1; pages <= 10; pages += 1) call.write({ pages });
      call.end();
    });
    expect(answer?.['nextPageToken']).toBe('55');
  });

  it('streams both ways, each message as soon as it comes', async () => {
    const { client } = await between({
      Chat: (call: ServerDuplexStream<Init, Init>) => {
        call.on('data', (each: Init) => call.write({ title: `re: ${each['title']}` }));
        call.on('end', () => call.end());
      },
    });
    const call = client.bidi('Chat', NONE);
    for (const title of ['a', 'b', 'c']) {
      call.write({ title });
      const [answer] = await once(call, 'data');
      expect((answer as Init)['title']).toBe(`re: ${title}`);
    }
    call.end();
    const [end] = await once(call.resume(), 'status');
    expect(end).toMatchObject({ code: status.OK });
  });

  it('keeps up with megabytes both ways, and loses nothing', async () => {
    const cover = Buffer.alloc(2 * 1024 * 1024, 7);
    const { client } = await between({
      GetBook: ((call, done) =>
        done(null, { title: String(String(call.request['name']).length), cover })) satisfies Unary,
    });
    const name = 'x'.repeat(3 * 1024 * 1024);
    const { answer } = await client.unary('GetBook', { name }, NONE);
    expect(answer?.['title']).toBe(String(name.length));
    expect(Buffer.compare(answer?.['cover'] as Buffer, cover)).toBe(0);
  });

  it('makes a side wait for a caller that reads slowly, instead of keeping what it says', async () => {
    const chunk = Buffer.alloc(256 * 1024);
    chunk.writeUInt32BE(chunk.length - 5, 1);
    const chunks = 200;
    let written = 0;
    // The libraries of gRPC put buffers of their own in between; here only the guard has any.
    const server = createServer();
    server.on('stream', (stream) => {
      stream.respond({ 'content-type': 'application/grpc' }, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
      const more = (): void => {
        while (written < chunks) {
          written += 1;
          if (stream.write(chunk)) continue;
          stream.once('drain', more);
          return;
        }
        stream.end();
      };
      more();
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    atEnd(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const { guard } = await between({}, { legacy: `grpc://127.0.0.1:${port}` });
    const session = connect(`http://${guard.address}`);
    atEnd(() => session.destroy());
    const headers = { ':method': 'POST', ':path': '/a/b', 'content-type': 'application/grpc' };
    const stream = session.request(headers);
    stream.pause();
    stream.end();
    stream.on('data', () => {});
    await until(() => written > 0, 'it began');
    // By then nobody moves any more. One window of the guard's is in its stream, which takes it in at
    // once and makes room for a second one that nobody reads; 64 KiB are on their way to the caller
    // and 64 KiB wait to be. The side itself has handed one chunk to its HTTP/2, and holds another.
    await new Promise((resolve) => setTimeout(resolve, 500));
    const keptMax = 2 * WINDOW_BYTES + 2 * 64 * 1024;
    expect(written * chunk.length).toBeLessThanOrEqual(keptMax + 2 * chunk.length);
    stream.resume();
    const [trailers] = await once(stream, 'trailers');
    expect(trailers).toMatchObject({ 'grpc-status': '0' });
    expect(written).toBe(chunks);
  });

  it('keeps the compression of an answer, and the caller reads it', async () => {
    const bytes = Buffer.from([0x12, 0xd0, 0x0f, ...Buffer.alloc(2_000, 0x78)]);
    const side = await rawService((call) => answerZipped(call, bytes));
    const { client, guard } = await between({}, { legacy: side.origin });
    const { answer } = await client.unary('GetBook', {}, NONE);
    expect(answer?.['title']).toBe('x'.repeat(2_000));
    // As raw frames: the guard has made it neither longer nor shorter.
    const session = connect(`http://${guard.address}`);
    atEnd(() => session.destroy());
    const headers = { ':method': 'POST', ':path': '/a/b', 'content-type': 'application/grpc' };
    const stream = session.request(headers);
    stream.end(Buffer.alloc(5));
    const [head] = await once(stream, 'response');
    expect(head).toMatchObject({ 'grpc-encoding': 'gzip' });
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    expect(body[0]).toBe(1);
    expect(gunzipSync(body.subarray(5))).toEqual(bytes);
  });

  it('keeps the compression that its ends agreed on', async () => {
    const seen: unknown[] = [];
    const one = await libraryService({
      GetBook: ((call, done) => {
        seen.push(call.metadata.get('grpc-accept-encoding').length > 0);
        done(null, { title: String(call.request['name']) });
      }) satisfies Unary,
    });
    const other = await libraryService({});
    const guard = await startGrpcGuard({ legacy: one.origin, candidate: other.origin, port: 0 });
    atEnd(() => guard.stop({ withinMs: 200 }));
    // 2 is gzip.
    const client = new LibraryClient(guard.address, { 'grpc.default_compression_algorithm': 2 });
    const name = 'x'.repeat(10_000);
    expect((await client.unary('GetBook', { name }, NONE)).answer?.['title']).toBe(name);
  });

  it('to a method that nobody has is told so by legacy', async () => {
    const { client } = await between({ GetBook: book('T') });
    expect((await client.unary('ArchiveBook', {}, NONE)).error?.code).toBe(status.UNIMPLEMENTED);
  });

  it('serves a hundred calls at once', async () => {
    const { client } = await between({
      GetBook: ((call, done) =>
        done(null, { title: String(call.request['name']) })) satisfies Unary,
    });
    const names = Array.from({ length: 300 }, (_, i) => String(i));
    const ends = await Promise.all(names.map((name) => client.unary('GetBook', { name }, NONE)));
    expect(ends.map(({ answer }) => answer?.['title'])).toEqual(names);
  });
});

describe('a deadline', () => {
  it('is passed on, and never lies after that of the caller', async () => {
    let left = 0;
    const { client } = await between({
      GetBook: ((call, done) => {
        left = Number(call.getDeadline()) - Date.now();
        done(null, {});
      }) satisfies Unary,
    });
    await client.unary('GetBook', {}, NONE, { deadline: Date.now() + 20_000 });
    expect(left).toBeGreaterThan(15_000);
    expect(left).toBeLessThanOrEqual(20_000);
  });

  it('of nobody may be set by the guard, and then holds for the side too', async () => {
    let isCancelled = false;
    const { client } = await between(
      {
        GetBook: ((call) => void call.on('cancelled', () => (isCancelled = true))) satisfies Unary,
      },
      { timeoutMsMax: 100 },
    );
    const { error } = await client.unary('GetBook', {}, NONE);
    expect(error?.code).toBe(status.DEADLINE_EXCEEDED);
    await until(() => isCancelled, 'the side was told');
  });
});

describe('cancelling', () => {
  it('reaches the side', async () => {
    let isCancelled = false;
    const { client, guard } = await between({
      StreamBooks: (call: ServerWritableStream<Init, Init>) => {
        call.write({});
        call.on('cancelled', () => (isCancelled = true));
      },
    });
    const call = client.serverStream('StreamBooks', {}, NONE);
    call.on('error', () => {});
    await once(call, 'data');
    call.cancel();
    await until(() => isCancelled, 'the side was told');
    await until(() => guard.methods()[0]?.counts.abandoned === 1, 'it was counted');
  });

  it('of a caller that is still sending reaches the side too', async () => {
    let isCancelled = false;
    let received = 0;
    const { client, guard } = await between({
      UploadBooks: (call: ServerReadableStream<Init, Init>) => {
        call.on('data', () => (received += 1));
        call.on('cancelled', () => (isCancelled = true));
      },
    });
    const call = client.clientStream('UploadBooks', NONE, () => {});
    call.write({});
    await until(() => received === 1, 'it began');
    call.cancel();
    await until(() => isCancelled, 'the side was told');
    await until(() => guard.methods()[0]?.counts.abandoned === 1, 'it was counted');
  });

  it('by the side reaches the caller as a status', async () => {
    const { client, legacy } = await between({
      StreamBooks: (call: ServerWritableStream<Init, Init>) => void call.write({}),
    });
    const call = client.serverStream('StreamBooks', {}, NONE);
    const failed = once(call, 'error');
    await once(call, 'data');
    legacy.server.forceShutdown();
    const [error] = await failed;
    expect([status.UNAVAILABLE, status.CANCELLED, status.INTERNAL]).toContain(
      (error as { code: number }).code,
    );
  });
});

describe('metadata', () => {
  it('of several values and of bytes passes both ways, each as it was said', async () => {
    let seen: readonly string[] = [];
    const side = await rawService(({ stream, rawHeaders }) => {
      seen = rawHeaders;
      stream.respond(
        { 'content-type': 'application/grpc', 'x-page': ['1', '2', '3'] },
        { waitForTrailers: true },
      );
      const tail = [Buffer.from([0, 1]), Buffer.from([255])].map((each) => each.toString('base64'));
      stream.on('wantTrailers', () =>
        stream.sendTrailers({ 'grpc-status': '0', 'x-tail-bin': tail }),
      );
      stream.end(Buffer.alloc(5));
    });
    const { client } = await between({}, { legacy: side.origin });
    const metadata = new Metadata();
    for (const value of ['a', 'b, c']) metadata.add('x-tag', value);
    for (const byte of [0, 255]) metadata.add('x-raw-bin', Buffer.from([byte]));
    const { headers, trailers } = await client.unary('GetBook', {}, metadata);
    const valuesOf = (name: string) => seen.filter((_, i) => i % 2 === 1 && seen[i - 1] === name);
    expect(valuesOf('x-tag')).toEqual(['a', 'b, c']);
    expect(valuesOf('x-raw-bin').join(',').split(',')).toEqual(['AA==', '/w==']);
    expect(headers?.get('x-page').join(', ')).toBe('1, 2, 3');
    expect(trailers?.get('x-tail-bin')).toEqual([Buffer.from([0, 1]), Buffer.from([255])]);
  });

  it('passes by the lists of the side, and the call itself always does', async () => {
    let seen: Record<string, unknown> = {};
    const { client } = await between(
      {
        GetBook: ((call, done) => {
          seen = call.metadata.getMap();
          done(null, {});
        }) satisfies Unary,
      },
      { sides: { legacy: { headers: { allow: ['x-*'], deny: ['x-internal-*', 'user-agent'] } } } },
    );
    const metadata = metadataOf({ 'x-a': '1', 'x-internal-b': '2', other: '3' });
    const { error } = await client.unary('GetBook', {}, metadata);
    expect(error).toBeNull();
    expect(seen).toHaveProperty('x-a');
    expect(seen).toHaveProperty('user-agent');
    expect(seen).not.toHaveProperty('x-internal-b');
    expect(seen).not.toHaveProperty('other');
  });
});

describe('a message longer than allowed', () => {
  const long = 'x'.repeat(5_000);

  it.each([
    ['request', { name: long }, ''],
    ['answer', {}, long],
  ])('ends the call with the setting to raise, in the %s', async (of, init, title) => {
    const { client } = await between({ GetBook: book(title) }, { maxMessageBytes: 4_000 });
    const { error } = await client.unary('GetBook', init, NONE);
    expect(error?.code).toBe(status.RESOURCE_EXHAUSTED);
    expect(error?.details).toContain(`a message of the ${of} has 50`);
    expect(error?.details).toContain('raise `maxMessageBytes` of the guard (grpc.maxMessage');
  });
});

describe('a side that is not there', () => {
  it('is unavailable, as without a guard, and the next one is found', async () => {
    const dead = await deadService();
    const { client } = await between({}, { legacy: dead.origin });
    const { error } = await client.unary('GetBook', {}, NONE);
    expect(error).toMatchObject({ code: status.UNAVAILABLE });
    expect(error?.details).toContain('legacy service refused the connection (ECONNREFUSED)');
  });

  it('and comes back is found again', async () => {
    const { client, legacy, guard } = await between({ GetBook: book('T') });
    expect((await client.unary('GetBook', {}, NONE)).answer?.['title']).toBe('T');
    legacy.server.forceShutdown();
    expect((await client.unary('GetBook', {}, NONE)).error?.code).toBe(status.UNAVAILABLE);
    expect(guard.faults()).toBe(0);
  });
});

describe('callers', () => {
  it('that say nothing are let go, and those that wait for an answer are not', async () => {
    const waiting: sendUnaryData<Init>[] = [];
    const { guard, client } = await between(
      { GetBook: ((_call, done) => void waiting.push(done)) satisfies Unary },
      { limits: { idleTimeoutMs: 100 } },
    );
    const answer = client.unary('GetBook', {}, NONE);
    const idle = connect(`http://${guard.address}`);
    atEnd(() => idle.destroy());
    await once(idle, 'close');
    await until(() => waiting.length === 1, 'the other one is asked');
    await new Promise((resolve) => setTimeout(resolve, 250));
    waiting[0]?.(null, { title: 'T' });
    expect((await answer).answer?.['title']).toBe('T');
  });

  it('are as many as may be, and one more is closed at once', async () => {
    const { guard } = await between({}, { limits: { connectionsMax: 1 } });
    const [one, other] = [connect(`http://${guard.address}`), connect(`http://${guard.address}`)];
    atEnd(() => one.destroy());
    atEnd(() => other.destroy());
    other.on('error', () => {});
    const closed = new Promise((resolve) => other.on('close', resolve));
    await Promise.all([once(one, 'remoteSettings'), closed]);
    expect(one.closed).toBe(false);
  });
});

describe('what is not gRPC', () => {
  it('is refused without reaching a side', async () => {
    const { guard } = await between({ GetBook: book('T') });
    const session = connect(`http://${guard.address}`);
    atEnd(() => session.destroy());
    const stream = session.request({ ':path': '/', ':method': 'GET' });
    const [headers] = await once(stream, 'response');
    expect((headers as Record<string, unknown>)[':status']).toBe(415);
  });
});

describe('options', () => {
  const refusal = (options: Partial<GrpcGuardOptions>): Promise<{ code: string }> =>
    startGrpcGuard({ legacy: 'grpc://a:1', candidate: 'grpc://b:2', port: 0, ...options }).then(
      () => expect.fail('It was taken.'),
      (error) => error,
    );

  it.each<[string, Partial<GrpcGuardOptions>]>([
    ['FW_GRPC_ADDRESS', { legacy: 'a:1' }],
    ['FW_GRPC_ADDRESS', { candidate: 'grpc://u:p@b:2' }],
    ['FW_GRPC_ADDRESS', { candidate: 'grpc://b:2/path' }],
    ['FW_GUARD_SIDES_EQUAL', { candidate: 'grpc://A:1' }],
    ['FW_GUARD_LOOP', { candidate: 'grpc://localhost:9', port: 9 }],
    ['FW_GUARD_OPTION', { sides: { candidate: { shadowsMax: 0 } } }],
    ['FW_GUARD_TLS', { sides: { legacy: { ca: '/nowhere.pem' } } }],
    ['FW_GRPC_OPTION', { maxMessageBytes: 0 }],
    ['FW_GRPC_OPTION', { candidateTimeoutMs: 0 }],
    ['FW_GRPC_OPTION', { health: { intervalMs: 0, timeoutMs: 1 } }],
    ['FW_PATH_SYNTAX', { defaults: { critical: ['$.['] } }],
    ['FW_GRPC_OPTION', { timeoutMsMax: 2 ** 31 }],
    [
      'FW_GRPC_NAME_UNKNOWN',
      { descriptors: librarySet(), methods: { 'falsework.test.Library/No': {} } },
    ],
  ])('%s refuses %j', async (code, options) => {
    expect((await refusal(options)).code).toBe(code);
  });

  it('never show credentials', async () => {
    expect(JSON.stringify(await refusal({ legacy: 'grpc://user:hunter2@b' }))).not.toContain(
      'hunter2',
    );
  });

  it('with a port that is taken are refused, and nothing is left running', async () => {
    const { guard } = await between({});
    expect((await refusal({ port: guard.port })).code).toBe('FW_LISTEN');
  });
});
