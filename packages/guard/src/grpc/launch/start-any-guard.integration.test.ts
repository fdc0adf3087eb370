import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ignore } from '@falsework/core/compare';
import { Metadata, type ServerUnaryCall, type sendUnaryData, status } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import { certificate } from '../../../test/certificates.ts';
import {
  atEnd,
  deadService,
  jsonService,
  ScriptedLink,
  snapshotWith,
  until,
} from '../../../test/fixtures.ts';
import { LIBRARY_FILE } from '../../../test/grpc-fixtures.ts';
import { reflecting } from '../../../test/grpc-reflection.ts';
import {
  addLibrary,
  type Init,
  LibraryClient,
  libraryService,
} from '../../../test/grpc-services.ts';
import { reportText } from '../../main.ts';
import type { AnyGuardOptions } from './grpc-settings.ts';
import { startAnyGuard } from './start-any-guard.ts';
import { startBridged } from './start-bridged.ts';

type Unary = (call: ServerUnaryCall<Init, Init>, done: sendUnaryData<Init>) => void;

const descriptors = fileURLToPath(LIBRARY_FILE);
const snapshot = snapshotWith({ shadow: { sample: 1, timeoutMs: 1_000, recheckAfterMs: 0 } });
const BOOK = '/v1/shelves/1/books/2';
const GET = 'falsework.test.Library/GetBook';
const book =
  (init: Init): Unary =>
  (_call, done) =>
    done(null, { name: 'shelves/1/books/2', ...init });

async function started(options: Partial<AnyGuardOptions>) {
  const guard = await startAnyGuard({
    legacy: 'http://127.0.0.1:1',
    candidate: 'http://127.0.0.1:2',
    port: 0,
    snapshot,
    ...options,
  });
  atEnd(() => guard.stop({ withinMs: 200 }));
  return guard;
}

describe('between two gRPC services', () => {
  it('a guard starts by their addresses, and its report reads as any other', async () => {
    const legacy = await libraryService({
      GetBook: ((call, done) =>
        call.request['name'] === 'gone'
          ? done({ code: status.NOT_FOUND, details: 'no such book' })
          : done(null, { price: 12.5 })) satisfies Unary,
    });
    const candidate = await libraryService({ GetBook: book({ price: 12 }) });
    const guard = await started({
      legacy: legacy.origin,
      candidate: candidate.origin,
      compare: [ignore('$.name')],
      grpc: { descriptors },
    });
    expect(guard.url).toMatch(/^grpc:\/\/127\.0\.0\.1:\d+$/);
    const client = new LibraryClient(guard.url.replace('grpc://', ''));
    for (const name of ['a', 'b', 'gone']) await client.unary('GetBook', { name }, new Metadata());
    await client.unary('ArchiveBook', {}, new Metadata());
    await guard.settled();
    const report = guard.report();
    expect(report).toMatchObject({ requests: 4, compared: 3, differing: 3, causes: 2 });
    const lines = reportText(report).split('\n');
    expect(lines[0]).toBe(
      'serving legacy, shadowing reads to candidate (100 %). Writes go to legacy only: 1 write route is unproven.',
    );
    expect(lines.find((line) => line.startsWith(GET))).toContain('3 compared');
    expect(lines.join('\n')).toMatch(/2× +\$\.price +number +12\.5 → 12/);
    expect(lines).toContain(`${GET} answered OK 2 · NOT_FOUND 1`);
    expect(lines).toContain('falsework.test.Library/ArchiveBook answered UNIMPLEMENTED 1');
  });

  it('takes rules and effects by method, and hands its evidence to control', async () => {
    const link = new ScriptedLink();
    const [legacy, candidate] = await Promise.all([
      libraryService({ ArchiveBook: book({ pages: 1 }) }),
      libraryService({ ArchiveBook: book({ pages: 2 }) }),
    ]);
    const { snapshot: _own, ...options } = { snapshot };
    const guard = await startAnyGuard({
      ...options,
      legacy: legacy.origin,
      candidate: candidate.origin,
      port: 0,
      link,
      key: { from: 'header', name: 'x-account' },
      grpc: {
        descriptors,
        methods: {
          'falsework.test.Library/ArchiveBook': {
            effects: 'none',
            compare: [ignore('$.pages')],
          },
        },
      },
    });
    atEnd(() => guard.stop({ withinMs: 200 }));
    const client = new LibraryClient(guard.url.replace('grpc://', ''));
    const { headers } = await client.unary('ArchiveBook', {}, new Metadata());
    expect(headers?.get('falsework-side')).toEqual(['legacy']);
    expect(guard.report()).toMatchObject({ stage: 'inert', compared: 0 });
    link.push(snapshot);
    await client.unary('ArchiveBook', {}, new Metadata());
    await guard.settled();
    expect(guard.report()).toMatchObject({ compared: 1, differing: 0 });
    await guard.stop({ withinMs: 200 });
    expect(JSON.stringify(link.batches)).toContain('falsework.test.Library/ArchiveBook');
  });
});

describe('between HTTP/JSON and gRPC', () => {
  const bridged = async (legacy: unknown, candidate: Unary, over: Partial<AnyGuardOptions> = {}) =>
    started({
      legacy: (await jsonService((path) => (path === BOOK ? legacy : undefined))).origin,
      candidate: (await libraryService({ GetBook: candidate })).origin,
      grpc: { descriptors },
      ...over,
    });
  const asked = async (guard: Awaited<ReturnType<typeof bridged>>, path = BOOK) => {
    const response = await fetch(`${guard.url}${path}`);
    const text = await response.text();
    await guard.settled();
    return { status: response.status, text, report: guard.report() };
  };

  it('another spelling of the same message is no difference', async () => {
    const legacy = { name: 'shelves/1/books/2', copies: 3, genre: 1, published_at: null };
    const guard = await bridged(legacy, book({ copies: 3n, genre: 1 }));
    const { text, report } = await asked(guard);
    expect(JSON.parse(text)).toEqual(legacy);
    expect(report.routes[0]).toMatchObject({
      seam: 'GET /v1/shelves/{shelves}/books/{books}',
      compared: 1,
      differing: 0,
    });
  });

  it('a difference is found, and named by its place in the message', async () => {
    const guard = await bridged({ name: 'shelves/1/books/2', copies: '3' }, book({ copies: 4n }));
    const { report } = await asked(guard);
    expect(report.routes[0]?.causes.map(({ template }) => template)).toEqual(['$.copies']);
    expect(report.sides.candidate.origin).toMatch(/^grpc:\/\//);
  });

  it('a declared route keeps its rules, and compares messages too', async () => {
    const pattern = {
      method: 'GET',
      segments: [
        { literal: 'v1' },
        { literal: 'shelves' },
        { param: 'shelf' },
        { literal: 'books' },
        { param: 'book' },
      ],
    };
    const seam = 'GET /v1/shelves/{shelf}/books/{book}';
    const declared = { sample: null, key: null, stratum: null, critical: [], timeoutMs: null };
    const guard = await bridged({ copies: '3', pages: 7 }, book({ copies: 3n, pages: 8 }), {
      routes: [
        {
          ...declared,
          seam,
          pattern,
          effects: 'none',
          compare: [ignore('$.pages'), ignore('$.name')],
        },
      ] as never,
    });
    const { report } = await asked(guard);
    expect(report.routes.filter(({ requests }) => requests > 0)).toMatchObject([
      { seam, compared: 1, differing: 0 },
    ]);
  });

  it('a method that is declared to change nothing is compared under any verb', async () => {
    const legacy = await jsonService(() => ({ name: 'n' }));
    const candidate = await libraryService({
      UpdateBook: ((_call, done) => done(null, { name: 'n' })) satisfies Unary,
    });
    const run = async (methods: NonNullable<AnyGuardOptions['grpc']>['methods']) => {
      const guard = await started({
        legacy: legacy.origin,
        candidate: candidate.origin,
        grpc: { descriptors, methods: methods ?? {} },
      });
      const headers = { 'content-type': 'application/json' };
      await fetch(`${guard.url}${BOOK}`, { method: 'PATCH', headers, body: '{}' });
      await guard.settled();
      return guard.report();
    };
    expect(await run({})).toMatchObject({ compared: 0, unproven: [{ because: 'write' }] });
    const declared = { 'falsework.test.Library/UpdateBook': { effects: 'none' as const } };
    expect(await run(declared)).toMatchObject({ compared: 1, differing: 0 });
  });

  it('a candidate that is dead is not taken for a living one, since the bridge lives', async () => {
    const legacy = { name: 'shelves/1/books/2' };
    const guard = await bridged(legacy, book({}), {
      candidate: (await deadService()).origin.replace('http', 'grpc'),
      health: { path: '/', okStatusMax: 499, intervalMs: 10, timeoutMs: 500 },
    });
    await until(() => guard.report().sides.candidate.health?.isHealthy === false, 'it was found');
    expect(guard.report().sides.legacy.health?.isHealthy).toBe(true);
    expect(JSON.parse((await asked(guard)).text)).toEqual(legacy);
  });

  it('a candidate that serves and fails is replaced by legacy', async () => {
    const guard = await bridged(
      { name: 'old' },
      (_call, done) => done({ code: status.UNAVAILABLE }),
      { snapshot: snapshotWith({ stage: 'shift', percent: 100, shadow: { sample: 0 } }) },
    );
    const { status: told, text, report } = await asked(guard);
    expect([told, JSON.parse(text)]).toEqual([200, { name: 'old' }]);
    expect(report.fallbacks).toBe(1);
  });

  it('goes over to other rules while it runs, and not to another candidate', async () => {
    const legacy = await jsonService(() => ({ name: 'shelves/1/books/2', pages: 1 }));
    const candidate = await libraryService({ GetBook: book({ pages: 2 }) });
    const options: AnyGuardOptions = {
      legacy: legacy.origin,
      candidate: candidate.origin,
      port: 0,
      snapshot,
      grpc: { descriptors },
    };
    const guard = await startBridged(options);
    atEnd(() => guard.stop({ withinMs: 200 }));
    const differing = async (): Promise<number> => {
      await fetch(`${guard.url}${BOOK}`);
      await guard.settled();
      return guard.report().differing;
    };
    expect(await differing()).toBe(1);
    const methods = { [GET]: { compare: [ignore('$.pages')] } };
    guard.reload({ ...options, grpc: { descriptors, methods } } as AnyGuardOptions);
    expect(await differing()).toBe(1);
    const refused = [{ candidate: 'grpc://127.0.0.1:9' }, { grpc: { descriptors: 'other.binpb' } }];
    for (const other of refused) {
      expect(() => guard.reload({ ...options, ...other })).toThrow(/bridge to the candidate/);
    }
  });

  it('nothing of it is left once it is stopped', async () => {
    const guard = await bridged({}, book({}));
    await guard.stop();
    await guard.stop();
    await expect(fetch(guard.url)).rejects.toThrow();
  });
});

describe('without a descriptor set', () => {
  it('the service that speaks gRPC is asked for its own', async () => {
    const described = async (price: number) =>
      reflecting({ also: (server) => addLibrary(server, { GetBook: book({ price }) }) });
    const [one, other] = [await described(1), await described(2)];
    const between = await started({
      legacy: one.origin,
      candidate: other.origin,
      grpc: { reflection: true },
    });
    const client = new LibraryClient(between.url.replace('grpc://', ''));
    await client.unary('GetBook', {}, new Metadata());
    await between.settled();
    const { routes } = between.report();
    expect(routes[0]?.causes.map(({ template }) => template)).toEqual(['$.price']);
    const legacy = await jsonService(() => ({ name: 'shelves/1/books/2', price: 2 }));
    const over = await started({
      legacy: legacy.origin,
      candidate: other.origin,
      grpc: { reflection: true },
    });
    await fetch(`${over.url}${BOOK}`);
    await over.settled();
    expect(over.report()).toMatchObject({ compared: 1, differing: 0 });
  });
});

describe('a candidate under TLS', () => {
  it('is bridged to by the file that vouches for it', async () => {
    const pair = await certificate();
    const secure = await libraryService({ GetBook: book({ price: 1 }) }, {}, pair);
    const legacy = await jsonService(() => ({ name: 'shelves/1/books/2', price: 1 }));
    const run = async (sides: NonNullable<AnyGuardOptions['sides']>) => {
      const guard = await started({
        legacy: legacy.origin,
        candidate: secure.origin,
        sides,
        grpc: { descriptors },
      });
      await fetch(`${guard.url}${BOOK}`);
      await guard.settled();
      return guard.report();
    };
    expect(secure.origin).toMatch(/^grpcs:/);
    expect(await run({ candidate: { ca: pair.cert } })).toMatchObject({
      compared: 1,
      differing: 0,
    });
    expect((await run({})).sides.candidate.words.join(' ')).toContain('answered 503');
  });
});

describe('what makes no guard', () => {
  const refusal = (options: Partial<AnyGuardOptions>): Promise<Record<string, unknown>> =>
    startAnyGuard({
      legacy: 'grpc://127.0.0.1:1',
      candidate: 'grpc://127.0.0.1:2',
      port: 0,
      ...options,
    }).then(
      () => expect.fail('It was taken.'),
      (error) => error,
    );

  it.each<[string, Partial<AnyGuardOptions>, string]>([
    ['FW_GRPC_MIXED', { candidate: 'http://b:2' }, 'HTTP/JSON is bridged to gRPC'],
    ['FW_GRPC_OPTION', { legacy: 'http://a:1' }, 'google.api.http'],
    ['FW_GRPC_DESCRIPTORS', { grpc: { descriptors: '/nowhere.binpb' } }, 'ENOENT'],
    ['FW_GRPC_OPTION', { key: { from: 'query', name: 'q' } }, 'header(…)'],
    ['FW_GRPC_OPTION', { host: 'unix:/tmp/a.sock' }, 'a host name'],
    ['FW_GRPC_OPTION', { sample: 2 }, 'from 0 to 1'],
    ['FW_GRPC_OPTION', { routes: [{ seam: 'GET /a' } as never] }, 'grpc.methods'],
    [
      'FW_GRPC_NAME_UNKNOWN',
      { grpc: { descriptors, methods: { 'falsework.test.Library/GetBok': {} } } },
      'GetBook',
    ],
    [
      'FW_GRPC_NAME_UNKNOWN',
      { legacy: 'http://a:1', grpc: { descriptors, methods: { 'falsework.test.Libary/Get': {} } } },
      'Did you mean',
    ],
    [
      'FW_GRPC_OPTION',
      { legacy: 'http://a:1', candidate: 'http://b:1', grpc: { descriptors } },
      'left out',
    ],
  ])('%s: %j', async (code, options, words) => {
    const error = await refusal(options);
    expect(error).toMatchObject({ code, exitCode: 2 });
    expect(error['message']).toContain(words);
  });

  it('is a file that holds no descriptor set', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'falsework-any-'));
    atEnd(() => rmSync(folder, { recursive: true, force: true }));
    const file = join(folder, 'set.binpb');
    writeFileSync(file, 'syntax = "proto3";');
    const error = await refusal({ grpc: { descriptors: file } });
    expect(error).toMatchObject({ code: 'FW_GRPC_DESCRIPTORS', exitCode: 2 });
    expect(error['message']).toContain(file);
  });

  it('never shows credentials of an address', async () => {
    const error = await refusal({ legacy: 'grpc://user:hunter2@a:1', candidate: 'http://b' });
    expect(String(error['message'])).not.toContain('hunter2');
  });
});
