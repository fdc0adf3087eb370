import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LIBRARY_FILE } from '../packages/guard/test/grpc-fixtures.ts';
import {
  LibraryClient,
  libraryService,
  Metadata,
  status,
  type Unary,
} from '../packages/guard/test/grpc-services.ts';
import { Falsework, Folder, run } from './support/falsework.ts';
import { freePort, type Service, serve } from './support/services.ts';

const guide = readFileSync(new URL('../docs/guides/grpc.md', import.meta.url), 'utf8');
const GET = 'falsework.test.Library/GetBook';

let folder: Folder;
let legacy: string;
let candidate: string;
let rest: Service;

const shelf =
  (price: number): Unary =>
  (call, done) => {
    const { name } = call.request;
    if (name === 'gone') done({ code: status.NOT_FOUND, details: 'no such book' });
    else done(null, { name, price, copies: 3n });
  };

beforeEach(async () => {
  folder = new Folder();
  copyFileSync(fileURLToPath(LIBRARY_FILE), join(folder.path, 'library.binpb'));
  legacy = (await libraryService({ GetBook: shelf(12.5) })).origin;
  candidate = (await libraryService({ GetBook: shelf(12) })).origin;
  // The same book as an older service would write it: no defaults, int64 as a number.
  rest = await serve((request, response) => {
    response.setHeader('content-type', 'application/json');
    const name = request.url?.replace('/v1/', '');
    response.end(JSON.stringify({ name, price: 12.5, copies: 3 }));
  });
});

afterEach(async () => {
  await rest.stop();
  folder.remove();
});

const args = (sides: { legacy?: string; candidate?: string }, port: number, ...more: string[]) => [
  'guard',
  '--legacy',
  sides.legacy ?? legacy,
  '--candidate',
  sides.candidate ?? candidate,
  '--port',
  String(port),
  '--sample',
  '100%',
  ...more,
];

async function callTenTimes(port: number): Promise<void> {
  const client = new LibraryClient(`127.0.0.1:${port}`);
  for (let i = 0; i < 10; i += 1) {
    const name = i === 0 ? 'gone' : `shelves/1/books/${i}`;
    const { answer, error } = await client.unary('GetBook', { name }, new Metadata());
    expect(error?.code ?? answer?.['price']).toBe(i === 0 ? status.NOT_FOUND : 12.5);
  }
  client.raw.close();
}

describe('falsework guard between two gRPC services', () => {
  it('compares, reports what differs, and drains when it is asked to stop', async () => {
    const port = await freePort();
    const guard = new Falsework(args({}, port, '--descriptors', 'library.binpb'), folder.path);
    await guard.says(/guard on grpc:\/\//);
    await callTenTimes(port);
    await pause(300);
    const { exit, stdout } = await guard.stop();
    expect(exit).toBe(0);
    expect(stdout).toContain('serving legacy, shadowing reads to candidate (100 %).');
    expect(stdout).toMatch(/GetBook {3}10 compared {3}90 % differ, 1 cause/);
    expect(stdout).toMatch(/9× {3}\$\.price {3}number {3}12\.5 → 12/);
    expect(stdout).toContain(`${GET} answered OK 9 · NOT_FOUND 1`);
  });

  it('gives its report as JSON, and ends by itself', async () => {
    const port = await freePort();
    const more = ['--descriptors', 'library.binpb', '--for', '3s', '--json'];
    const guard = new Falsework(args({}, port, ...more), folder.path);
    await guard.says(/guard on/);
    await callTenTimes(port);
    const { exit, stdout } = await guard.ended();
    expect(exit).toBe(0);
    const report = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
    expect(report).toMatchObject({
      requests: 10,
      compared: 10,
      differing: 9,
      routes: [{ seam: GET, causes: [{ template: '$.price', count: 9 }] }],
      statuses: [{ method: GET, statuses: { OK: 9, NOT_FOUND: 1 } }],
      sides: { legacy: { origin: legacy }, candidate: { origin: candidate } },
    });
  });
});

describe('falsework guard between HTTP/JSON and gRPC', () => {
  it('compares messages and not spellings', async () => {
    const port = await freePort();
    const more = ['--descriptors', 'library.binpb', '--for', '3s', '--json'];
    const guard = new Falsework(args({ legacy: rest.url }, port, ...more), folder.path);
    await guard.says(/guard on http:\/\//);
    for (let i = 1; i <= 5; i += 1) {
      const response = await fetch(`http://127.0.0.1:${port}/v1/shelves/1/books/${i}`);
      expect(await response.text()).toContain('"price":12.5');
    }
    const { exit, stdout } = await guard.ended();
    expect(exit).toBe(0);
    const { routes, sides } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
    expect(routes.filter((route: { compared: number }) => route.compared > 0)).toMatchObject([
      {
        seam: 'GET /v1/shelves/{shelves}/books/{books}',
        compared: 5,
        differing: 5,
        causes: [{ template: '$.price' }],
      },
    ]);
    expect(sides.candidate.origin).toBe(candidate);
  });
});

/** Asks again and again until the answer is this. */
async function says(command: readonly string[], pattern: RegExp): Promise<void> {
  for (let tries = 0; tries < 20; tries += 1) {
    const { stdout } = await run([...command], folder.path);
    if (pattern.test(stdout)) return;
    await pause(250);
  }
  expect.fail(`Never said: ${pattern}`);
}

describe('a configured guard of gRPC', () => {
  it('is part of its migration: control hears of it', async () => {
    const [port, control] = [await freePort(), await freePort()];
    const config = `
name: library
owner: shelves
deleteBy: 2099-12-31
guard:
  legacy: ${legacy}
  candidate: ${candidate}
  port: ${port}
  grpc:
    descriptors: library.binpb
policy: { shadow: { sample: 100% } }
control: { port: ${control}, store: state.db }
`;
    writeFileSync(join(folder.path, 'falsework.config.yaml'), config);
    const up = new Falsework(['up'], folder.path);
    await up.says(/guard on grpc:\/\//);
    // Control lets it compare once it has seen both sides alive.
    await says(['routes'], /is in `shadow`/);
    await callTenTimes(port);
    await says(['routes'], /GetBook +10 requests +10 compared, 9 differ/);
    expect((await up.stop()).exit).toBe(0);
  });
});

describe('wrong usage of gRPC', () => {
  it.each<[string, () => string[], RegExp]>([
    [
      'a bridge without descriptors',
      () => args({ legacy: rest.url }, 0),
      /descriptors.*google\.api\.http/,
    ],
    [
      'a file that is not there',
      () => args({}, 0, '--descriptors', 'nowhere.binpb'),
      /nowhere\.binpb.*ENOENT/,
    ],
    [
      'a file that is no descriptor set',
      () => args({}, 0, '--descriptors', 'text.binpb'),
      /text\.binpb is no descriptor set/,
    ],
    [
      'a gRPC legacy and an HTTP candidate',
      () => args({ candidate: rest.url }, 0),
      /not the other way/,
    ],
    ['both sides equal', () => args({ candidate: legacy }, 0), /Both sides are grpc:\/\//],
    ['an address with a path', () => args({ candidate: 'grpc://a:1/x' }, 0), /candidate address/],
    [
      'descriptors for two HTTP services',
      () =>
        args(
          { legacy: rest.url, candidate: 'http://127.0.0.1:1' },
          0,
          '--descriptors',
          'library.binpb',
        ),
      /neither legacy nor candidate/,
    ],
  ])('%s: a clear error, exit 2, nothing left behind', async (_what, given, says) => {
    writeFileSync(join(folder.path, 'text.binpb'), 'syntax = "proto3";');
    const { exit, stdout, stderr } = await run(given(), folder.path);
    expect(exit).toBe(2);
    expect(stdout).toBe('');
    expect(stderr.replaceAll('\n', ' ')).toMatch(says);
    expect(stderr).not.toMatch(/\n\s+at /);
  });
});

/** The commands of the guide, each with what it says that is shown. */
const commands = [
  ...guide.matchAll(/^```sh\n(falsework [\s\S]*?)^```\n+^```text\n([\s\S]*?)^```$/gm),
].map(([, command = '', shown = '']) => ({
  command: command.replaceAll(/\\\n\s*/g, '').trim(),
  shown,
}));

describe('the guide to gRPC', () => {
  it('has its two commands', () => {
    expect(commands).toHaveLength(2);
  });

  it.each(commands)('"$command" shows what it says', async ({ command, shown }) => {
    const port = await freePort();
    const placed = command
      .replace('grpc://127.0.0.1:50051', legacy)
      .replace('grpc://127.0.0.1:50052', candidate)
      .replace('http://127.0.0.1:8080', rest.url)
      .replace(/--port \d+/, `--port ${port}`)
      .replace(/--for \S+/, '--for 3s');
    const guard = new Falsework(placed.split(/\s+/).slice(1), folder.path);
    await guard.says(/guard on/);
    if (placed.includes(rest.url)) {
      for (let i = 1; i <= 10; i += 1) {
        await fetch(`http://127.0.0.1:${port}/v1/shelves/1/books/${i}`);
      }
    } else await callTenTimes(port);
    const { stdout } = await guard.ended();
    // What differs from run to run: latencies, the port and the fingerprints of causes.
    const steady = (text: string): string =>
      text
        .replaceAll(/p99 \S+ → \S+ ms/g, 'p99 … ms')
        .replaceAll(/:\d{4,5}\b/g, ':…')
        .replaceAll(/#[0-9a-f]{4}/g, '#…')
        .trimEnd();
    const lines = steady(stdout).split('\n');
    for (const line of steady(shown).split('\n')) expect(lines).toContain(line);
  });
});
