import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Falsework, Folder, run } from './support/falsework.ts';
import { freePort, type Service, serve } from './support/services.ts';

let folder: Folder;
let legacy: Service;
let candidate: Service;
let guardPort: number;
let controlPort: number;
const processes: Falsework[] = [];

const answering = (build: string): Promise<Service> =>
  serve((request, response) => {
    response.setHeader('content-type', 'application/json');
    response.setHeader('falsework-build', build);
    response.end(JSON.stringify({ path: request.url }));
  });

const start = (args: readonly string[]): Falsework => {
  const started = new Falsework(args, folder.path);
  processes.push(started);
  return started;
};

beforeEach(async () => {
  folder = new Folder();
  legacy = await answering('legacy-1');
  candidate = await answering('candidate-1');
  [guardPort, controlPort] = [await freePort(), await freePort()];
  const config = {
    name: 'orders',
    owner: 'payments',
    deleteBy: '2027-03-31',
    guard: {
      legacy: legacy.url,
      candidate: candidate.url,
      port: guardPort,
      key: { from: 'header', name: 'x-customer-id' },
      health: { interval: '200ms' },
      routes: { 'GET /orders/{id}': { effects: 'none' } },
    },
    policy: {
      mismatch: { rateMax: '2%' },
      window: { comparisons: 100, cycle: '1h' },
      latency: { slowerMax: '500ms' },
      coverage: { rateMin: '95%' },
      shadow: { sample: 1, timeout: '2s', concurrency: 16 },
      ramp: [10, 50, 100],
      // A command takes seconds where all else runs beside it, and has to find it on its way.
      rampHold: '5s',
      soak: '1s',
      burnIn: '1h',
      staleAfter: '5s',
    },
    control: { port: controlPort },
  };
  writeFileSync(join(folder.path, 'falsework.config.json'), JSON.stringify(config));
});

afterEach(async () => {
  await Promise.all(processes.splice(0).map((each) => each.stop('SIGKILL')));
  await Promise.all([legacy.stop(), candidate.stop()]);
  folder.remove();
});

/** Callers that never pause and take nothing but the right answer. */
class Callers {
  readonly wrong: string[] = [];
  answered = 0;
  readonly sides = { legacy: 0, candidate: 0 };
  readonly #stopped = new AbortController();
  readonly #done: Promise<unknown>;

  constructor() {
    this.#done = Promise.all([0, 1, 2, 3].map((i) => this.#call(i)));
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#done;
  }

  async #call(i: number): Promise<void> {
    for (let n = 0; !this.#stopped.signal.aborted; n += 1) {
      const path = `/orders/${i * 1_000_000 + n}`;
      const headers = { 'x-customer-id': `customer-${n % 500}` };
      try {
        const response = await fetch(`http://127.0.0.1:${guardPort}${path}`, { headers });
        const body = (await response.json()) as { path: string };
        this.sides[response.headers.get('falsework-side') as 'legacy'] += 1;
        if (response.status !== 200 || body.path !== path)
          this.wrong.push(`${path}: ${response.status}`);
      } catch (error) {
        this.wrong.push(`${path}: ${String(error)}`);
      }
      this.answered += 1;
      await pause(4);
    }
  }
}

interface Status {
  readonly stage: string;
  readonly share: { readonly percent: number };
  readonly version: number;
}

const status = async (): Promise<Status> => {
  const token = readFileSync(join(folder.path, '.falsework/token'), 'utf8').trim();
  const answer = await fetch(`http://127.0.0.1:${controlPort}/v1/migrations/orders`, {
    headers: { authorization: `Bearer ${token}` },
  });
  if (!answer.ok) throw new Error(await answer.text());
  return (await answer.json()) as Status;
};

const until = async (isSo: (now: Status) => boolean): Promise<Status> => {
  for (const deadline = performance.now() + 60_000; performance.now() < deadline; ) {
    const now = await status();
    if (isSo(now)) return now;
    await pause(50);
  }
  throw new Error(`It did not come to that: ${JSON.stringify(await status())}`);
};

const startControl = async (): Promise<Falsework> => {
  const control = start(['up', '--no-guard', '--json']);
  await control.says(/"control"/);
  return control;
};

describe('control killed in the middle of the ramp', () => {
  it('planes go on serving; after the restart the same stage and share, and no decision twice', async () => {
    const control = await startControl();
    const guard = start(['guard', '--config', 'falsework.config.json', '--json']);
    await guard.says(/guard on/);
    const callers = new Callers();
    await until(({ share }) => share.percent === 50);
    // A hold keeps it where it is, so that before and after can be told apart from going on.
    const held = await run(['hold', '--reason', 'crash test', '--execute'], folder.path);
    expect(held.exit).toBe(0);
    const before = await status();

    await control.stop('SIGKILL');
    const answeredBefore = callers.answered;
    const candidateBefore = callers.sides.candidate;
    await pause(2_000);
    expect(callers.answered).toBeGreaterThan(answeredBefore + 50);
    expect(callers.sides.candidate).toBeGreaterThan(candidateBefore);

    await startControl();
    const after = await until(() => true);
    expect(after).toMatchObject({
      stage: before.stage,
      share: before.share,
      version: before.version,
    });
    const resumed = await run(['hold', '--resume', '--execute'], folder.path);
    expect(resumed.exit).toBe(0);
    await until(({ share }) => share.percent === 100);
    await callers.stop();
    expect(callers.wrong).toEqual([]);

    const log = JSON.parse((await run(['decisions', '--json'], folder.path)).stdout) as {
      decisions: { sequence: number; action: string; to: { share: { percent: number } } }[];
    };
    const numbers = log.decisions.map((line) => line.sequence);
    expect(numbers).toEqual(numbers.map((_, i) => i + 1));
    const rungs = log.decisions
      .filter(({ action }) => action === 'ramp')
      .map(({ to }) => to.share.percent);
    expect(rungs).toEqual([50, 100]);
    const verified = await run(['decisions', '--verify'], folder.path);
    expect(verified).toMatchObject({ exit: 0 });
    expect(verified.stdout).toContain('The log holds');
  });

  it('killed at any moment, again and again, it finds a log that holds', async () => {
    await startControl();
    const guard = start(['guard', '--config', 'falsework.config.json', '--json']);
    await guard.says(/guard on/);
    const callers = new Callers();
    for (const waitMs of [350, 700, 1_100, 1_500, 2_100]) {
      await pause(waitMs);
      const control = processes.findLast((each) => each !== guard && each.child.exitCode === null);
      await control?.stop('SIGKILL');
      await startControl();
      const verified = await run(['decisions', '--verify', '--json'], folder.path);
      expect(JSON.parse(verified.stdout)).toMatchObject({ holds: true });
    }
    await callers.stop();
    expect(callers.wrong).toEqual([]);
  });
});

describe('a stage skipped or reordered through the command line', () => {
  it.each([
    { title: 'skipped', args: ['advance', '--to', 'seal', '--execute'] },
    { title: 'reordered', args: ['advance', '--to', 'strike', '--execute'] },
    { title: 'next, but not proven', args: ['advance', '--execute'] },
    { title: 'gone back to before the beginning', args: ['rollback', 'shift', '--execute'] },
    { title: 'approved out of turn', args: ['approve', 'seal', '--execute'] },
  ])('$title: refused with what is missing, exit 3, nothing changed', async ({ args }) => {
    await startControl();
    const before = await status();
    const refused = await run(args, folder.path);
    expect(refused.exit).toBe(3);
    expect(refused.stderr).toContain('refused');
    expect(refused.stderr).toContain('Nothing was changed.');
    expect(await status()).toMatchObject({ stage: before.stage, version: before.version });
  });

  it('shows the plan and changes nothing without --execute', async () => {
    await startControl();
    const before = await status();
    const plan = await run(['hold', '--reason', 'freeze'], folder.path);
    expect(plan).toMatchObject({ exit: 0 });
    expect(plan.stdout).toContain('Nothing was changed. Add --execute to do it.');
    expect((await status()).version).toBe(before.version);
  });
});

describe('people at the command line', () => {
  it('are told why it stands where it stands, and what exactly is missing', async () => {
    await startControl();
    const { stdout } = await run(['explain'], folder.path);
    expect(stdout).toContain('orders is in `inert`');
    expect(stdout).toMatch(/\? candidate is deployed and healthy +never seen/);
    expect(stdout).toContain('needs a guard or a seam that reports');
    for (const command of ['status', 'diffs', 'decisions', 'check']) {
      expect(await run([command], folder.path)).toMatchObject({ exit: 0 });
    }
  });

  it('are told clearly when control is not there, with exit 1', async () => {
    const { exit, stderr } = await run(['status'], folder.path);
    expect(exit).toBe(1);
    expect(stderr).toMatch(/does not answer.*ECONNREFUSED/);
  });

  it('leave no token that others can read', async () => {
    await startControl();
    const child = spawn('stat', ['-c', '%a', join(folder.path, '.falsework/token')]);
    let mode = '';
    child.stdout.on('data', (chunk: Buffer) => {
      mode += chunk.toString();
    });
    await once(child, 'close');
    expect(mode.trim()).toBe('600');
  });
});
