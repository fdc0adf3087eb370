// How a side is reached: under TLS, over a socket in the file system, and with which headers.

import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, get, type IncomingMessage, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { certificate, type TestCertificate } from '../../test/certificates.ts';
import {
  atEnd,
  bodyOf,
  deadService,
  guardBetween,
  httpService,
  jsonService,
  routeWith,
  snapshotWith,
} from '../../test/fixtures.ts';

async function tlsService({ cert, key }: TestCertificate, handler: RequestListener) {
  const server = createTlsServer({ cert: readFileSync(cert), key: readFileSync(key) }, handler);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  atEnd(() => {
    server.closeAllConnections();
    server.close();
  });
  return { origin: `https://localhost:${(server.address() as AddressInfo).port}` };
}

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'falsework-unix-'));
  atEnd(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

async function unixService(handler: RequestListener) {
  const path = join(folder(), 'side.sock');
  const server = createServer(handler).listen(path);
  await once(server, 'listening');
  atEnd(() => {
    server.closeAllConnections();
    server.close();
  });
  return { origin: `unix:${path}` };
}

const failureOf = async (url: string): Promise<string> => {
  const answer = await fetch(url);
  const { error } = (await answer.json()) as { error: { because: string } };
  return `${answer.status} ${error.because}`;
};

describe('a side under TLS', () => {
  const ok: RequestListener = (_got, response) => void response.end('secret');

  it('is not believed unless the system knows who vouches for it, or its `ca` is given', async () => {
    const own = await certificate();
    const [legacy, dead] = [await tlsService(own, ok), await deadService()];
    const strict = await guardBetween(legacy, dead);
    expect(await failureOf(strict.url)).toBe('502 DEPTH_ZERO_SELF_SIGNED_CERT');
    const other = { legacy: { ca: (await certificate()).cert } };
    expect(await failureOf((await guardBetween(legacy, dead, { sides: other })).url)).toMatch(
      /^502 /,
    );
    const trusting = await guardBetween(legacy, dead, { sides: { legacy: { ca: own.cert } } });
    expect(await (await fetch(trusting.url)).text()).toBe('secret');
  });

  it('must have the name by which it is called', async () => {
    const own = await certificate('another.test', []);
    const legacy = await tlsService(own, ok);
    const sides = { legacy: { ca: own.cert } };
    const guard = await guardBetween(legacy, await deadService(), { sides });
    expect(await failureOf(guard.url)).toBe('502 ERR_TLS_CERT_ALTNAME_INVALID');
  });

  it('is believed blindly only where that is asked for', async () => {
    const legacy = await tlsService(await certificate(), ok);
    const sides = { legacy: { verify: false } };
    const guard = await guardBetween(legacy, await deadService(), { sides });
    expect(await (await fetch(guard.url)).text()).toBe('secret');
  });

  it('with a file of authorities that is none is refused at the start', async () => {
    const sides = { legacy: { ca: '/no/such/file.pem' } };
    const started = guardBetween(await deadService(), await deadService(), { sides });
    await expect(started).rejects.toMatchObject({ code: 'FW_GUARD_TLS', exitCode: 2 });
  });
});

describe('a socket in the file system', () => {
  const viaUnix = async (socketPath: string, path: string): Promise<string> => {
    const [answer] = (await once(get({ socketPath, path, agent: false }), 'response')) as [
      IncomingMessage,
    ];
    return String(await bodyOf(answer));
  };

  it('may be a side, and is compared and asked for its health as any', async () => {
    const answer: RequestListener = (got, response) => void response.end(`${got.url}`);
    const [legacy, candidate] = [await unixService(answer), await unixService(answer)];
    const routes = [routeWith({ seam: 'GET /x' })];
    const guard = await guardBetween(legacy, candidate, { routes });
    expect(await (await fetch(`${guard.url}/x`)).text()).toBe('/x');
    await guard.settled();
    expect(guard.report().routes[0]).toMatchObject({ compared: 1, differing: 0 });
    expect(guard.report().sides.legacy).toMatchObject({ origin: legacy.origin });
  });

  it('may be where the guard listens; one that was left behind is taken over, and none is left', async () => {
    const path = join(folder(), 'guard.sock');
    const legacy = await jsonService((asked) => ({ asked }));
    const dead = await deadService();
    const start = () => guardBetween(legacy, dead, { host: `unix:${path}` });
    const guard = await start();
    expect([guard.url, guard.port]).toEqual([`unix:${path}`, 0]);
    expect(await viaUnix(path, '/a')).toBe('{"asked":"/a"}');
    // Somebody is there.
    await expect(start()).rejects.toMatchObject({ code: 'FW_LISTEN', exitCode: 2 });
    expect(await viaUnix(path, '/b')).toBe('{"asked":"/b"}');
    await guard.stop({ withinMs: 100 });
    expect(existsSync(path)).toBe(false);

    // What a process leaves behind that was killed: a socket at which nobody answers.
    const { execFileSync } = await import('node:child_process');
    const killed = `require('net').createServer().listen('${path}',()=>process.kill(process.pid,9))`;
    expect(() => execFileSync(process.execPath, ['-e', killed])).toThrow();
    expect(existsSync(path)).toBe(true);
    await start();
    expect(await viaUnix(path, '/c')).toBe('{"asked":"/c"}');
  });

  it('at which nobody listens is a side that refuses', async () => {
    const guard = await guardBetween({ origin: 'unix:/no/such.sock' }, await deadService());
    expect(await failureOf(guard.url)).toBe('502 ENOENT');
  });

  it.each(['unix:', 'unix:relative.sock', 'unix:/folder/', `unix:/${'a'.repeat(107)}`])(
    '%s is refused at the start',
    async (address) => {
      const dead = await deadService();
      const side = guardBetween({ origin: address }, dead);
      await expect(side).rejects.toMatchObject({ code: 'FW_GUARD_URL' });
      const host = guardBetween(dead, await deadService(), { host: address });
      await expect(host).rejects.toMatchObject({ code: 'FW_GUARD_OPTION' });
    },
  );
});

/** Two sides that say which headers they were sent, and keep them. */
async function hearing() {
  const heard: Record<'legacy' | 'candidate', string[][]> = { legacy: [], candidate: [] };
  const side = (name: 'legacy' | 'candidate') =>
    httpService((got, response) => {
      if (got.headers['user-agent'] !== 'falsework-guard') {
        heard[name].push(
          got.rawHeaders.filter((_text, i) => i % 2 === 0).map((n) => n.toLowerCase()),
        );
      }
      response.end('{}');
    });
  return { legacy: await side('legacy'), candidate: await side('candidate'), heard };
}

const routes = [routeWith({ seam: 'GET /x' })];

describe('headers', () => {
  it('that are internal reach legacy only, unless the candidate’s list says otherwise', async () => {
    const headers = {
      'X-Internal-User': '1',
      'X-Envoy-Peer-Metadata': '2',
      'X-Forwarded-Client-Cert': '3',
      'X-Mine': '4',
    };
    const own = Object.keys(headers).map((name) => name.toLowerCase());
    const { legacy, candidate, heard } = await hearing();
    const guard = await guardBetween(legacy, candidate, { routes });
    await fetch(`${guard.url}/x`, { headers });
    await guard.settled();
    expect(heard.legacy[0]).toEqual(expect.arrayContaining(own));
    expect(own.filter((name) => heard.candidate[0]?.includes(name))).toEqual(['x-mine']);

    const sides = { candidate: { headers: { deny: ['x-mine'] } } };
    const other = await guardBetween(legacy, candidate, { routes, sides });
    await fetch(`${other.url}/x`, { headers });
    await other.settled();
    expect(own.filter((name) => heard.candidate[1]?.includes(name))).toEqual(own.slice(0, 3));
  });

  it('that are not allowed do not pass, whether for a shadow or for a caller', async () => {
    const sides = { candidate: { headers: { allow: ['accept', 'x-a*'], deny: ['x-ab'] } } };
    const headers = { 'X-Aa': '1', 'X-Ab': '2', 'X-B': '3' };
    for (const percent of [0, 100]) {
      const { legacy, candidate, heard } = await hearing();
      const snapshot = snapshotWith({ stage: percent === 0 ? 'shadow' : 'shift', percent });
      const guard = await guardBetween(legacy, candidate, { routes, sides, snapshot });
      await fetch(`${guard.url}/x`, { headers });
      await guard.settled();
      const passed = heard.candidate[0] ?? [];
      expect(passed).toContain('host');
      expect(passed.filter((name) => /^(?:accept|x-|user)/.test(name)).sort()).toEqual([
        'accept',
        'x-aa',
      ]);
    }
  });

  it('that name what is no header are refused at the start', async () => {
    const sides = { legacy: { headers: { deny: ['a b'] } } };
    const started = guardBetween(await deadService(), await deadService(), { sides });
    await expect(started).rejects.toMatchObject({ code: 'FW_GUARD_OPTION' });
  });
});

describe('a request with credentials', () => {
  const kinds = ['Authorization', 'Cookie', 'X-Api-Key'];

  it.each(kinds)('(%s) is served by legacy, not compared, and counted', async (name) => {
    const { legacy, candidate, heard } = await hearing();
    const guard = await guardBetween(legacy, candidate, { routes });
    await fetch(`${guard.url}/x`, { headers: { [name]: 'k' } });
    await fetch(`${guard.url}/x`);
    await guard.settled();
    expect(heard.legacy).toHaveLength(2);
    expect(heard.candidate).toHaveLength(1);
    expect(guard.report()).toMatchObject({ compared: 1, credentials: 1 });
  });

  it('is compared where that is declared, for all routes or for one', async () => {
    const declared = [routeWith({ seam: 'GET /x', shadowsCarryCredentials: true })];
    const options = [{ routes, shadowsCarryCredentials: true }, { routes: declared }];
    for (const each of options) {
      const { legacy, candidate, heard } = await hearing();
      const guard = await guardBetween(legacy, candidate, each);
      await fetch(`${guard.url}/x`, { headers: { authorization: 'k' } });
      await guard.settled();
      expect(heard.candidate[0]).toContain('authorization');
      expect(guard.report()).toMatchObject({ compared: 1, credentials: 0 });
    }
  });

  it('reaches the side that serves it with all of them', async () => {
    const { legacy, candidate, heard } = await hearing();
    const snapshot = snapshotWith({ stage: 'shift', percent: 100 });
    const guard = await guardBetween(legacy, candidate, { routes, snapshot });
    await fetch(`${guard.url}/x`, { headers: { authorization: 'k' } });
    await guard.settled();
    expect(heard.candidate[0]).toContain('authorization');
    // Legacy has seen them all along.
    expect(heard.legacy[0]).toContain('authorization');
    expect(guard.report()).toMatchObject({ compared: 1 });
  });
});
