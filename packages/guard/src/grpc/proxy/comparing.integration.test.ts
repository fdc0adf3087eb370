import { gzipSync } from 'node:zlib';
import { toBinary } from '@bufbuild/protobuf';
import { ignore, tolerance } from '@falsework/core/compare';
import {
  Metadata,
  type ServerUnaryCall,
  type ServerWritableStream,
  type sendUnaryData,
  status,
} from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import { atEnd, deadService, ScriptedLink, snapshotWith, until } from '../../../test/fixtures.ts';
import { librarySet, messageOf } from '../../../test/grpc-fixtures.ts';
import {
  answerZipped,
  type GrpcService,
  type Init,
  LibraryClient,
  libraryService,
  rawService,
} from '../../../test/grpc-services.ts';
import type { GrpcGuardOptions } from './grpc-options.ts';
import type { GrpcMethodReport } from './grpc-report.ts';
import { startGrpcGuard } from './start-grpc-guard.ts';

type Unary = (call: ServerUnaryCall<Init, Init>, done: sendUnaryData<Init>) => void;

const NONE = new Metadata();
const GET = 'falsework.test.Library/GetBook';
const answering =
  (init: Init, trailers?: Metadata): Unary =>
  (_call, done) =>
    done(null, init, trailers);
const failing =
  (code: status, details = ''): Unary =>
  (_call, done) =>
    done({ code, details });

const verdictsOf = (summary: GrpcMethodReport['summary'] | undefined) =>
  summary?.strata[0]?.tally.verdicts;

interface Run {
  readonly client: LibraryClient;
  readonly seen: () => Promise<GrpcMethodReport>;
  readonly guard: Awaited<ReturnType<typeof startGrpcGuard>>;
}

/** A guard that compares every call, before services that answer GetBook like this. */
async function between(
  legacy: Unary | Pick<GrpcService, 'origin'>,
  candidate: Unary | Pick<GrpcService, 'origin'>,
  options: Partial<GrpcGuardOptions> = {},
): Promise<Run> {
  const serve = async (side: Unary | Pick<GrpcService, 'origin'>) =>
    typeof side === 'function' ? libraryService({ GetBook: side }) : side;
  const guard = await startGrpcGuard({
    legacy: (await serve(legacy)).origin,
    candidate: (await serve(candidate)).origin,
    port: 0,
    descriptors: librarySet(),
    snapshot: snapshotWith({ shadow: { sample: 1, timeoutMs: 1_000, recheckAfterMs: 0 } }),
    ...options,
  });
  atEnd(() => guard.stop({ withinMs: 200 }));
  const seen = async (): Promise<GrpcMethodReport> => {
    await guard.settled();
    return guard.methods().find(({ name }) => name === GET) ?? expect.fail('It was not called.');
  };
  return { guard, client: new LibraryClient(guard.address), seen };
}

/** One call compared: its verdicts and the causes that were found. */
async function compared(
  legacy: Parameters<typeof between>[0],
  candidate: Parameters<typeof between>[1],
  options: Partial<GrpcGuardOptions> = {},
) {
  const { client, seen } = await between(legacy, candidate, options);
  const end = await client.unary('GetBook', { name: 'n' }, NONE);
  const { summary, engine } = await seen();
  const causes = summary.signatures.map(({ template, kind }) => `${template} ${kind}`);
  return { end, causes, verdicts: verdictsOf(summary), engine };
}

describe('two unary answers', () => {
  it('that are one message in two encodings are a match', async () => {
    // The same fields in another order, and a default written out: pages 0.
    const bytes = Buffer.from([0x12, 1, 0x54, 0x0a, 1, 0x6e, 0x28, 0]);
    const raw: Unary = (_call, done) => done(null, { $raw: bytes });
    const { verdicts, causes } = await compared(answering({ name: 'n', title: 'T' }), raw);
    expect(causes).toEqual([]);
    expect(verdicts).toMatchObject({ match: 1 });
  });

  it.each<[string, Init, Init, string]>([
    ['a text', { title: 'a' }, { title: 'b' }, '$.title string'],
    ['a zero', { pages: 0 }, { pages: 5 }, '$.pages number'],
    [
      'a large number',
      { copies: 9007199254740993n },
      { copies: 9007199254740992n },
      '$.copies number',
    ],
    ['presence', {}, { rating: 0 }, '$.rating extra'],
    ['one of a list', { tags: ['a', 'b'] }, { tags: ['a', 'c'] }, '$.tags[*] string'],
  ])('that differ in %s are a mismatch, and its place is named', async (_what, a, b, cause) => {
    const { end, causes, verdicts } = await compared(answering(a), answering(b));
    expect(end.answer).toMatchObject(a);
    expect(causes).toEqual([cause]);
    expect(verdicts).toMatchObject({ mismatch: 1 });
  });

  it('heed the rules of their method', async () => {
    const methods = {
      [GET]: { compare: [tolerance('$.price', { abs: 0.01 }), ignore('$.copies')] },
    };
    const [a, b] = [answering({ price: 0, copies: 1n }), answering({ price: 0.005, copies: 2n })];
    expect((await compared(a, b, { methods })).verdicts).toMatchObject({ match: 1 });
    expect((await compared(a, b)).verdicts).toMatchObject({ mismatch: 1 });
  });

  it('are compared as bytes without a descriptor set, where the method is declared', async () => {
    const options = {
      descriptors: undefined as never,
      methods: { [GET]: { effects: 'none' as const } },
    };
    const same = await compared(answering({ title: 'a' }), answering({ title: 'a' }), options);
    expect(same.verdicts).toMatchObject({ match: 1 });
    const other = await compared(answering({ title: 'a' }), answering({ title: 'bc' }), options);
    expect(other.causes).toEqual(['(message) bytes']);
  });

  it('are compared once they are decompressed', async () => {
    const long = 'x'.repeat(5_000);
    const plain = await libraryService({ GetBook: answering({ title: long }) });
    const book = librarySet().message('falsework.test.Book');
    const message = toBinary(book, messageOf(book, { title: long }));
    expect(gzipSync(message).length).toBeLessThan(message.length);
    const zipped = await rawService((call) => answerZipped(call, message));
    const { verdicts, causes } = await compared(plain, zipped);
    expect({ verdicts, causes }).toMatchObject({ verdicts: { match: 1 }, causes: [] });
  });
});

describe('how calls end', () => {
  it('is compared by status', async () => {
    const { causes, verdicts, end } = await compared(failing(status.NOT_FOUND), answering({}));
    expect(end.error?.code).toBe(status.NOT_FOUND);
    expect(causes).toEqual(['(status) string']);
    expect(verdicts).toMatchObject({ mismatch: 1 });
  });

  it('is compared by message too, unless told otherwise', async () => {
    const sides = [
      failing(status.NOT_FOUND, 'no book'),
      failing(status.NOT_FOUND, 'none'),
    ] as const;
    expect((await compared(...sides)).causes).toEqual(['(trailer grpc-message) string']);
    const ignoredTrailers = ['grpc-message'];
    expect((await compared(...sides, { ignoredTrailers })).verdicts).toMatchObject({ match: 1 });
  });

  it('is the same whatever library says it', async () => {
    // An error without a message, with nothing but its head, by a server of another kind.
    const bare = await rawService(({ stream }) => {
      const head = { 'content-type': 'application/grpc+proto', 'grpc-status': '5', server: 'bare' };
      stream.respond(head, { endStream: true });
    });
    const { verdicts, causes } = await compared(failing(status.NOT_FOUND), bare);
    expect({ verdicts, causes }).toMatchObject({ verdicts: { match: 1 }, causes: [] });
  });

  it('is compared by trailers', async () => {
    const tail = new Metadata();
    tail.set('x-page', '2');
    const { causes } = await compared(answering({}), answering({}, tail));
    expect(causes).toEqual(['(trailer x-page) extra']);
  });

  it('of a candidate that fails is its error, and the caller sees nothing of it', async () => {
    for (const candidate of [failing(status.INTERNAL), await deadService()]) {
      const { end, verdicts } = await compared(answering({ title: 'T' }), candidate);
      expect(end.answer?.['title']).toBe('T');
      expect(verdicts).toMatchObject({ candidate_error: 1 });
    }
  });

  it('of two that fail alike is an error of both', async () => {
    const { verdicts } = await compared(failing(status.UNAVAILABLE), failing(status.UNAVAILABLE));
    expect(verdicts).toMatchObject({ both_error: 1 });
  });
});

describe('a shadow', () => {
  it('never carries credentials unless declared: such calls are counted and not compared', async () => {
    const seen: Record<string, unknown>[] = [];
    const note: Unary = (call, done) => {
      seen.push({ ...call.metadata.getMap(), leftMs: Number(call.getDeadline()) - Date.now() });
      done(null, {});
    };
    const metadata = new Metadata();
    metadata.set('authorization', 'Bearer s3cret');
    metadata.set('x-tenant', 'a');
    const run = async (options: Partial<GrpcGuardOptions>) => {
      const { client, seen: done } = await between(answering({}), note, options);
      await client.unary('GetBook', {}, metadata, { deadline: Date.now() + 60_000 });
      return (await done()).counts;
    };
    expect(await run({})).toMatchObject({ credentials: 1, sampled: 0, legacy: 1 });
    expect(seen).toEqual([]);
    const declared = { methods: { [GET]: { shadowsCarryCredentials: true } } };
    for (const options of [{ shadowsCarryCredentials: true }, declared]) {
      expect(await run(options)).toMatchObject({ credentials: 0, sampled: 1 });
    }
    expect(seen.map(({ authorization }) => authorization)).toEqual([
      'Bearer s3cret',
      'Bearer s3cret',
    ]);
    expect(seen.map((each) => each['x-tenant'])).toEqual(['a', 'a']);
    // The shadow's own deadline, and not the caller's.
    for (const { leftMs } of seen) expect(leftMs).toBeLessThanOrEqual(1_000);
  });

  it('of a candidate that keeps losing connections is shed, and tried again now and then', async () => {
    const { client, seen, guard } = await between(answering({ title: 'T' }), await deadService());
    for (let i = 0; i < 120; i += 1) {
      expect((await client.unary('GetBook', {}, NONE)).answer?.['title']).toBe('T');
    }
    const { engine } = await seen();
    expect(engine?.shed['not-answering']).toBeGreaterThan(30);
    expect(guard.report().sides.candidate.words.join(' ')).toContain('refused');
  });

  it('is not made where the candidate has as many as it may have', async () => {
    const held: sendUnaryData<Init>[] = [];
    const { client, seen } = await between(answering({}), (_call, done) => void held.push(done), {
      sides: { candidate: { shadowsMax: 1 } },
    });
    await client.unary('GetBook', {}, NONE);
    await until(() => held.length === 1, 'the candidate is busy');
    await client.unary('GetBook', {}, NONE);
    held[0]?.(null, {});
    const { engine, summary } = await seen();
    expect(engine?.shed['queue-full']).toBe(1);
    expect(verdictsOf(summary)).toMatchObject({ match: 1, shed: 1 });
  });

  it('of a candidate that hangs costs the caller nothing', async () => {
    let isCancelled = false;
    const hanging: Unary = (call) => void call.on('cancelled', () => (isCancelled = true));
    const snapshot = snapshotWith({ shadow: { sample: 1, timeoutMs: 100, recheckAfterMs: 0 } });
    const { client, seen } = await between(answering({ title: 'T' }), hanging, { snapshot });
    const beganMs = performance.now();
    expect((await client.unary('GetBook', {}, NONE)).answer?.['title']).toBe('T');
    expect(performance.now() - beganMs).toBeLessThan(1_000);
    expect(verdictsOf((await seen()).summary)).toMatchObject({ timeout: 1 });
    await until(() => isCancelled, 'the candidate was told');
  });

  it('is made for no method that is not declared, and for no stream', async () => {
    const asked: string[] = [];
    const candidate = await libraryService({
      ArchiveBook: ((_call, done) => {
        asked.push('ArchiveBook');
        done(null, {});
      }) satisfies Unary,
      StreamBooks: (call: ServerWritableStream<Init, Init>) => {
        asked.push('StreamBooks');
        call.end();
      },
    });
    const legacy = await libraryService({
      ArchiveBook: answering({}),
      StreamBooks: (call: ServerWritableStream<Init, Init>) => void call.end(),
    });
    const { client, guard } = await between(legacy, candidate);
    await client.unary('ArchiveBook', {}, NONE);
    await new Promise((resolve) =>
      client.serverStream('StreamBooks', {}, NONE).on('status', resolve).resume(),
    );
    await guard.settled();
    expect(asked).toEqual([]);
    const unproven = Object.fromEntries(
      guard.methods().map((each) => [each.name.split('/')[1], each.unproven]),
    );
    expect(unproven).toEqual({ ArchiveBook: 'undeclared', StreamBooks: 'streaming' });
    expect(guard.report()).toMatchObject({
      requests: 2,
      routes: [],
      unproven: [
        { route: 'falsework.test.Library/ArchiveBook', because: 'write', requests: 1 },
        { route: 'falsework.test.Library/StreamBooks', because: 'stream', requests: 1 },
      ],
    });
  });

  it('of what turns out to be a stream is shed, where nobody knew', async () => {
    const legacy = await libraryService({
      StreamBooks: (call: ServerWritableStream<Init, Init>) => {
        call.write({});
        call.write({});
        call.end();
      },
    });
    const { client, guard } = await between(legacy, await libraryService({}), {
      descriptors: undefined as never,
      defaults: { effects: 'none' },
    });
    await new Promise((resolve) =>
      client.serverStream('StreamBooks', {}, NONE).on('status', resolve).resume(),
    );
    await guard.settled();
    expect(verdictsOf(guard.methods()[0]?.summary)).toMatchObject({ shed: 1 });
    expect(guard.methods()[0]?.engine?.shed['not-copyable']).toBe(1);
  });
});

describe('a guard of gRPC with control', () => {
  it('serves from the candidate where the snapshot says so, and compares with legacy', async () => {
    const snapshot = snapshotWith({
      stage: 'shift',
      percent: 100,
      shadow: { sample: 1, timeoutMs: 1_000, recheckAfterMs: 0 },
    });
    const { client, seen } = await between(
      answering({ title: 'old' }),
      answering({ title: 'new' }),
      { snapshot, namesSide: true },
    );
    const { answer, headers } = await client.unary('GetBook', {}, NONE);
    expect(answer?.['title']).toBe('new');
    expect(headers?.get('falsework-side')).toEqual(['candidate']);
    expect(verdictsOf((await seen()).summary)).toMatchObject({ mismatch: 1 });
  });

  it('hands in its evidence, and pairs that differ, redacted', async () => {
    const link = new ScriptedLink();
    const { client, guard } = await between(
      answering({ title: 'mail a@example.org' }),
      answering({ title: 'mail b@example.org' }),
      { link },
    );
    link.push(snapshotWith({ shadow: { sample: 1, timeoutMs: 1_000, recheckAfterMs: 0 } }));
    await client.unary('GetBook', {}, NONE);
    await guard.settled();
    await guard.stop({ withinMs: 200 });
    const text = JSON.stringify(link.batches);
    expect(text).toContain(GET);
    expect(text).toContain('"pairs":[{');
    expect(text).not.toContain('a@example.org');
  });
});
