// Several processes of one guard, and new settings for one that runs, as an operator has them.
import { writeFileSync } from 'node:fs';
import { Agent, type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Falsework, Folder } from './support/falsework.ts';
import { freePort, type Service, serve } from './support/services.ts';

let folder: Folder;
const running: Service[] = [];
const commands: Falsework[] = [];

beforeEach(() => {
  folder = new Folder();
});

afterEach(async () => {
  await Promise.all(commands.splice(0).map((command) => command.stop('SIGKILL')));
  await Promise.all(running.splice(0).map((service) => service.stop()));
  folder.remove();
});

async function answering(body: unknown): Promise<Service> {
  const service = await serve((_request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(body));
  });
  running.push(service);
  return service;
}

function start(...args: string[]): Falsework {
  const command = new Falsework(args, folder.path);
  commands.push(command);
  return command;
}

/** One kept connection. Resolves with what it was answered, and by which socket. */
async function ask(agent: Agent, url: string): Promise<{ text: string; localPort: number }> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  request(url, { agent }, resolve).on('error', reject).end();
  const answer = await promise;
  const { localPort = 0 } = answer.socket;
  let text = '';
  for await (const chunk of answer) text += String(chunk);
  return { text, localPort };
}

describe('falsework guard --workers', () => {
  it('serves with so many processes, and ends with one report of them all', async () => {
    const [legacy, candidate] = [await answering({ n: 1 }), await answering({ n: 2 })];
    const sides = ['--legacy', legacy.url, '--candidate', candidate.url];
    const guard = start(
      'guard',
      ...sides,
      '--port',
      '0',
      '--sample',
      '1',
      '--workers',
      '2',
      '--json',
    );
    await guard.says(/guard on (\S+)/);
    const url = /guard on (\S+)/.exec(guard.stderr)?.[1] ?? '';
    for (let id = 1; id <= 20; id += 1) {
      const agent = new Agent();
      expect((await ask(agent, `${url}/orders/${id}`)).text).toBe('{"n":1}');
      agent.destroy();
    }
    const { exit, stdout } = await guard.stop();
    expect(exit).toBe(0);
    const report = JSON.parse(stdout) as Record<string, unknown>;
    expect(report).toMatchObject({ requests: 20, workers: { died: 0 } });
  });

  it('refuses more of them than a bound has places for', async () => {
    const [legacy, candidate] = [await answering({}), await answering({})];
    const config = { legacy: legacy.url, candidate: candidate.url, port: 0, workers: 4 };
    write({ ...config, sides: { candidate: { shadows: 2 } } });
    const up = start('up');
    const { exit, stderr } = await up.ended();
    expect(exit).toBe(2);
    expect(stderr).toContain('FW_GUARD_OPTION');
  });
});

function write(guard: object, control: object = {}): void {
  const config = { name: 'orders', owner: 'checkout', deleteBy: '2099-01-01', guard, control };
  writeFileSync(join(folder.path, 'falsework.config.json'), JSON.stringify(config));
}

describe('falsework up, told to read its configuration again', () => {
  it.each([1, 2])(
    'takes it up with %d workers, or says why not, and keeps every connection',
    async (workers) => {
      const [legacy, candidate] = [await answering({ at: 1 }), await answering({ at: 2 })];
      const [port, control] = [await freePort(), { port: await freePort() }];
      const guard = { legacy: legacy.url, candidate: candidate.url, port, workers };
      write(guard, control);
      const up = start('up');
      await up.says(/guard on /);
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      const first = await ask(agent, `http://127.0.0.1:${port}/orders/1`);
      expect(first.text).toBe('{"at":1}');

      write({ ...guard, compare: [{ rule: 'ignore', path: '$.at' }], maxBody: '2MiB' }, control);
      up.child.kill('SIGHUP');
      await up.says(/the new configuration is taken up/);
      expect((await ask(agent, `http://127.0.0.1:${port}/orders/2`)).localPort).toBe(
        first.localPort,
      );

      write({ ...guard, port: await freePort() }, control);
      up.child.kill('SIGHUP');
      await up.says(/FW_GUARD_RELOAD/);
      write({ ...guard, maxBody: 'enormous' }, control);
      up.child.kill('SIGHUP');
      await up.says(/FW_CONFIG_INVALID/);
      expect(up.stderr.match(/was not taken up/g)).toHaveLength(2);

      const last = await ask(agent, `http://127.0.0.1:${port}/orders/3`);
      expect(last).toEqual(first);
      agent.destroy();
      expect((await up.stop()).exit).toBe(0);
    },
  );
});
