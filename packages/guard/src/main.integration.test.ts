import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent, createServer, type IncomingMessage, request } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import {
  atEnd,
  bodyOf,
  deadService,
  FAULTS,
  guardBetween,
  httpService,
  jsonService,
  ScriptedLink,
  type Service,
  snapshotWith,
  until,
} from '../test/fixtures.ts';
import { reportText, startGuard } from './main.ts';

const plain = (): Promise<Service> => httpService((_request, response) => response.end('x'));

/** Sockets and servers of this process, those of the test's own services among them. */
const sockets = (): number =>
  process.getActiveResourcesInfo().filter((name) => name.startsWith('TCP')).length;

/** Runs a program in a process of its own, killed after twenty seconds. */
async function runProgram(body: string): Promise<{ code: number; output: string }> {
  const main = new URL('./main.ts', import.meta.url).href;
  const program = `
    import { createServer } from 'node:http';
    import { createServer as createTcpServer } from 'node:net';
    import { startGuard } from ${JSON.stringify(main)};
    const listen = (server) => new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
    const at = (server) => 'http://127.0.0.1:' + server.address().port;
    ${body}`;
  const args = ['--conditions=falsework-source', '--input-type=module', '--eval', program];
  const child = spawn(process.execPath, args, { timeout: 20_000 });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += String(chunk);
  });
  const [code] = (await once(child, 'close')) as [number];
  return { code, output };
}

describe('starting a guard', () => {
  it('needs two origins and a port, and says where it listens', async () => {
    const guard = await guardBetween(await plain(), await plain());
    expect(guard.url).toBe(`http://127.0.0.1:${guard.port}`);
    expect(await (await fetch(guard.url)).text()).toBe('x');
  });

  it('listens on IPv6 too, and says so', async () => {
    const guard = await guardBetween(await plain(), await plain(), { host: '::1' });
    expect(guard.url).toBe(`http://[::1]:${guard.port}`);
    expect(await (await fetch(guard.url)).text()).toBe('x');
  });

  it('compares a tenth of the reads when nothing is said', async () => {
    const guard = await startGuard({
      legacy: (await plain()).origin,
      candidate: (await plain()).origin,
      port: 0,
    });
    atEnd(() => guard.stop());
    expect(guard.report()).toMatchObject({ stage: 'shadow', sample: 0.1 });
    expect(reportText(guard.report())).toContain(
      'serving legacy, shadowing reads to candidate (10 %).',
    );
  });

  it('on a port in use is refused with exit code 2, and leaves nothing behind', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    atEnd(() => taken.close());
    const { port } = taken.address() as AddressInfo;
    const [legacy, candidate] = [await plain(), await plain()];
    const before = sockets();
    await expect(
      startGuard({ legacy: legacy.origin, candidate: candidate.origin, port }),
    ).rejects.toMatchObject({
      code: 'FW_LISTEN',
      exitCode: 2,
      message: `Cannot listen on 127.0.0.1:${port}: it is in use. Nothing was started.`,
    });
    await until(() => sockets() <= before, 'nothing is left');
    expect(legacy.connections() + candidate.connections()).toBe(0);
    const { code, output } = await runProgram(`
      const options = { legacy: 'http://127.0.0.1:1', candidate: 'http://127.0.0.1:2', port: ${port} };
      await startGuard(options).catch((error) => console.log(error.code));
    `);
    expect({ code, output }).toEqual({ code: 0, output: 'FW_LISTEN\n' });
  });

  it('on an address that is not ours is refused with exit code 2', async () => {
    await expect(
      startGuard({ legacy: 'http://a', candidate: 'http://b', port: 0, host: '192.0.2.1' }),
    ).rejects.toMatchObject({ code: 'FW_LISTEN', exitCode: 2 });
  });

  it.each([
    [{ legacy: 'orders:8080' }, 'FW_GUARD_URL'],
    [{ legacy: 'http://127.0.0.1:2' }, 'FW_GUARD_SIDES_EQUAL'],
    [{ legacy: 'http://localhost:8000' }, 'FW_GUARD_LOOP'],
    [{ port: 70_000 }, 'FW_GUARD_OPTION'],
    [{ compare: [{ rule: 'ignore', path: '$.[' }] } as const, 'FW_PATH_SYNTAX'],
  ])(
    'with %j is refused with %s and exit code 2, before anything is opened',
    async (over, code) => {
      const before = sockets();
      const options = {
        legacy: 'http://127.0.0.1:1',
        candidate: 'http://127.0.0.1:2',
        port: 8_000,
        ...over,
      };
      await expect(startGuard(options)).rejects.toMatchObject({ code, exitCode: 2 });
      expect(sockets()).toBeLessThanOrEqual(before);
    },
  );
});

describe('stopping a guard', () => {
  it('lets requests under way finish, and takes no further callers', async () => {
    let finish = (): void => {};
    const legacy = await httpService((incoming, response) => {
      if (incoming.url !== '/slow') {
        response.end('x');
        return;
      }
      response.write('first ');
      finish = () => response.end('last');
    });
    const guard = await guardBetween(legacy, await plain());
    const answer = await fetch(`${guard.url}/slow`);
    const stopping = guard.stop({ withinMs: 5_000 });
    await expect(fetch(guard.url)).rejects.toThrow();
    finish();
    expect(await answer.text()).toBe('first last');
    await stopping;
  });

  it('tells callers that their connection ends, so that they send no more on it', async () => {
    let finish = (): void => {};
    const legacy = await httpService((incoming, response) => {
      if (incoming.url === '/slow') finish = () => response.end('slow');
      else response.end('x');
    });
    const guard = await guardBetween(legacy, await plain());
    const caller = connect({ port: guard.port, host: '127.0.0.1' });
    let received = '';
    caller.on('data', (chunk) => {
      received += String(chunk);
    });
    const closed = once(caller, 'close');
    caller.write('GET /slow HTTP/1.1\r\nHost: a\r\n\r\n');
    await new Promise((resolve) => setTimeout(resolve, 50));
    const stopping = guard.stop({ withinMs: 5_000 });
    caller.write('GET /next HTTP/1.1\r\nHost: a\r\n\r\n');
    await new Promise((resolve) => setTimeout(resolve, 50));
    finish();
    await Promise.all([closed, stopping]);
    expect(received.match(/HTTP\/1.1 200/g)).toHaveLength(2);
    expect(received.slice(received.lastIndexOf('HTTP/1.1'))).toContain('Connection: close');
  });

  it('does not wait for connections that are merely kept, nor for callers that never stop', async () => {
    const guard = await guardBetween(await plain(), await plain());
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    let isRefused = false;
    const loop = (async () => {
      while (!isRefused) {
        const outgoing = request(guard.url, { agent });
        outgoing.end();
        try {
          const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
          await bodyOf(answer);
        } catch {
          isRefused = true;
        }
      }
    })();
    await new Promise((resolve) => setTimeout(resolve, 50));
    const begin = performance.now();
    await guard.stop({ withinMs: 5_000 });
    expect(performance.now() - begin).toBeLessThan(2_000);
    await loop;
    agent.destroy();
  });

  it('breaks off what has not finished in time', async () => {
    const legacy = await httpService((incoming, response) => {
      if (incoming.url !== '/hang') response.end('x');
    });
    const guard = await guardBetween(legacy, await plain());
    const caller = connect({ port: guard.port, host: '127.0.0.1' });
    caller.on('error', () => {});
    caller.write('GET /hang HTTP/1.1\r\nHost: a\r\n\r\n');
    await new Promise((resolve) => setTimeout(resolve, 50));
    const closed = once(caller, 'close');
    await guard.stop({ withinMs: 100 });
    await closed;
  });

  it('reports to control one last time, with everything that was compared', async () => {
    const link = new ScriptedLink();
    const guard = await guardBetween(await plain(), await plain(), { link });
    link.push(snapshotWith({ version: 2, stage: 'shadow' }));
    for (let i = 0; i < 6; i += 1) await fetch(`${guard.url}/a`).then((answer) => answer.text());
    await guard.stop();
    const matches = link.batches
      .flatMap(({ strata }) => strata)
      .reduce((sum, { tally }) => sum + tally.verdicts.match, 0);
    expect(matches).toBe(5);
  });

  it('counts shadows that had no time to finish as shed, and waits for none of them', async () => {
    const hanging = await (FAULTS.hanging as () => Promise<Service>)();
    const guard = await guardBetween(await plain(), hanging, {
      snapshot: snapshotWith({ shadow: { timeoutMs: 60_000 } }),
    });
    for (let i = 0; i < 10; i += 1) await fetch(`${guard.url}/a`).then((answer) => answer.text());
    const begin = performance.now();
    await guard.stop({ withinMs: 100 });
    expect(performance.now() - begin).toBeLessThan(2_000);
    expect(guard.report().routes[0]?.shed.closing).toBe(9);
  });

  it('closes every connection, may be asked for twice, and leaves nothing behind', async () => {
    const [legacy, candidate] = [await jsonService(() => ({})), await jsonService(() => ({}))];
    const agent = new Agent();
    const before = sockets();
    const guard = await guardBetween(legacy, candidate);
    for (let i = 0; i < 20; i += 1) {
      const outgoing = request(`${guard.url}/a`, { agent });
      outgoing.end();
      const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
      await bodyOf(answer);
    }
    await guard.settled();
    await Promise.all([guard.stop(), guard.stop()]);
    await guard.stop();
    // What this process has of the services' own ends goes away a moment later.
    await until(() => sockets() <= before, 'nothing is left');
  });
});

describe('a process with a guard in it', () => {
  it('ends by itself once the guard is stopped, although the candidate hangs', async () => {
    const { code, output } = await runProgram(`
      const legacy = await listen(createServer((q, a) => a.end('x')));
      const candidate = await listen(createTcpServer(() => {}));
      const [a, b] = [at(legacy), at(candidate)];
      const guard = await startGuard({ legacy: a, candidate: b, port: 0, sample: 1 });
      for (let i = 0; i < 20; i += 1) await (await fetch(guard.url)).text();
      await guard.stop({ withinMs: 50 });
      legacy.closeAllConnections();
      legacy.close();
      candidate.close();
      console.log('stopped');
    `);
    expect({ code, output }).toEqual({ code: 0, output: 'stopped\n' });
  });
});

describe('a guard in front of two dead services', () => {
  it('says so, and goes on', async () => {
    const guard = await guardBetween(await deadService(), await deadService());
    for (let i = 0; i < 3; i += 1) expect((await fetch(guard.url)).status).toBe(502);
    await guard.settled();
    expect(reportText(guard.report())).toContain(
      'legacy refused 3 of 3 connections (ECONNREFUSED)',
    );
  });
});
