import { once } from 'node:events';
import { createServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import {
  Metadata,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type sendUnaryData,
  status,
} from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import { atEnd, deadService, snapshotWith, until } from '../../../test/fixtures.ts';
import { librarySet } from '../../../test/grpc-fixtures.ts';
import {
  type GrpcService,
  type Init,
  LibraryClient,
  libraryService,
} from '../../../test/grpc-services.ts';
import type { GrpcGuardOptions } from './grpc-options.ts';
import { startGrpcGuard } from './start-grpc-guard.ts';

type Unary = (call: ServerUnaryCall<Init, Init>, done: sendUnaryData<Init>) => void;
type Handlers = Parameters<typeof libraryService>[0];

const NONE = new Metadata();
const GET = 'falsework.test.Library/GetBook';
const LEGACY = {
  GetBook: ((call, done) => done(null, { title: `old ${call.request['name']}` })) satisfies Unary,
};
const titled =
  (title: string): Unary =>
  (_call, done) =>
    done(null, { title });
const failing =
  (code: status): Unary =>
  (_call, done) =>
    done({ code });

/** A guard whose candidate serves everything, and of which every read is compared. */
async function shifted(
  candidate: Handlers | Pick<GrpcService, 'origin'>,
  options: Partial<GrpcGuardOptions> = {},
  legacy: Handlers = LEGACY,
) {
  const isHandlers = (given: typeof candidate): given is Handlers => !('origin' in given);
  const other = isHandlers(candidate) ? await libraryService(candidate) : candidate;
  const guard = await startGrpcGuard({
    legacy: (await libraryService(legacy)).origin,
    candidate: other.origin,
    port: 0,
    descriptors: librarySet(),
    snapshot: snapshotWith({
      stage: 'shift',
      percent: 100,
      shadow: { sample: 1, timeoutMs: 1_000, recheckAfterMs: 0 },
    }),
    namesSide: true,
    ...options,
  });
  atEnd(() => guard.stop({ withinMs: 200 }));
  const seen = async (name = GET) => {
    await guard.settled();
    return guard.methods().find((each) => each.name === name) ?? expect.fail('Not called.');
  };
  return { guard, client: new LibraryClient(guard.address), seen };
}

/** A candidate that sends this much of an answer, and then resets its stream. */
async function breakingOff(sent: Buffer): Promise<Pick<GrpcService, 'origin'>> {
  const server = createServer();
  server.on('stream', (stream) => {
    stream.on('error', () => {});
    stream.respond({ 'content-type': 'application/grpc' });
    stream.write(sent);
    stream.on('data', () => {}).on('end', () => setTimeout(() => stream.close(2), 5));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  atEnd(() => void server.close());
  return { origin: `grpc://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

describe('a read that the candidate serves', () => {
  it.each<[string, () => Promise<Handlers | Pick<GrpcService, 'origin'>>]>([
    ['is not there', deadService],
    ['is unavailable', async () => ({ GetBook: failing(status.UNAVAILABLE) })],
    ['fails inside', async () => ({ GetBook: failing(status.INTERNAL) })],
    ['does not have the method', async () => ({})],
    ['hangs', async () => ({ GetBook: () => {} })],
    ['breaks off in a message', () => breakingOff(Buffer.from([0, 0, 0, 0, 9, 1]))],
    ['sends a message and no status', () => breakingOff(Buffer.from([0, 0, 0, 0, 0]))],
  ])('is answered by legacy when the candidate %s', async (_how, make) => {
    const { client, seen } = await shifted(await make(), { candidateTimeoutMs: 150 });
    const { answer, headers } = await client.unary('GetBook', { name: 'n' }, NONE);
    expect(answer?.['title']).toBe('old n');
    expect(headers?.get('falsework-side')).toEqual(['legacy']);
    const { counts, statuses, summary } = await seen();
    expect(counts).toMatchObject({ candidate: 1, candidateFailed: 1, legacy: 1, fallbacks: 1 });
    expect(statuses).toEqual({ legacy: { OK: 1 }, candidate: {} });
    // The failure that the caller was spared is evidence all the same.
    expect(summary.strata[0]?.tally.verdicts).toMatchObject({ candidate_error: 1 });
  });

  it('reaches the candidate once, though it failed', async () => {
    let calls = 0;
    const { client, seen } = await shifted({
      GetBook: ((_call, done) => {
        calls += 1;
        done({ code: status.UNAVAILABLE });
      }) satisfies Unary,
    });
    await client.unary('GetBook', {}, NONE);
    await seen();
    expect(calls).toBe(1);
  });

  it('keeps an answer that is a refusal, for that is no failure', async () => {
    const { client, seen } = await shifted({ GetBook: failing(status.NOT_FOUND) });
    const { error } = await client.unary('GetBook', {}, NONE);
    expect(error?.code).toBe(status.NOT_FOUND);
    expect((await seen()).counts).toMatchObject({ fallbacks: 0, candidate: 1, legacy: 0 });
  });

  it('keeps a long answer whole, and a long question with its second way', async () => {
    const cover = Buffer.alloc(700 * 1024, 7);
    const { client } = await shifted({
      GetBook: ((_call, done) => done(null, { cover })) satisfies Unary,
    });
    const { answer } = await client.unary('GetBook', {}, NONE);
    expect(Buffer.compare(answer?.['cover'] as Buffer, cover)).toBe(0);
    const { client: second } = await shifted({ GetBook: failing(status.UNAVAILABLE) });
    const name = 'x'.repeat(500_000);
    expect((await second.unary('GetBook', { name }, NONE)).answer?.['title']).toBe(`old ${name}`);
  });

  it('whose question is too long to be kept is told of the failure', async () => {
    const { client } = await shifted({ GetBook: failing(status.UNAVAILABLE) }, { maxBodyBytes: 9 });
    const { error } = await client.unary('GetBook', { name: 'x'.repeat(100) }, NONE);
    expect(error?.code).toBe(status.UNAVAILABLE);
  });

  it('has one deadline, whoever answers', async () => {
    const { client } = await shifted(
      { GetBook: () => {} },
      { candidateTimeoutMs: 100 },
      { GetBook: () => {} },
    );
    const beganMs = performance.now();
    const { error } = await client.unary('GetBook', {}, NONE, { deadline: Date.now() + 400 });
    expect(error?.code).toBe(status.DEADLINE_EXCEEDED);
    expect(performance.now() - beganMs).toBeLessThan(2_000);
  });

  it('goes to legacy at once where the candidate has as many calls as it may', async () => {
    const waiting: sendUnaryData<Init>[] = [];
    const { client } = await shifted(
      { GetBook: ((_call, done) => void waiting.push(done)) satisfies Unary },
      { sides: { candidate: { requestsMax: 1 } }, candidateTimeoutMs: 5_000 },
    );
    const first = client.unary('GetBook', {}, NONE);
    await until(() => waiting.length > 0, 'the candidate is busy');
    const second = await client.unary('GetBook', { name: 'n' }, NONE);
    expect(second.answer?.['title']).toBe('old n');
    waiting[0]?.(null, { title: 'new' });
    expect((await first).answer?.['title']).toBe('new');
  });
});

describe('what legacy must not repeat', () => {
  it('is a write: its failure is told as it is', async () => {
    let legacyCalls = 0;
    const { client, seen } = await shifted(
      { ArchiveBook: failing(status.UNAVAILABLE) },
      {},
      {
        ArchiveBook: ((_call, done) => {
          legacyCalls += 1;
          done(null, {});
        }) satisfies Unary,
      },
    );
    expect((await client.unary('ArchiveBook', {}, NONE)).error?.code).toBe(status.UNAVAILABLE);
    expect((await seen('falsework.test.Library/ArchiveBook')).counts.fallbacks).toBe(0);
    expect(legacyCalls).toBe(0);
  });

  it('is a stream that has begun to answer, even where nobody knew that it is one', async () => {
    const { client, guard } = await shifted(
      {
        Chat: (call: ServerDuplexStream<Init, Init>) => {
          call.on('data', (each: Init) => call.write({ title: `re: ${each['title']}` }));
          call.on('end', () => call.end());
        },
      },
      { descriptors: undefined as never, defaults: { effects: 'none' }, candidateTimeoutMs: 5_000 },
    );
    const call = client.bidi('Chat', NONE);
    for (const title of ['a', 'b', 'c']) {
      call.write({ title });
      const [answer] = await once(call, 'data');
      expect((answer as Init)['title']).toBe(`re: ${title}`);
    }
    call.end();
    const [end] = await once(call.resume(), 'status');
    expect(end).toMatchObject({ code: status.OK });
    expect(guard.report()).toMatchObject({ fallbacks: 0, served: { candidate: 1, legacy: 0 } });
  });
});

describe('the share of the candidate', () => {
  it('is sticky by the metadata that names the entity', async () => {
    const { client } = await shifted(
      { GetBook: titled('new') },
      {
        keyHeader: 'X-Account',
        snapshot: snapshotWith({ stage: 'shift', percent: 50, shadow: { sample: 0 } }),
      },
    );
    const sides = new Map<string, Set<string>>();
    for (let i = 0; i < 60; i += 1) {
      const key = `account-${i % 20}`;
      const metadata = new Metadata();
      metadata.set('x-account', key);
      const { headers } = await client.unary('GetBook', {}, metadata);
      const seen = sides.get(key) ?? new Set();
      sides.set(key, seen.add(String(headers?.get('falsework-side')[0])));
    }
    expect([...sides.values()].every(({ size }) => size === 1)).toBe(true);
    expect(new Set([...sides.values()].flatMap((each) => [...each])).size).toBe(2);
  });
});
