import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { connectToControl } from '@falsework/client';
import { loadConfig } from '@falsework/config';
import { type RunningGuard, startGuard } from '@falsework/guard';
import { systemClock, systemRandom } from '@falsework/system';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readToken, tokenFile } from '../src/access/token-file.ts';
import { ControlBench } from './control-bench.ts';

let bench: ControlBench;
let guard: RunningGuard;
const servers: Server[] = [];
/** What the candidate answers to writes, and where they went. */
let answers = 422;
let taken: string[] = [];

async function service(answer: (path: string) => number): Promise<string> {
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      response.writeHead(request.method === 'GET' ? 200 : answer(request.url ?? ''));
      response.end('{}');
    });
  });
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

beforeEach(async () => {
  answers = 422;
  taken = [];
  bench = await ControlBench.start();
  const legacy = await service(() => 201);
  const candidate = await service((path) => {
    taken.push(path);
    return answers;
  });
  const key = { from: 'path', name: 'id' };
  bench.configure({
    store: 'separate',
    control: { url: bench.url },
    guard: {
      legacy,
      candidate,
      port: 0,
      writes: { folder: 'writes', diskFree: '0B', deadLetter: { attempts: 1 } },
      routes: {
        'POST /accounts/{id}/entries': { effects: 'follow', idempotent: true, key },
        'POST /orders': { effects: 'dry-run', sample: 1 },
      },
    },
  });
  const { migrations } = await loadConfig({ cwd: bench.folder, env: {} });
  const token = readToken(tokenFile(`${bench.folder}/.falsework`));
  const control = { url: bench.url, token, migration: 'orders' };
  const link = connectToControl({ ...control, clock: systemClock, random: systemRandom });
  const settings = migrations[0]?.guard;
  if (!settings) throw new Error('The configuration has no guard.');
  guard = await startGuard({ ...settings, link } as never);
});

afterEach(async () => {
  await guard.stop({ withinMs: 200 });
  await bench.stop();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function write(key = 'mine'): Promise<void> {
  const headers = { 'idempotency-key': key };
  await fetch(`${guard.url}/accounts/7/entries`, { method: 'POST', body: '{}', headers });
}

async function untilDead(count = 1): Promise<void> {
  while ((guard.report().writes?.debts.byRoute[0]?.count ?? 0) < count) await pause(5);
}

describe('a write that the follower did not take', () => {
  it('is listed with what a person has to know, and keeps every gate shut with words', async () => {
    await write();
    await write('later');
    await untilDead();
    await guard.plane.flush();
    const { exit, out } = await bench.run('writes');
    expect(exit).toBe(0);
    expect(out).toMatch(/^1 write needs a person, 1 on the way to the follower \(/);
    const [, row = ''] = out.split('\n');
    expect(row).toMatch(/^ {2}#1 {2}dead {2}POST \/accounts\/\{id\}\/entries {2}7 {2}for /);
    expect(row).toMatch(/did not take it in 1 attempt: it answered 422$/);
    const explained = await bench.run('explain');
    expect(explained.out).toContain('no write needs a person');
    expect(explained.out).toContain('1 write that the follower did not take settled');
    const advanced = await bench.run('advance', '--execute');
    expect(advanced.exit).toBe(3);
    expect(advanced.err).toContain('no write needs a person');
  });

  it('is only shown what would happen without --execute', async () => {
    await write();
    await untilDead();
    const { exit, out } = await bench.run('writes', 'retry', '1');
    expect(exit).toBe(0);
    expect(out).toContain('entity 7, Idempotency-Key mine');
    expect(out).toContain('plan it is sent to the follower again, same key.');
    expect(out).toContain('Nothing was changed. Add --execute to do it.');
    expect(taken).toHaveLength(1);
  });

  it('is fed again with --execute, and the gate opens', async () => {
    await write();
    await untilDead();
    answers = 201;
    const { exit, json } = await bench.run('writes', 'retry', '#1', '--execute', '--json');
    expect(exit).toBe(0);
    expect(json).toMatchObject([{ isExecuted: true, refused: null, order: { by: 'ada' } }]);
    while (guard.report().writes?.journal.entries !== 0) await pause(5);
    await guard.plane.flush();
    expect((await bench.run('writes')).out).toMatch(/^No write needs a person, 0 on the way/);
    expect((await bench.run('explain')).out).toContain('0 dead, 0 listed, 0 on the way');
    expect(taken).toHaveLength(2);
  });

  it('is given up with a reason, and what waits behind it goes on', async () => {
    await write();
    await write('later');
    await untilDead();
    answers = 201;
    const told = ['--reason', 'a duplicate', '--by', 'ana', '--execute'];
    expect((await bench.run('writes', 'discard', '1', ...told)).exit).toBe(0);
    while (guard.report().writes?.journal.entries !== 0) await pause(5);
    expect(taken).toHaveLength(2);
  });

  it('is not settled like one of which nobody knows, nor twice, nor without a reason', async () => {
    await write();
    await untilDead();
    const told = ['--reason', 'seen', '--execute'];
    const settled = await bench.run('writes', 'settle', '1', '--applied', ...told);
    expect([settled.exit, settled.err]).toEqual([
      3,
      'refused Write #1 is dead, not listed. Nothing was changed.\n',
    ]);
    expect((await bench.run('writes', 'discard', '2', ...told)).exit).toBe(3);
    expect((await bench.run('writes', 'discard', '1', '--execute')).exit).toBe(2);
    expect((await bench.run('writes', 'settle', '1', ...told)).exit).toBe(2);
    expect(guard.report().writes?.debts.byRoute).toMatchObject([{ count: 1 }]);
  });
});

describe('a route whose dry runs are not honoured', () => {
  it('is resumed only while it is stopped', async () => {
    const resumed = await bench.run('writes', 'resume', 'POST /orders', '--reason', 'deployed');
    expect([resumed.exit, resumed.err]).toEqual([
      3,
      'refused The shadows of POST /orders are not stopped. Nothing was changed.\n',
    ]);
  });
});

describe('writes of a guard that is not there', () => {
  it('cannot be listed, and nothing was changed', async () => {
    await guard.stop({ withinMs: 100 });
    const { exit, err } = await bench.run('writes');
    expect(exit).toBe(1);
    expect(err).toContain('FW_WRITES_UNREACHABLE');
    const elsewhere = await bench.run('writes', '--folder', 'elsewhere', '--json');
    expect(elsewhere.json).toMatchObject([{ error: { code: 'FW_WRITES_UNREACHABLE' } }]);
  });
});
