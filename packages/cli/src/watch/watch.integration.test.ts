import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { systemClock } from '@falsework/system';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ControlBench } from '../../test/control-bench.ts';
import { FakeTerminal, fakeContext } from '../../test/fake-context.ts';
import { run } from '../main.ts';

let bench: ControlBench;
/** Between the command and control, so that control can go and come on one port. */
let way: Server;
let isOpen = true;
let stop: () => void;

beforeEach(async () => {
  isOpen = true;
  bench = await ControlBench.start();
  way = createServer((request, response) => {
    if (!isOpen) {
      request.socket.destroy();
      return;
    }
    const headers = { authorization: String(request.headers.authorization) };
    void fetch(`${bench.url}${request.url}`, { headers }).then(async (answer) => {
      response.writeHead(answer.status, { 'content-type': 'application/json' });
      response.end(await answer.text());
    });
  });
  await new Promise<void>((resolve) => void way.listen(0, '127.0.0.1', resolve));
});

afterEach(async () => {
  stop();
  way.closeAllConnections();
  way.close();
  await bench.stop();
});

/** Begins to watch; `ended` resolves with the exit code once it is stopped. */
function watch(terminal: FakeTerminal, ...args: string[]) {
  const stopped = new Promise<'SIGINT'>((resolve) => {
    stop = () => resolve('SIGINT');
  });
  const context = { ...fakeContext({ cwd: bench.folder, clock: systemClock }), terminal };
  const url = `http://127.0.0.1:${(way.address() as AddressInfo).port}`;
  const line = ['status', '--watch', '--interval', '100ms', '--control', url, ...args];
  return run(line, { ...context, stopped: () => stopped });
}

async function shows(terminal: FakeTerminal, words: RegExp): Promise<void> {
  await expect.poll(() => terminal.out, { timeout: 5_000, interval: 20 }).toMatch(words);
}

describe('`status --watch`', () => {
  it('writes a line per change to a pipe, through an absence of control', async () => {
    const terminal = new FakeTerminal();
    const ended = watch(terminal);
    await shows(terminal, /^\S+Z orders: in inert, 0 % served by the candidate/m);
    isOpen = false;
    await shows(terminal, /STALE: control at \S+ does not answer/);
    await bench.run('hold', '--reason', 'freeze', '--execute', '--by', 'ada');
    isOpen = true;
    await shows(terminal, /control answers again after .*\n.*orders: .*freeze/s);
    stop();
    expect(await ended).toBe(0);
    expect(terminal.out).not.toContain('\u001b');
  });

  it('is NDJSON for scripts: one document per change, stale or not', async () => {
    const terminal = new FakeTerminal();
    const ended = watch(terminal, '--json');
    await shows(terminal, /"isStale":false/);
    isOpen = false;
    await shows(terminal, /"isStale":true/);
    stop();
    expect(await ended).toBe(0);
    const [first, second] = terminal.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(first).toMatchObject({ migrations: [{ status: { name: 'orders' }, data: null }] });
    expect(second).toMatchObject({ isStale: true, migrations: [{ status: { name: 'orders' } }] });
  });

  it('is redrawn in place for a person, stale or not, and gives the cursor back', async () => {
    const terminal = new FakeTerminal({ isInteractive: true });
    const ended = watch(terminal);
    await shows(terminal, /1 migration · http/);
    isOpen = false;
    await shows(terminal, /STALE, as of \d\d:\d\d:\d\dZ: control at/);
    stop();
    expect(await ended).toBe(0);
    expect(terminal.out.endsWith('\u001b[?25h')).toBe(true);
    expect(terminal.out.split('\u001b[?25l')).toHaveLength(2);
  });

  it('ends at once where asking again would not help', async () => {
    const terminal = new FakeTerminal();
    const url = ['--config', `${bench.folder}/none.json`];
    expect(await watch(terminal, ...url)).toBe(2);
    expect(terminal.err).toContain('FW_CONFIG');
  });
});
